import t from 'tap'
import { type Canvas, toCanvas } from '../../../../src/image/opencv/canvas.ts'
import { decode } from '../../../../src/models/yolo/decode-yolo.ts'
import { letterbox } from '../../../../src/models/yolo/letterbox.ts'
import { detectFaces, yolo } from '../../../../src/models/yolo/yolo.ts'
import type { Output, Session } from '../../../../src/onnx/session.ts'

const white = (width: number, height: number): Canvas => toCanvas({ width, height, data: new Uint8Array(width * height * 3).fill(255) })

t.test('the letterbox is ultralytics’: enlarged, with grey up to multiples of 32', async (t) => {
  const sizes = (width: number, height: number) => {
    const { image, boxes } = letterbox(white(width, height))
    const first = image.data.indexOf(255) / 3
    return { size: [image.width, image.height], starts: [first % image.width, Math.floor(first / image.width)], boxes }
  }
  t.strictSame(sizes(517, 333), { size: [640, 416], starts: [0, 2], boxes: { x: 0, y: 2 } })
  t.strictSame(sizes(640, 97), { size: [640, 128], starts: [0, 15], boxes: { x: 0, y: 15 } })
  t.strictSame(sizes(480, 640), { size: [480, 640], starts: [0, 0], boxes: { x: 0, y: 0 } })
  t.strictSame(sizes(200, 150), { size: [640, 480], starts: [0, 0], boxes: { x: 0, y: 0 } })
  t.equal(letterbox(white(517, 333)).image.data[0], 114)
})

interface Cell {
  readonly column: number
  readonly row: number
  readonly score: number
  readonly distances: readonly number[]
  readonly points?: readonly number[]
}

/** The maps of a level in which these cells hold faces; each distance is one bin with all the probability. */
function level (stride: number, [width, height]: readonly [number, number], cells: readonly Cell[]) {
  const [columns, rows] = [width / stride, height / stride]
  const map = (channels: number): Output => ({ dims: [1, channels, rows, columns], data: new Float32Array(channels * rows * columns) })
  const [scores, boxes, points] = [map(1), map(64), map(15)]
  for (const { column, row, score, distances, points: values = [] } of cells) {
    const at = row * columns + column
    const put = ({ data }: Output, channel: number, value: number): void => { data[channel * rows * columns + at] = value }
    put(scores, 0, score)
    distances.forEach((distance, side) => put(boxes, side * 16 + distance, 200))
    values.forEach((value, i) => put(points, i, value))
  }
  return { stride, scores, boxes, points: cells.some(({ points }) => points) ? points : undefined }
}

const size = [64, 64] as const

t.test('boxes are distances from the middle of a cell, points are relative to its corner', async (t) => {
  const points = [0, 1, 0.9, 1, 1, 0.9, 0.5, 1.5, 0.9, 0, 2, 0.9, 1, 2, 0.9]
  const [face, ...others] = decode([level(8, size, [{ column: 3, row: 2, score: 0.9, distances: [1, 2, 3, 4], points }])])
  t.equal(others.length, 0)
  t.match(face, { x1: 20, y1: 4, x2: 52, y2: 52, points: [[24, 32], [40, 32], [32, 40], [24, 48], [40, 48]] })
  t.equal(face!.score, Math.fround(0.9))
  const [unsure] = decode([level(16, size, [{ column: 1, row: 1, score: 0.3, distances: [] }])])
  t.match(unsure, { x1: 24 - 16 * 7.5, x2: 24 + 16 * 7.5, points: undefined }, 'equal bins yield their mean')
})

t.test('weak faces are dropped, and of two that overlap by more than 0.7 the better one is kept, across levels', async (t) => {
  const one = { column: 3, row: 3, distances: [2, 2, 2, 2] }
  const found = decode([
    level(8, size, [{ ...one, score: 0.5 }, { column: 0, row: 0, score: 0.25, distances: [1, 1, 1, 1] }]),
    // 32 × 32 pixels around nearly the same place, and at another place.
    level(16, size, [{ column: 1, row: 1, score: 0.8, distances: [1, 1, 1, 1] }, { column: 3, row: 3, score: 0.6, distances: [1, 1, 1, 1] }])
  ])
  t.strictSame(found.map(({ score }) => Math.round(score * 100)), [80, 60, 50], '32 px of 32 × 32 and of 32 × 32 moved by 4 overlap by 0.62')
  const close = decode([level(8, size, [{ ...one, score: 0.5 }, { column: 4, row: 3, score: 0.7, distances: [3, 2, 1, 2] }])])
  t.equal(close.length, 1)
  t.equal(close[0]!.score, Math.fround(0.7))
})

t.test('a face is reported in pixels of the picture, truncated and inside it, with its eyes or with findEyes', async (t) => {
  const cell: Cell = { column: 0, row: 20, score: 0.9, distances: [1, 2, 3, 4], points: [1, 1, 1, 2, 1, 1, 1.5, 2, 1, 1, 3, 1, 2, 3, 1] }
  const session = (withPoints: boolean): Session => ({
    async run (pixels, [, height, width]) {
      t.equal(pixels.length, width * height * 3)
      const { points, ...cellOnly } = cell
      const levels = [8, 16, 32].map((stride) => level(stride, [width, height], stride === 8 ? [withPoints ? cell : cellOnly] : []))
      return new Map(levels.flatMap(({ stride, scores, boxes, points }): Array<[string, Output]> => [
        [`scores_${stride}`, scores],
        [`boxes_${stride}`, boxes],
        ...(points ? [[`points_${stride}`, points] satisfies [string, Output]] : [])
      ]))
    },
    close: async () => {}
  })
  const findEyes = () => ({ left: undefined, right: undefined })
  // 1280 × 640 becomes 640 × 320.
  const canvas = white(1280, 640)
  const [face] = await detectFaces(session(true), canvas)
  t.match(face, { x1: 0, y1: 2 * (20.5 - 2) * 8, x2: 2 * 3.5 * 8, y2: 2 * (20.5 + 4) * 8 })
  const { deepface } = yolo(session(true), findEyes)
  t.match(await deepface.find(canvas), [{ x: 0, y: 296, w: 56, h: 96, rightEye: [32, 352], leftEye: [64, 352] }])
  const plain = yolo(session(false), findEyes).deepface
  t.match(await plain.find(canvas), [{ leftEye: undefined, rightEye: undefined }])
  t.equal(plain.findEyes, findEyes)
})
