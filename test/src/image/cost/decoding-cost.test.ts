import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import { decodingCost } from '../../../../src/image/cost/decoding-cost.ts'
import { readJpeg } from '../../../../src/image/cost/jpeg-cost.ts'
import { readHeifItems } from '../../../../src/image/cost/heif-items.ts'
import { avifGrid } from '../../../fixtures/avif-grid.ts'
import { gradient } from '../../../fixtures/images.ts'
import { progressiveJpeg } from '../../../fixtures/progressive-jpeg.ts'

const costOf = async (bytes: Buffer) => {
  const { format, width, height, depth } = await sharp(bytes).metadata()
  return decodingCost(bytes, { format, width, height, isDeep: depth !== 'uchar' })
}
const pixels = 1000 * 800
const picture = (): Sharp => gradient(1000, 800)

t.test('the scans of a JPEG', async (t) => {
  const scans = async (jpeg: Sharp) => readJpeg(await jpeg.toBuffer()).scans
  t.equal(await scans(picture().jpeg()), 1)
  t.equal(await scans(picture().jpeg({ progressive: true })), 10, 'as many as libjpeg-turbo writes')
  t.equal(readJpeg(progressiveJpeg(1000, 800, 700)).scans, 700)
  t.equal(readJpeg(Buffer.from([0xff, 0xd8, 0xff])).scans, 0)
  const withThumbnail = await sharp(await picture().jpeg().toBuffer()).withExif({ IFD0: { ImageDescription: '\xff\xda'.repeat(100) } }).jpeg().toBuffer()
  t.equal(readJpeg(withThumbnail).scans, 1, 'what metadata hold are no scans')
})

t.test('each scan of a progressive JPEG costs time, and its coefficients memory', async (t) => {
  const files = [await picture().jpeg().toBuffer(), await picture().jpeg({ progressive: true }).toBuffer(), progressiveJpeg(1000, 800, 700)]
  const [plain, progressive, many] = await Promise.all(files.map(costOf))
  t.equal(plain!.memory, 0)
  t.equal(progressive!.memory, pixels * 1.5 * 2, '4:2:0 has 1.5 samples a pixel, of two bytes')
  t.ok(progressive!.milliseconds > plain!.milliseconds && progressive!.milliseconds < 10 * plain!.milliseconds)
  t.ok(many!.milliseconds > 1000)
})

t.test('an interlaced PNG is held as a whole, in its own depth', async (t) => {
  const memory = async (png: Sharp) => (await costOf(await png.toBuffer())).memory
  t.equal(await memory(picture().png()), 0)
  t.equal(await memory(picture().png({ progressive: true })), 3 * pixels)
  t.equal(await memory(picture().toColourspace('rgb16').png({ progressive: true })), 6 * pixels)
  t.equal(await memory(picture().ensureAlpha().png({ progressive: true })), 4 * pixels)
})

t.test('texts of a PNG that inflate cost time', async (t) => {
  const png = await picture().png().toBuffer()
  const chunk = Buffer.concat([Buffer.from([0, 0, 0x20, 0]), Buffer.from('zTXt'), Buffer.alloc(0x2000 + 4)])
  const bomb = Buffer.concat([png.subarray(0, 33), ...new Array<Buffer>(1000).fill(chunk), png.subarray(33)])
  const header = { format: 'png', width: 1000, height: 800, isDeep: false }
  t.ok(decodingCost(png, header).milliseconds < 50)
  t.ok(decodingCost(bomb, header).milliseconds > 10_000)
})

t.test('a grid costs each of its tiles as often as it is used', async (t) => {
  const header = { format: 'heif', width: 512, height: 512, isDeep: false }
  const grids = [await avifGrid({ tile: 256, across: 2, side: 512 }), await avifGrid({ tile: 256, across: 16, side: 512 })]
  const [one, many] = grids.map((bytes) => decodingCost(bytes, header))
  t.ok(Math.abs(many!.milliseconds / one!.milliseconds - (256 + 4) / (4 + 4)) < 1, `${many!.milliseconds} ms, ${one!.milliseconds} ms`)
  t.match(await sharp(await avifGrid({ tile: 64, across: 2, side: 128 })).resize(8).raw().toBuffer({ resolveWithObject: true }), { info: { width: 8 } }, 'sharp reads such a grid')
})

t.test('items of an AVIF', async (t) => {
  const items = readHeifItems(await picture().ensureAlpha(0.5).avif({ effort: 0 }).toBuffer())!
  t.equal(items.pixels.get(items.primary!), pixels)
  t.equal(items.auxiliaries.get(items.primary!)?.length, 1, 'its transparency is a picture of its own')
  t.equal(readHeifItems(Buffer.from('no boxes at all, but some bytes')), undefined)
})

t.test('cut off at any place, a file has some cost or none that can be read, and nothing throws', async (t) => {
  for (const format of ['jpeg', 'png', 'avif', 'webp', 'gif', 'tiff'] as const) {
    const bytes = await gradient(64, 48)[format]().toBuffer()
    for (let length = 0; length < bytes.length; length++) {
      const { milliseconds, memory } = decodingCost(bytes.subarray(0, length), { format: format === 'avif' ? 'heif' : format, width: 64, height: 48, isDeep: false })
      if (!(milliseconds >= 0 && memory >= 0)) t.fail(`${format} at ${length}: ${milliseconds} ms, ${memory} bytes`)
    }
  }
  t.pass('all lengths')
})
