import t, { type Test } from 'tap'
import { apply, compose, invert, resizing, scaleOf, turnAndScale, turning } from '../../../src/math/affine.ts'
import { area, clip, expand, iou, moveBox, nesting, square } from '../../../src/math/box.ts'
import { nmsGreedy } from '../../../src/math/nms.ts'
import type { Point } from '../../../src/math/point.ts'
import { similarityTransform } from '../../../src/math/similarity-transform.ts'

const near = (t: Test, [x, y]: Point, [u, v]: Point, tolerance = 1e-9) => t.ok(Math.hypot(x - u, y - v) <= tolerance, `(${x}, ${y}) is (${u}, ${v})`)

t.test('affine', async (t) => {
  const m = { a: 2, b: -1, tx: 3, c: 0.5, d: 1.5, ty: -4 }
  t.strictSame(apply(m, [1, 2]), [3, -0.5])
  near(t, apply(compose(invert(m), m), [7, -3]), [7, -3])
  near(t, apply(compose(m, invert(m)), [7, -3]), [7, -3])
  t.equal(scaleOf(m), Math.sqrt(3.5))
  t.throws(() => invert({ a: 1, b: 2, tx: 0, c: 2, d: 4, ty: 0 }), RangeError, 'a flat transform')
  t.throws(() => invert({ a: NaN, b: 0, tx: 0, c: 0, d: 1, ty: 0 }), RangeError, 'no transform at all')
})

t.test('resizing keeps the edges of the picture, not its first pixel centre', async (t) => {
  const half = resizing(0.5, 0.5)
  near(t, apply(half, [-0.5, -0.5]), [-0.5, -0.5])
  near(t, apply(half, [99.5, 49.5]), [49.5, 24.5])
  near(t, apply(half, [0.5, 0.5]), [0, 0])
})

t.test('similarity', async (t) => {
  const from: Point[] = [[0, 0], [10, 0], [5, 8], [2, 3]]
  const turned = (angle: number, scale: number, [tx, ty]: Point): Point[] => from.map(([x, y]) => [
    scale * (Math.cos(angle) * x - Math.sin(angle) * y) + tx,
    scale * (Math.sin(angle) * x + Math.cos(angle) * y) + ty
  ])
  for (const angle of [0, 0.3, -2, Math.PI]) {
    const to = turned(angle, 1.7, [4, -9])
    const found = similarityTransform(from, to)
    from.forEach((point, i) => near(t, apply(found, point), to[i]!))
    const upright = similarityTransform(from, to, true)
    t.ok(Math.abs(scaleOf(upright) - 1.7) < 1e-9, 'without rotation the scale is found all the same')
    t.equal(upright.b, -0)
    t.ok(upright.a > 0, 'and nothing is mirrored')
  }
  t.test('the best fit of points that do not fit has the least error', async (t) => {
    const to: Point[] = [[0, 0], [9, 1], [6, 7], [2, 2]]
    const best = similarityTransform(from, to)
    const error = (m: typeof best) => from.reduce((sum, point, i) => {
      const [x, y] = apply(m, point)
      return sum + (x - to[i]![0]) ** 2 + (y - to[i]![1]) ** 2
    }, 0)
    for (const change of [{ tx: best.tx + 0.01 }, { ty: best.ty - 0.01 }, { a: best.a + 0.001, d: best.d + 0.001 }, { b: best.b + 0.001, c: best.c - 0.001 }]) {
      t.ok(error({ ...best, ...change }) > error(best))
    }
  })
  t.throws(() => similarityTransform([[1, 1], [1, 1]], [[0, 0], [1, 1]]), RangeError)
})

t.test('boxes', async (t) => {
  const box = { x: 10, y: 20, w: 30, h: 40 }
  t.equal(area(box), 1200)
  t.equal(area({ x: 0, y: 0, w: -1, h: 5 }), 0)
  t.equal(iou(box, box), 1)
  t.equal(iou(box, { x: 25, y: 20, w: 30, h: 40 }), 600 / 1800)
  t.equal(iou(box, { x: 40, y: 20, w: 5, h: 5 }), 0, 'touching is not overlapping')
  t.strictSame(expand(box, 0), box)
  t.strictSame(expand(box, 50), { x: 2.5, y: 10, w: 45, h: 60 })
  t.strictSame(square(box, 1), { x: 5, y: 20, w: 40, h: 40 })
  t.strictSame(square(box, 2, 0.25), { x: -15, y: 20, w: 80, h: 80 })
})

t.test('clip: whole pixels, inside, never empty', async (t) => {
  const cases = [
    [{ x: 1.4, y: 1.6, w: 10, h: 10 }, { x: 1, y: 2, w: 10, h: 10 }],
    [{ x: -5, y: -5, w: 10, h: 200 }, { x: 0, y: 0, w: 5, h: 50 }],
    [{ x: 90, y: 40, w: 20, h: 20 }, { x: 90, y: 40, w: 10, h: 10 }],
    [{ x: 200, y: 300, w: 5, h: 5 }, { x: 99, y: 49, w: 1, h: 1 }],
    [{ x: -50, y: -50, w: 5, h: 5 }, { x: 0, y: 0, w: 1, h: 1 }],
    [{ x: 10.2, y: 10.2, w: 0.1, h: 0.1 }, { x: 10, y: 10, w: 1, h: 1 }]
  ] as const
  for (const [box, expected] of cases) t.strictSame(clip(box, 100, 50), expected)
})

t.test('nms keeps the best of what overlaps, and order among equals', async (t) => {
  const at = (x: number, score: number) => ({ box: { x, y: 0, w: 10, h: 10 }, score })
  const [a, b, c, d] = [at(0, 0.6), at(1, 0.9), at(20, 0.6), at(40, 0.6)]
  t.strictSame(nmsGreedy([a, b, c, d], 0.4), [b, c, d])
  t.strictSame(nmsGreedy([a, b, c, d], 0.9), [b, a, c, d], 'a high threshold keeps all')
  t.strictSame(nmsGreedy([], 0.4), [])
})

t.test('a quarter turn takes the first pixel to another corner, and four of them are none', async (t) => {
  const corners = [1, 2, 3].map((quarters) => apply(turning(quarters, 5, 3), [0, 0]))
  t.strictSame(corners, [[2, 0], [4, 2], [0, 4]])
  const around = [turning(1, 5, 3), turning(1, 3, 5)].reduce((m, quarter) => compose(quarter, m), turning(2, 5, 3))
  near(t, apply(around, [1, 2]), [1, 2])
})

t.test('a box that is turned holds the ellipse in it', async (t) => {
  const box = { x: 10, y: 20, w: 30, h: 40 }
  t.strictSame(moveBox(turning(1, 100, 100), box), { x: 39, y: 10, w: 40, h: 30 })
  const { w, h } = moveBox(turnAndScale(Math.PI / 4, 2), box)
  t.ok(Math.abs(w - h) < 1e-9 && Math.abs(w - Math.hypot(30, 40) * Math.SQRT2) < 1e-9)
})

t.test('a box that lies in another is nested whole', async (t) => {
  const [large, small] = [{ x: 0, y: 0, w: 10, h: 10 }, { x: 8, y: 2, w: 4, h: 2 }]
  t.equal(nesting(large, small), 0.5)
  t.equal(nesting(small, { ...large, w: 20 }), 1)
  t.equal(nesting(small, { x: 50, y: 0, w: 1, h: 1 }), 0)
  t.equal(nmsGreedy([{ box: large, score: 0.5 }, { box: { ...small, x: 2 }, score: 0.9 }], 0.7, nesting).length, 1)
})
