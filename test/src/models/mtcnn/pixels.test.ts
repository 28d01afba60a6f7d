import t from 'tap'
import type { Canvas } from '../../../../src/image/opencv/canvas.ts'
import { pool, whole } from '../../../../src/models/mtcnn/adaptive-pool.ts'
import { resizeArea } from '../../../../src/models/mtcnn/resize-area.ts'
import { sample } from '../../../../src/models/mtcnn/sample.ts'

/** A picture by formula with a black border, from which TensorFlow 2.19.1 and PyTorch 2.6.0 computed the values recorded here. */
const image = { width: 23, height: 17, data: Uint8Array.from({ length: 23 * 17 * 3 }, (_, i) => (i * i * 7 + i * 13) % 256) }
const canvas: Canvas = { width: 45, height: 33, left: 11, top: 8, image }

const pixel = (values: Float32Array, width: number, x: number, y: number): number[] => [...values.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)]
const float32 = (...values: number[]): number[] => values.map(Math.fround)
const all = (size: number) => ({ start: 0, end: size })

t.test('resizeArea equals TensorFlow’s AREA, to the bit', async (t) => {
  const values = resizeArea(canvas, { width: 27, height: 20, x: all(27), y: all(20) })
  t.strictSame(pixel(values, 27, 13, 10), float32(-0.07904807, -0.27118838, -0.09940781))
  const part = resizeArea(canvas, { width: 27, height: 20, x: { start: 8, end: 20 }, y: { start: 6, end: 20 } })
  t.strictSame(pixel(part, 12, 5, 4), pixel(values, 27, 13, 10), 'a part equals that part of the whole')
})

t.test('sample equals TensorFlow’s crop_and_resize, to the bit, and is 0 outside the canvas', async (t) => {
  const candidates = [{ x1: 10.3, y1: 7.7, x2: 30.1, y2: 27.5, score: 1 }, { x1: -3.2, y1: 4, x2: 16.6, y2: 23.8, score: 1 }]
  const values = sample(canvas, candidates, 24)
  const second = values.subarray(24 * 24 * 3)
  t.strictSame(pixel(values, 24, 4, 3), float32(-0.34103057, -0.2779054, -0.16337717))
  t.strictSame(pixel(values, 24, 11, 20), float32(-0.6887128, 0.13148448, -0.07878587))
  t.strictSame(pixel(second, 24, 20, 5), float32(0.10649587, -0.21064799, 0.25635296))
  t.strictSame(pixel(second, 24, 2, 5), [0, 0, 0])
})

t.test('pool equals PyTorch’s area, to the bit, for a canvas or a part of it', async (t) => {
  const values = pool(canvas, { x: 0, y: 0, w: 45, h: 33 }, { width: 28, height: 21, x: all(28), y: all(21) }, new Float32Array(28 * 21 * 3))
  t.strictSame(pixel(values, 28, 9, 8), float32(89.333336, 101.111115, 126.888885))
  t.strictSame(pixel(values, 28, 13, 10), float32(97.55555, 130.44444, 120.44445))
  t.strictSame(pixel(values, 28, 0, 0), [0, 0, 0])
  const patch = pool(canvas, { x: 9, y: 8, w: 11, h: 23 }, whole(24), new Float32Array(24 * 24 * 3))
  t.strictSame(pixel(patch, 24, 20, 4), [8, 119, 116])
  t.strictSame(pixel(patch, 24, 7, 13), [111, 88, 207])
})
