import t from 'tap'
import { decode, SIDE } from '../../../src/models/mediapipe/decode-mediapipe.ts'

/** 896 rows without a face, except these: raw score, then centre and size in pixels relative to the anchor. */
function rows (faces: Readonly<Record<number, readonly [score: number, x: number, y: number, w: number, h: number]>>) {
  const boxes = new Float32Array(896 * 16)
  const scores = new Float32Array(896).fill(-200)
  for (const [row, [score, ...box]] of Object.entries(faces)) {
    scores[Number(row)] = score
    boxes.set(box, Number(row) * 16)
    for (let k = 0; k < 6; k++) boxes.set([box[0]! + k, box[1]! - k], Number(row) * 16 + 4 + 2 * k)
  }
  return [{ dims: [1, 896, 16], data: boxes }, { dims: [1, 896, 1], data: scores }] as const
}

t.test('rows belong to cells: two to each cell of 8 pixels, then six to each of 16', async (t) => {
  const centre = (row: number) => {
    const { box } = decode(...rows({ [row]: [5, 0, 0, 16, 32] }))[0]!
    return [(box.x + box.w / 2) * SIDE, (box.y + box.h / 2) * SIDE, box.w * SIDE, box.h * SIDE]
  }
  t.strictSame([0, 1, 2, 32, 511].map(centre), [[4, 4], [4, 4], [12, 4], [4, 12], [124, 124]].map((at) => [...at, 16, 32]))
  t.strictSame([512, 517, 518, 895].map(centre), [[8, 8], [8, 8], [24, 8], [120, 120]].map((at) => [...at, 16, 32]))
})

t.test('faces that overlap the best one are averaged with it, weighted by score; others are kept', async (t) => {
  const [best, other, ...none] = decode(...rows({ 0: [0, 0, 0, 16, 16], 1: [100, 3, 0, 16, 16], 511: [1, 0, 0, 8, 8] }))
  // Scores of ½ and 1: the mean is a third of the way from the better face to the other.
  const pixels = (...sides: number[]) => sides.map((value) => Math.round(value * SIDE * 1000) / 1000)
  t.same(pixels(best!.box.x, best!.box.y), [-2, -4])
  t.same(pixels(...best!.points[2]!), [4 + 2 + 2, 4 - 2])
  t.same([best!.score, ...pixels(other!.box.x), none.length], [1, 120, 0])
})

t.test('a score of one half is a face, less is not', async (t) => {
  t.equal(decode(...rows({ 7: [0, 0, 0, 8, 8] })).length, 1)
  t.equal(decode(...rows({ 7: [-0.001, 0, 0, 8, 8] })).length, 0)
})
