import sharp, { type Sharp } from 'sharp'
import { crc32, deflateSync } from 'node:zlib'

/**
 * Encodes pixels, row by row, as a PNG: RGB with 3 channels, grey with 1. With the ICC profile of RGB that they are in, they are converted to
 * sRGB, which is what viewers take a picture without a profile for. The PNG lies in memory of its own, which may be transferred.
 */
export async function encodePng (data: Uint8Array, width: number, height: number, channels: 1 | 3, profile?: Uint8Array): Promise<Uint8Array> {
  const image = sharp(data, { raw: { width, height, channels } })
  const coloured = channels === 1 ? image.toColourspace('b-w') : profile ? await inProfile(image, profile) : image
  return new Uint8Array(await coloured.png().toBuffer())
}

/** Returns the pixels as a picture whose file has the profile: sharp converts files, and cannot be told the profile of pixels. */
async function inProfile (image: Sharp, profile: Uint8Array): Promise<Sharp> {
  const png = await image.png({ compressionLevel: 0 }).toBuffer()
  return sharp(Buffer.concat([png.subarray(0, AFTER_HEADER), profileChunk(profile), png.subarray(AFTER_HEADER)]))
}

/** Bytes of the signature of a PNG and of its first chunk, IHDR. */
const AFTER_HEADER = 8 + 25

/** The chunk iCCP (PNG, 3rd edition, 11.3.2.3): a name, the method of compression, which is always 0, and the profile. */
function profileChunk (profile: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from('iCCPprofile\0\0', 'latin1'), deflateSync(profile)])
  const chunk = Buffer.alloc(4 + typed.length + 4)
  chunk.writeUInt32BE(typed.length - 4)
  typed.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(typed), 4 + typed.length)
  return chunk
}
