import t from 'tap'
import { expand } from '../../../src/math/box.ts'
import { foundFace } from '../../../src/pipelines/found-face.ts'

t.test('a face that is looked at again has the box of its detector, whatever it was expanded by', async (t) => {
  const box = { x: 40, y: 60, w: 100, h: 120 }
  for (const percentage of [0, 20, 100]) {
    const { box: found } = foundFace({ box: expand(box, percentage), landmarks: undefined, score: 0.9 }, percentage)
    for (const side of ['x', 'y', 'w', 'h'] as const) t.ok(Math.abs(found[side] - box[side]) < 1e-9, `${percentage} %: ${side} ${found[side]}`)
  }
})
