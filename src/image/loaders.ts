import sharp from 'sharp'

/**
 * Configures libvips for a worker: one thread, because there is a worker for each core; no cache between requests; and only the loaders of
 * the formats that the API accepts, so that SVG, PDF, ImageMagick and the other loaders never read a client's bytes. `block` and `unblock`
 * take names of libvips' operation classes.
 */
export function configureSharp (): void {
  sharp.concurrency(1)
  sharp.cache(false)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({
    operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((format) => `VipsForeignLoad${format}Buffer`)
  })
}
