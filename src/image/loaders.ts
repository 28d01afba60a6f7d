import sharp from 'sharp'

/**
 * libvips as a worker needs it: one thread (there is a worker for each core), nothing cached between requests, and only the
 * loaders of the formats we promise. SVG, PDF, ImageMagick and the rest never see a client's bytes. `block` and `unblock`
 * take the names of libvips' operation classes.
 */
export function configureSharp (): void {
  sharp.concurrency(1)
  sharp.cache(false)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({
    operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((format) => `VipsForeignLoad${format}Buffer`)
  })
}
