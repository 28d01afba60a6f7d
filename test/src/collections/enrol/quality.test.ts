import t from 'tap'
import { flawOf } from '../../../../src/collections/enrol/quality.ts'
import type { Point } from '../../../../src/math/point.ts'

const MOUTH: readonly Point[] = [[35, 80], [65, 80]]
const FRONT: readonly Point[] = [[30, 40], [70, 40], [50, 60], ...MOUTH]
const face = ({ side = 100, score = 0.99, sharpness = 60, landmarks = FRONT } = {}) =>
  ({ box: { x: 0, y: 0, w: side, h: side }, score, sharpness, landmarks: landmarks as [Point, Point, Point, Point, Point] })

t.test('a photo of one person, seen well, is good enough', async (t) => {
  t.equal(flawOf([face()]), undefined)
})

t.test('people in the background do not count; one whose face has half the area does', async (t) => {
  t.equal(flawOf([face(), face({ side: 70 }), face({ side: 30 })]), undefined)
  t.equal(flawOf([face(), face({ side: 30 }), face({ side: 71 })]), 'several_faces')
})

t.test('each flaw is reported', async (t) => {
  t.equal(flawOf([]), 'face_uncertain')
  t.equal(flawOf([face({ score: 0.6 })]), 'face_uncertain')
  t.equal(flawOf([face({ side: 47 })]), 'face_too_small')
  t.equal(flawOf([face({ sharpness: 19 })]), 'face_blurred')
  t.equal(flawOf([face({ landmarks: [[30, 40], [70, 40], [70, 60], ...MOUTH] })]), 'face_turned')
  t.equal(flawOf([face({ landmarks: [[40, 30], [40, 70], [20, 50], ...MOUTH] })]), 'face_turned')
})
