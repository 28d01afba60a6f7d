import t from 'tap'
import { crop } from '../../../src/image/crop.ts'
import type { Image } from '../../../src/image/image.ts'
import { fromImage } from '../../../src/image/picture.ts'
import { toGrey, warp } from '../../../src/image/warp.ts'
import type { Affine } from '../../../src/math/affine.ts'

const identity: Affine = { a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0 }

/** Red grows with x, green with y, blue is 100. */
const plane = (width: number, height: number): Image => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => [(i / 3 | 0) % width * 4, ((i / 3 / width) | 0) * 4, 100][i % 3]!)
})

const sample = (image: Image, back: Affine, outside: 'black' | 'replicate' = 'black', width = 1, height = 1) => {
  const out = new Uint8Array(width * height * 3)
  warp(image, back, { width, height, out, outside })
  return Array.from(out)
}

t.test('the identity copies', async (t) => {
  const image = plane(9, 7)
  t.strictSame(sample(image, identity, 'black', 9, 7), Array.from(image.data))
})

t.test('bilinear between pixel centres', async (t) => {
  const image = plane(9, 7)
  t.strictSame(sample(image, { ...identity, tx: 2.5, ty: 3.25 }), [10, 13, 100])
  t.strictSame(sample(image, { a: 0, b: -1, tx: 4, c: 1, d: 0, ty: 2 }), [16, 8, 100], 'a quarter turn about (4, 2)')
})

t.test('outside the picture', async (t) => {
  const image = plane(9, 7)
  t.strictSame(sample(image, { ...identity, tx: -3, ty: 2 }), [0, 0, 0])
  t.strictSame(sample(image, { ...identity, tx: -3, ty: 2 }, 'replicate'), [0, 8, 100])
  t.strictSame(sample(image, { ...identity, tx: 20, ty: 20 }, 'replicate'), [32, 24, 100])
  t.strictSame(sample(image, { ...identity, tx: -0.5, ty: 0 }), [0, 0, 50], 'half of the border pixel is black')
})

t.test('shrinking averages, so fine stripes become grey and do not alias', async (t) => {
  const stripes: Image = { width: 64, height: 64, data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i / 3 | 0) % 2 * 255) }
  const shrunk = sample(stripes, { a: 8, b: 0, tx: 3.5, c: 0, d: 8, ty: 3.5 }, 'replicate', 8, 8)
  t.ok(shrunk.every((value) => Math.abs(value - 127.5) <= 1), `${Math.min(...shrunk)}..${Math.max(...shrunk)}`)
})

t.test('crop samples the same place whatever the scale it decodes', async (t) => {
  const image = plane(60, 60)
  const toCrop: Affine = { a: 0.25, b: 0, tx: 0.125 - 0.5, c: 0, d: 0.25, ty: 0.125 - 0.5 }
  const out = new Uint8Array(15 * 15 * 3)
  await crop(fromImage(image), toCrop, { width: 15, height: 15, out, outside: 'replicate' })
  const centre = (7 * 15 + 7) * 3
  // Crop pixel 7 covers picture pixels 28..31: their mean is 4 · 29.5.
  t.ok(Math.abs(out[centre]! - 118) <= 1, `${out[centre]}`)
  t.ok(Math.abs(out[centre + 1]! - 118) <= 1, `${out[centre + 1]}`)
})

t.test('grey is OpenCV’s', async (t) => {
  t.strictSame(Array.from(toGrey(Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0]))), [76, 150, 29, 255, 0])
})
