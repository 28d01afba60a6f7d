import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import { encodePng } from '../../../src/image/encode.ts'
import { openPicture } from '../../../src/image/picture.ts'
import { gradient } from '../../fixtures/images.ts'
import { rleBitmap } from '../../fixtures/bitmaps.ts'

const LIMIT = 10_000_000
const SIZE = { width: 640, height: 512 }
const plain = await gradient(SIZE.width, SIZE.height).raw().toBuffer()
/** Smooth noise, so that every block of a JPEG has coefficients. */
const noisy = await sharp({ create: { ...SIZE, channels: 3, background: 'grey', noise: { type: 'gaussian', mean: 128, sigma: 40 } } }).raw().toBuffer()
const raw = (data: Uint8Array, channels: 1 | 2 | 3 | 4 = 3) => sharp(data, { raw: { ...SIZE, channels } })

async function pixels (bytes: Uint8Array, scale: number): Promise<Uint8Array> {
  return (await (await openPicture(bytes, LIMIT)).at(scale)).data
}

const mean = (a: Uint8Array, b: Uint8Array): number => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length

t.test('transparent pixels keep their colours at every scale', async (t) => {
  const withAlpha = (alpha: number): Buffer =>
    Buffer.from(Uint8Array.from({ length: SIZE.width * SIZE.height * 4 }, (_, i) => i % 4 === 3 ? alpha : plain[(i >> 2) * 3 + i % 4]!))
  for (const alpha of [0, 1, 2, 128]) {
    const picture = raw(withAlpha(alpha), 4)
    const files = {
      PNG: await picture.png().toBuffer(),
      '16-bit PNG': await picture.clone().toColourspace('rgb16').png().toBuffer(),
      WebP: await picture.clone().webp({ lossless: true, exact: true }).toBuffer(),
      AVIF: await picture.clone().avif({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
      TIFF: await picture.clone().tiff({ compression: 'lzw' }).toBuffer()
    }
    for (const [name, file] of Object.entries(files)) {
      for (const scale of [1, 0.5, 0.2, 1.5]) {
        const expected = await pixels(await raw(plain).png().toBuffer(), scale)
        const difference = mean(await pixels(file, scale), expected)
        t.ok(difference < (name === 'AVIF' ? 4 : 1), `${name}, alpha ${alpha}, scale ${scale}: ${difference} levels`)
      }
    }
  }
})

t.test('a JPEG without its last marker', async (t) => {
  const files = {
    baseline: await raw(noisy).jpeg({ quality: 90 }).toBuffer(),
    'baseline in grey': await raw(noisy).greyscale().jpeg().toBuffer(),
    progressive: await raw(noisy).jpeg({ quality: 90, progressive: true }).toBuffer(),
    'of odd size, in 4:4:4': await raw(noisy).resize(333, 217).jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer(),
    'of odd size': await raw(noisy).resize(333, 217).jpeg({ optimiseCoding: false }).toBuffer(),
    CMYK: await raw(noisy).toColourspace('cmyk').jpeg().toBuffer()
  }
  for (const [name, file] of Object.entries(files)) {
    for (const scale of [1, 0.25]) {
      const expected = await pixels(file, scale)
      for (const missing of [1, 2]) t.strictSame(await pixels(file.subarray(0, file.length - missing), scale), expected, `${name} without ${missing} bytes`)
      for (const missing of [3, 12, 100, file.length >> 1]) {
        await t.rejects(pixels(file.subarray(0, file.length - missing), scale), { code: 'image_decode_error' }, `${name} without ${missing} bytes is cut off`)
      }
    }
  }
  const progressive = files.progressive
  const lastScan = progressive.lastIndexOf(Buffer.from([0xff, 0xda]))
  await t.rejects(pixels(progressive.subarray(0, progressive.lastIndexOf(Buffer.from([0xff, 0xc4]), lastScan)), 1),
    { code: 'image_decode_error' }, 'a progressive one that ends between two scans is cut off')
})

t.test('run-length encoded bitmaps', async (t) => {
  for (const bits of [4, 8] as const) {
    const expected = await pixels(rleBitmap(33, 21, { bits, isEncoded: false }), 1)
    for (const end of ['bitmap', 'line and bitmap', 'line', 'nothing'] as const) {
      for (const kind of ['runs', 'absolute', 'long runs'] as const) {
        t.strictSame(await pixels(rleBitmap(33, 21, { bits, end, kind }), 1), expected, `${bits} bits, ${kind}, end of ${end}`)
      }
    }
    const cut = rleBitmap(33, 21, { bits })
    await t.rejects(pixels(cut.subarray(0, cut.length - 40), 1), { code: 'image_decode_error' }, 'cut off')
  }
})

t.test('pixels of a wide gamut are encoded as sRGB', async (t) => {
  const files = (image: Sharp) => ({
    JPEG: image.clone().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
    PNG: image.clone().png(),
    WebP: image.clone().webp({ lossless: true }),
    TIFF: image.clone().tiff({ compression: 'lzw' })
  })
  for (const [name, file] of Object.entries(files(raw(plain).withIccProfile('p3')))) {
    const picture = await openPicture(await file.toBuffer(), LIMIT)
    const { data, width, height } = await picture.whole()
    const png = await encodePng(data, width, height, 3, await picture.profile())
    const converted = mean(await sharp(png).raw().toBuffer(), plain)
    t.ok(mean(data, plain) > 5, `${name} has other values`)
    t.ok(converted < 1.5, `${name}: ${converted} levels`)
  }
  for (const file of Object.values(files(raw(plain)))) t.equal(await (await openPicture(await file.toBuffer(), LIMIT)).profile(), undefined)
  t.ok((await encodePng(new Uint8Array(27), 3, 3, 3, Buffer.alloc(200, 'no profile'))).length > 0, 'a broken profile is left out')
})

t.test('an animated AVIF has the pixels of the item that stands for it', async (t) => {
  const file = await raw(plain).avif({ quality: 80 }).toBuffer()
  const expected = await pixels(file, 1)
  for (const brand of ['avis', 'MA1B', 'iso8']) {
    const renamed = Buffer.from(file)
    renamed.write(brand, 8, 'latin1')
    t.strictSame(await pixels(renamed, 1), expected, brand)
  }
})
