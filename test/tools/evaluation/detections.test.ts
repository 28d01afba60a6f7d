import t from 'tap'
import { added, compareBoxes, NONE, precision, recall } from '../../../tools/evaluation/detections.ts'

const box = (x: number) => ({ x, y: 0, w: 10, h: 10 })

t.test('each box takes one face, and each face one box', async (t) => {
  const counts = compareBoxes([box(1), box(0), box(50)], [box(0), box(30)], new Set([0, 1]))
  t.strictSame(counts, { faces: 2, hits: 1, boxes: 3, right: 1 })
  t.equal(recall(counts), 1 / 2)
  t.equal(precision(counts), 1 / 3)
})

t.test('detecting a face that need not be found is no error', async (t) => {
  t.strictSame(compareBoxes([box(0), box(30)], [box(0), box(30)], new Set([1])), { faces: 1, hits: 1, boxes: 2, right: 2 })
})

t.test('an IoU of one half is needed', async (t) => {
  t.equal(compareBoxes([box(4)], [box(0)], new Set([0])).hits, 0)
  t.equal(compareBoxes([box(3)], [box(0)], new Set([0])).hits, 1)
})

t.test('counts of pictures add up', async (t) =>
  t.strictSame(added(NONE, { faces: 1, hits: 1, boxes: 2, right: 1 }), { faces: 1, hits: 1, boxes: 2, right: 1 }))
