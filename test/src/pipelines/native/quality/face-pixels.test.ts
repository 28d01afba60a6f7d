import t from 'tap'
import { convexHull, eachRow } from '../../../../../src/math/convex-hull.ts'
import type { Point } from '../../../../../src/math/point.ts'
import { measure } from '../../../../../src/pipelines/native/quality/face-pixels.ts'

const SQUARE: readonly Point[] = [[2, 2], [6, 2], [6, 6], [2, 6]]

const rows = (corners: readonly Point[], size = 9) => {
  const found: number[][] = []
  eachRow(corners, size, size, (...row) => { found.push(row) })
  return found
}

t.test('a hull has the outer points alone', async (t) => {
  t.strictSame(convexHull([...SQUARE, [4, 4], [4, 2], [3, 5]]), [[2, 2], [6, 2], [6, 6], [2, 6]])
  t.strictSame(convexHull([[1, 1]]), [])
})

t.test('rows of a hull', async (t) => {
  t.strictSame(rows(SQUARE), [2, 3, 4, 5, 6].map((y) => [y, 2, 6]))
  t.strictSame(rows([[4, 0], [8, 4], [4, 8], [0, 4]]).map(([, from, to]) => to! - from! + 1), [1, 3, 5, 7, 9, 7, 5, 3, 1])
  t.strictSame(rows([[-5, -5], [20, -5], [20, 20], [-5, 20]], 2), [[0, 0, 1], [1, 0, 1]], 'inside the picture')
  t.strictSame(rows([[-5, 3], [-2, 3], [-2, 5], [-5, 5]]), [], 'a polygon beside it')
  t.strictSame(rows([]), [])
})

/** A grey picture of 9 × 9 pixels. */
const grey = (value: (x: number, y: number) => number): Uint8Array =>
  Uint8Array.from({ length: 243 }, (_, i) => value(Math.floor(i / 3) % 9, Math.floor(i / 27)))
const everywhere = (): boolean => true

t.test('a plain face has no detail, and one luminance', async (t) => {
  const { luminance, sharpness } = measure(grey(() => 188), 9, SQUARE, everywhere)
  t.equal(sharpness, 0)
  // sRGB 188 is half the light.
  t.equal(luminance[128], 1)
})

t.test('pixels outside the hull and outside the picture do not count', async (t) => {
  const { luminance } = measure(grey((x) => x < 2 ? 0 : x < 4 ? 255 : 128), 9, SQUARE, (x) => x !== 2)
  t.equal(luminance[0], 0)
  t.equal(luminance[255], 0.25)
  t.strictSame(measure(grey(() => 9), 9, SQUARE, () => false), { luminance: new Float64Array(256), sharpness: 0 })
})

t.test('the same stripes are as sharp in half the light', async (t) => {
  const of = (light: number) => measure(grey((x) => light * (x % 2 ? 120 : 100)), 9, SQUARE, everywhere).sharpness
  t.equal(of(1), of(2))
  t.ok(of(1) > 1000)
  t.ok(measure(grey((x) => x % 2 ? 112 : 108), 9, SQUARE, everywhere).sharpness < of(1) / 20)
})
