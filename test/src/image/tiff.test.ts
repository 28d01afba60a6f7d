import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import type { Image } from '../../../src/image/image.ts'
import { openPicture } from '../../../src/image/picture.ts'
import { readTiff } from '../../../src/image/tiff/read-tiff.ts'
import { gradient } from '../../fixtures/images.ts'
import { type ColourModel, grey, inverted, lab, pack, type Packing, packUnits, type Rgb, rgb, yCbCr } from '../../fixtures/samples.ts'
import { writeTiff } from '../../fixtures/tiff.ts'

const LIMIT = 1_000_000
/** Odd sizes, so that units, tiles and bits of a row do not come out even. */
const SIZE = { width: 77, height: 51 }
const picture: Rgb = { ...SIZE, data: await gradient(SIZE.width, SIZE.height).raw().toBuffer() }
const deep = [8, 16]
const orders = [false, true]

/** Asserts that the mean difference to `expected` is at most `tolerance` levels. */
async function shows (t: Test, file: Buffer, expected: Uint8Array, tolerance: number, name: string) {
  const image = await (await openPicture(file, LIMIT)).at(1)
  t.strictSame([image.width, image.height], [SIZE.width, SIZE.height])
  const difference = image.data.reduce((sum, value, i) => sum + Math.abs(value - expected[i]!), 0) / expected.length
  t.ok(difference <= tolerance, `${name}: ${difference} levels`)
}

/** The RGB pixels that a colour model leaves of the picture. */
const leftBy = (isGrey: boolean): Uint8Array => isGrey
  ? Uint8Array.from({ length: picture.data.length }, (_, i) => {
    const [r, g, b] = picture.data.subarray(i - i % 3)
    return Math.round(0.299 * r! + 0.587 * g! + 0.114 * b!)
  })
  : picture.data

const withAlpha = (model: ColourModel, alpha: number): ColourModel => (...pixel) => [...model(...pixel), alpha]

function tiff (model: ColourModel, photometric: number, packing: Packing, tags: Record<number, number | readonly number[]> = {}) {
  const count = model(0, 0, 0).length
  return writeTiff({
    ...SIZE,
    ...packing.tile && { tile: packing.tile },
    isBigEndian: packing.isBigEndian ?? false,
    parts: pack(picture, model, packing),
    tags: { 258: Array.from({ length: count }, () => packing.bits), 277: count, 262: photometric, 284: packing.isPlanar ? 2 : 1, ...tags }
  })
}

t.test('colour model × depth × order of bytes × planes × alpha', async (t) => {
  const kinds: Array<[name: string, ColourModel, photometric: number, depths: readonly number[]]> = [
    ['grey', grey, 1, [2, 4, ...deep]], ['inverted grey', inverted, 0, [2, 4, ...deep]], ['RGB', rgb, 2, [2, 4, ...deep]],
    ['YCbCr', yCbCr, 6, [8]], ['CIE Lab', lab(false), 8, [8]], ['ICC Lab', lab(true), 9, [8]]
  ]
  for (const [name, model, photometric, depths] of kinds) {
    for (const bits of depths) {
      for (const isBigEndian of bits === 16 ? orders : [false]) {
        for (const isPlanar of model(0, 0, 0).length > 1 && bits >= 8 ? orders : [false]) {
          const tags = photometric === 6 ? { 530: [1, 1] } : {}
          // Half a level of the depth, in levels of 8 bits, and what rounding adds.
          const tolerance = 128 / (2 ** bits - 1) + 1
          await shows(t, tiff(model, photometric, { bits, isBigEndian, isPlanar }, tags), leftBy(photometric < 2), tolerance, `${name} ${bits} ${isBigEndian} ${isPlanar}`)
        }
        if (photometric > 2) continue
        for (const isPlanar of bits >= 8 ? orders : [false]) {
          for (const kind of [2, 0]) {
            const file = tiff(withAlpha(model, 0), photometric, { bits, isBigEndian, isPlanar }, { 338: kind })
            await shows(t, file, leftBy(photometric < 2), 128 / (2 ** bits - 1) + 1, `${name} ${bits} ${isBigEndian} ${isPlanar}, extra sample ${kind}`)
          }
        }
      }
    }
  }
})

t.test('subsampled chroma', async (t) => {
  for (const [across, down] of [[2, 2], [2, 1], [4, 2], [4, 4], [1, 2]] as const) {
    for (const rows of [SIZE.height, 8]) {
      const strips = packUnits(picture, across, down, rows)
      const tags = { 258: [8, 8, 8], 277: 3, 262: 6, 530: [across, down], 278: rows }
      await shows(t, writeTiff({ ...SIZE, parts: strips, tags }), picture.data, 4, `${across} × ${down}, strips of ${rows}`)
      const deflated = writeTiff({ ...SIZE, parts: strips.map((strip) => deflateSync(strip)), tags: { ...tags, 259: 8 } })
      await shows(t, deflated, picture.data, 4, `${across} × ${down}, deflated strips of ${rows}`)
    }
  }
})

t.test('YCbCr of studio range and Rec. 709', async (t) => {
  const [red, green, blue] = [0.2126, 0.7152, 0.0722]
  const model: ColourModel = (r, g, b) => {
    const y = red * r + green * g + blue * b
    return [(16 + 219 * y) / 255, (128 + 112 * (b - y) / (1 - blue)) / 255, (128 + 112 * (r - y) / (1 - red)) / 255]
  }
  await shows(t, tiff(model, 6, { bits: 8 }, { 529: [red, green, blue], 530: [1, 1], 532: [16, 235, 128, 240, 128, 240] }), picture.data, 1.5, 'as its tags say')
})

t.test('tiles', async (t) => {
  for (const [model, photometric, bits, tags] of [[rgb, 2, 8], [rgb, 2, 4], [grey, 1, 16], [yCbCr, 6, 8, { 530: [1, 1] }]] as const) {
    await shows(t, tiff(model, photometric, { bits, tile: [32, 16] }, tags), leftBy(photometric < 2), 128 / (2 ** bits - 1) + 1, `${photometric} ${bits}`)
  }
})

t.test('a BigTIFF, and one of YCbCr', async (t) => {
  for (const isBigEndian of orders) {
    const parts = pack(picture, rgb, { bits: 8 })
    await shows(t, writeTiff({ ...SIZE, isBig: true, isBigEndian, parts, tags: { 258: [8, 8, 8], 277: 3, 262: 2 } }), picture.data, 0, 'RGB')
    const strips = packUnits(picture, 2, 2, 16)
    const tags = { 258: [8, 8, 8], 277: 3, 262: 6, 278: 16 }
    await shows(t, writeTiff({ ...SIZE, isBig: true, isBigEndian, parts: strips, tags }), picture.data, 4, 'YCbCr')
  }
})

t.test('tags without meaning', async (t) => {
  for (const tag of [254, 266, 274, 284, 296, 297, 317, 339, 282, 283, 700, 34665]) {
    await shows(t, tiff(rgb, 2, { bits: 8 }, { [tag]: 0 }), picture.data, 0, `tag ${tag} of value 0`)
  }
  await shows(t, tiff(rgb, 2, { bits: 8 }, { 274: 9, 296: 77 }), picture.data, 0, 'of impossible values')
})

t.test('orientation of kinds that libvips does not read itself', async (t) => {
  const at = ({ width, data }: Image, x: number, y: number) => Array.from(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3))
  for (let orientation = 1; orientation <= 8; orientation++) {
    const parts = pack(picture, rgb, { bits: 8 })
    const tags = { 258: [8, 8, 8], 277: 3, 262: 2, 274: orientation }
    const plain = await (await openPicture(writeTiff({ ...SIZE, parts, tags }), LIMIT)).at(1)
    const converted = await (await openPicture(tiff(yCbCr, 6, { bits: 8 }, { 274: orientation, 530: [1, 1] }), LIMIT)).at(1)
    t.strictSame([converted.width, converted.height], [plain.width, plain.height], `${orientation}`)
    for (const [x, y] of [[3, 3], [40, 9], [9, 40]] as const) {
      t.ok(at(converted, x, y).every((value, i) => Math.abs(value - at(plain, x, y)[i]!) <= 3), `${orientation}: ${at(converted, x, y)} for ${at(plain, x, y)}`)
    }
  }
})

t.test('kinds that are not read are named', async (t) => {
  const tags = (more: Record<number, number | readonly number[]>) => ({ 258: 8, 277: 1, 262: 1, ...more })
  const file = (more: Record<number, number | readonly number[]>, length = 1 << 16) => writeTiff({ ...SIZE, parts: [new Uint8Array(length)], tags: tags(more) })
  const kinds: Array<[Record<number, number | readonly number[]>, RegExp]> = [
    [{ 259: 50000 }, /compressed with Zstandard/], [{ 259: 34887 }, /LERC/], [{ 259: 34661 }, /JBIG/], [{ 259: 34925 }, /LZMA/], [{ 259: 34712 }, /JPEG 2000/],
    [{ 259: 6 }, /old-style JPEG/], [{ 259: 12345 }, /scheme 12345/], [{ 339: 2 }, /signed/], [{ 258: 32, 339: 3 }, /floating-point/], [{ 258: 32 }, /32 bits/],
    [{ 262: 32803 }, /photometric interpretation 32803/], [{ 262: 2 }, /1 samples with photometric interpretation 2/], [{ 258: [5, 6, 5], 277: 3, 262: 2 }, /5, 6, 5 bits/],
    [{ 258: [8, 8, 8], 277: 3, 262: 6, 530: [3, 3] }, /subsampled by 3 × 3/], [{ 258: [16, 16, 16], 277: 3, 262: 6 }, /16 bits in YCbCr/]
  ]
  for (const [more, message] of kinds) await t.rejects(openPicture(file(more), LIMIT), { code: 'image_decode_error', message }, `${message}`)
})

t.test('broken files', async (t) => {
  const whole = tiff(rgb, 2, { bits: 8 })
  for (const length of [4, 8, 100, whole.length - 100]) {
    const read = async () => (await openPicture(whole.subarray(0, length), LIMIT)).at(1)
    await t.rejects(read(), { code: 'image_decode_error' }, `${length} bytes`)
  }
  const strips = packUnits(picture, 2, 2, 16).map((strip, i) => i === 3 ? strip.subarray(9) : strip)
  const short = async () => (await openPicture(writeTiff({ ...SIZE, parts: strips, tags: { 258: [8, 8, 8], 277: 3, 262: 6, 278: 16 } }), LIMIT)).at(1)
  await t.rejects(short(), { code: 'image_decode_error' }, 'a short strip of subsampled chroma')
})

t.test('the structure tells where strips and tiles lie', async (t) => {
  const strips = await sharp(picture.data, { raw: { ...SIZE, channels: 3 } }).tiff({ compression: 'jpeg', quality: 90 }).toBuffer()
  const { compression, parts, jpegTables, width, height } = readTiff(strips)!
  t.match({ compression, width, height }, { compression: 7, ...SIZE })
  t.ok(jpegTables, 'with the tables of JPEG')
  for (const { start } of parts.ranges) t.equal(strips.readUInt16BE(start), 0xffd8, 'each strip is a JPEG')
  const tiles = readTiff(tiff(rgb, 2, { bits: 8, tile: [32, 16] }))!.parts
  t.match(tiles, { isTiled: true, width: 32, height: 16, across: 3, down: 4 })
  t.equal(tiles.ranges.length, 12)
  t.ok(tiles.ranges.every(({ start, end }) => end - start === 32 * 16 * 3))
})
