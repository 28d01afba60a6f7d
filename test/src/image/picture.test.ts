import { readFile } from 'node:fs/promises'
import sharp, { type Sharp } from 'sharp'
import t, { type Test } from 'tap'
import { configureSharp } from '../../../src/image/loaders.ts'
import type { Image } from '../../../src/image/image.ts'
import { fromImage, openPicture } from '../../../src/image/picture.ts'
import { bmp, colourAt, gradient, pngBomb } from '../../fixtures/images.ts'

const LIMIT = 1_000_000
const photo = new URL('../../../node_modules/@vladmandic/face-api/demo/sample1.jpg', import.meta.url)

const pixel = ({ width, data }: Image, x: number, y: number) => Array.from(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3))

/** Asserts that the image shows the gradient of colourAt, upright, within `tolerance` levels. */
function showsGradient (t: Test, image: Image, tolerance: number) {
  const { width, height } = image
  const points: Array<[number, number]> = [[2, 2], [width - 3, 2], [2, height - 3], [width - 3, height - 3]]
  for (const [x, y] of points) {
    const expected = colourAt(x, y, width, height)
    const actual = pixel(image, x, y)
    t.ok(actual.every((value, i) => Math.abs(value - expected[i]!) <= tolerance), `(${x}, ${y}) is ${expected}: ${actual}`)
  }
}

const formats: Record<string, { bytes: () => Promise<Buffer>, tolerance: number }> = {
  JPEG: { bytes: () => gradient(64, 48).jpeg({ quality: 95 }).toBuffer(), tolerance: 12 },
  'progressive JPEG': { bytes: () => gradient(64, 48).jpeg({ quality: 95, progressive: true }).toBuffer(), tolerance: 12 },
  PNG: { bytes: () => gradient(64, 48).png().toBuffer(), tolerance: 0 },
  '16-bit PNG': { bytes: () => gradient(64, 48).toColourspace('rgb16').png().toBuffer(), tolerance: 1 },
  'PNG with alpha': { bytes: () => gradient(64, 48).ensureAlpha(0).png().toBuffer(), tolerance: 0 },
  'palette PNG': { bytes: () => gradient(64, 48).png({ palette: true, dither: 0 }).toBuffer(), tolerance: 24 },
  WebP: { bytes: () => gradient(64, 48).webp({ lossless: true }).toBuffer(), tolerance: 0 },
  GIF: { bytes: () => gradient(64, 48).gif({ dither: 0 }).toBuffer(), tolerance: 24 },
  TIFF: { bytes: () => gradient(64, 48).tiff({ compression: 'lzw' }).toBuffer(), tolerance: 0 },
  AVIF: { bytes: () => gradient(64, 48).avif({ quality: 90 }).toBuffer(), tolerance: 16 },
  BMP: { bytes: async () => bmp(64, 48), tolerance: 0 }
}

t.test('every supported format is recognised by its content', async (t) => {
  const encoded = await Promise.all(Object.entries(formats).map(async ([name, { bytes, tolerance }]) => ({ name, tolerance, bytes: await bytes() })))
  configureSharp()
  for (const { name, bytes, tolerance } of encoded) {
    t.test(name, async (t) => {
      const picture = await openPicture(bytes, LIMIT)
      t.strictSame([picture.width, picture.height], [64, 48])
      showsGradient(t, await picture.at(1), tolerance)
    })
    t.test(`${name}, cut off`, async (t) => {
      await t.rejects((async () => (await openPicture(bytes.subarray(0, bytes.length >> 1), LIMIT)).at(1))(), { code: 'image_decode_error' })
    })
  }
  t.test('no other loader is open', async (t) => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>')
    await t.rejects(openPicture(svg, LIMIT), { code: 'image_decode_error' })
  })
})

t.test('grey pictures have three channels', async (t) => {
  const grey = await sharp(new Uint8Array(16).fill(77), { raw: { width: 4, height: 4, channels: 1 } }).toColourspace('b-w').png().toBuffer()
  const image = await (await openPicture(grey, LIMIT)).at(1)
  t.equal(image.data.length, 48)
  t.ok(image.data.every((value) => value === 77))
})

t.test('a CMYK JPEG is read as RGB', async (t) => {
  const cmyk = await gradient(64, 48).toColourspace('cmyk').jpeg().toBuffer()
  const image = await (await openPicture(cmyk, LIMIT)).at(1)
  t.equal(image.data.length, 64 * 48 * 3)
  t.ok(pixel(image, 60, 2)[0]! > pixel(image, 2, 2)[0]!, 'redder to the right')
})

t.test('EXIF orientation', async (t) => {
  // Rotations of an upright picture that each EXIF orientation undoes.
  const undo: Record<number, (s: Sharp) => Sharp> = {
    1: (s) => s,
    2: (s) => s.flop(),
    3: (s) => s.rotate(180),
    4: (s) => s.flip(),
    5: (s) => s.flop().rotate(270),
    6: (s) => s.rotate(270),
    7: (s) => s.flop().rotate(90),
    8: (s) => s.rotate(90)
  }
  // The small picture is decoded at once, the large one after its header.
  for (const [width, height] of [[64, 48], [640, 480]] as const) {
    for (const [orientation, turn] of Object.entries(undo)) {
      t.test(`${orientation}, ${width} × ${height}`, async (t) => {
        const turned = await turn(sharp(await gradient(width, height).png().toBuffer())).toBuffer()
        const bytes = await sharp(turned).withMetadata({ orientation: Number(orientation) }).png().toBuffer()
        const picture = await openPicture(bytes, LIMIT)
        t.strictSame([picture.width, picture.height], [width, height], 'the size is that of the upright picture')
        showsGradient(t, await picture.at(1), 0)
        const half = await picture.at(0.5)
        t.strictSame([half.width, half.height], [width, height], 'an image is reused down to half its scale')
        const fresh = await (await openPicture(bytes, LIMIT)).at(0.25)
        t.strictSame([fresh.width, fresh.height], [width / 4, height / 4])
      })
    }
  }
})

/** 16 × 16 pixels of one colour, written by libheif with x265. */
const HEIC = `
AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoAABAAAAAAAA
ACUAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAAAADcaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEAB
DAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNw
ZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAEAAAAAEAAAAQAAAAAf///9AAAAAC////0AAAAAIAAAAQcGl4aQAAAAADCAgIAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAALW1kYXQAAAAh
KAGvBRITDOD6ulI7jg+PgKb/Z8qArO8W/KCVWhCR8VtA`

t.test('bombs are refused by their header', async (t) => {
  await t.rejects(openPicture(pngBomb(60_000, 60_000), 50_000_000), { code: 'image_too_large', message: /60000 × 60000.*50000000/ })
  await t.rejects(openPicture(pngBomb(50_000_000, 1), 50_000_000), { code: 'image_too_large', message: /no side may have more than 65535/ })
  await t.rejects(openPicture(bmp(40, 40), 1_000), { code: 'image_too_large' })
  const lying = bmp(4, 4)
  lying.writeInt32LE(30_000, 18)
  await t.rejects(openPicture(lying, 50_000_000), { code: 'image_decode_error' }, 'a bitmap that promises more than it holds')
  lying.writeInt32LE(0, 18)
  await t.rejects(openPicture(lying, 50_000_000), { code: 'image_decode_error' }, 'a bitmap without width')
})

t.test('bytes that are no image', async (t) => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('BM'), Buffer.from('hello'), Buffer.alloc(1000), Buffer.from('<?xml version="1.0"?><svg/>')]) {
    await t.rejects(openPicture(bytes, LIMIT), { code: 'image_decode_error' })
  }
})

t.test('HEIC, whose header can be read, is no format of ours', async (t) =>
  await t.rejects(openPicture(Buffer.from(HEIC, 'base64'), LIMIT), { code: 'image_decode_error', message: /HEIC/ }))

t.test('scales', async (t) => {
  const picture = await openPicture(await readFile(photo), 50_000_000)
  const small = await picture.at(0.1)
  t.equal(small.width, Math.round(picture.width * 0.1))
  t.equal(await picture.at(0.06), small, 'an image of up to twice the requested scale is reused')
  t.not(await picture.at(0.02), small, 'five times would alias')
  const full = await picture.at(1)
  t.strictSame([full.width, full.height], [picture.width, picture.height])
  const made = fromImage(full)
  t.equal(await made.at(1), full)
  const half = await fromImage(full).at(0.5)
  t.equal(half.width, Math.round(full.width / 2))
})

t.test('the whole picture has every pixel, however large', async (t) => {
  const large = await sharp({ create: { width: 5000, height: 3000, channels: 3, background: 'white' } }).png().toBuffer()
  const picture = await openPicture(large, 50_000_000)
  const { width, height } = await picture.at(1)
  t.ok(width * height < 4096 * 3073 && width < 5000, 'a scale is limited by the pixels of the image')
  const whole = await picture.whole()
  t.equal(whole.width, 5000)
  t.equal(await picture.whole(), whole, 'decoded once')
  const strip = await sharp({ create: { width: 15_000, height: 2, channels: 3, background: 'white' } }).png().toBuffer()
  t.equal((await (await openPicture(strip, LIMIT)).at(1)).width, 15_000, 'and not by its longest side')
})

t.test('a large picture in a small file is decoded at the scale that is asked for', async (t) => {
  const bytes = await sharp({ create: { width: 1200, height: 90, channels: 3, background: 'teal' } }).png().toBuffer()
  const image = await (await openPicture(bytes, LIMIT)).at(0.6)
  t.strictSame([image.width, image.height], [720, 54])
  await t.rejects(openPicture(bytes, 100_000), { code: 'image_too_large' })
})
