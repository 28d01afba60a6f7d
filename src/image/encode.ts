import sharp from 'sharp'

/** Encodes pixels, row by row, as a PNG: RGB with 3 channels, grey with 1. */
export async function encodePng (data: Uint8Array, width: number, height: number, channels: 1 | 3): Promise<Uint8Array> {
  const image = sharp(data, { raw: { width, height, channels } })
  return (channels === 1 ? image.toColourspace('b-w') : image).png().toBuffer()
}
