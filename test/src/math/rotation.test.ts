import t from 'tap'
import { type Point3, type Rotation, rotationBetween } from '../../../src/math/rotation.ts'
import { draw } from '../../random.ts'

/** Rz(c) · Ry(b) · Rx(a). */
function turned ([a, b, c]: Point3): Rotation {
  const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)]
  return [
    cc * cb, cc * sb * sa - sc * ca, cc * sb * ca + sc * sa,
    sc * cb, sc * sb * sa + cc * ca, sc * sb * ca - cc * sa,
    -sb, cb * sa, cb * ca
  ]
}

const apply = (r: Rotation, [x, y, z]: Point3, scale: number, by: Point3): Point3 => [0, 1, 2].map((row) =>
  scale * (r[3 * row]! * x + r[3 * row + 1]! * y + r[3 * row + 2]! * z) + by[row]!) as unknown as Point3

const number = (seed: number, i: number): number => 2 * draw(seed, i) - 1
const points = (seed: number, count: number): Point3[] =>
  Array.from({ length: count }, (_, i) => [number(seed, 3 * i), number(seed, 3 * i + 1), number(seed, 3 * i + 2)])
const furthest = (p: Rotation, q: Rotation): number => Math.max(...p.map((value, i) => Math.abs(value - q[i]!)))

t.test('a rotation is found again, whatever the scale and place', async (t) => {
  for (let seed = 0; seed < 200; seed++) {
    const from = points(seed, 6)
    const rotation = turned([3.2 * number(seed, 90), 1.6 * number(seed, 91), 3.2 * number(seed, 92)])
    const to = from.map((point) => apply(rotation, point, 5 * draw(seed, 93) + 0.1, [70 * number(seed, 94), 3, -8]))
    const apart = furthest(rotationBetween(from, to, from.map((_, i) => draw(seed, 100 + i) + 0.1)), rotation)
    if (apart > 1e-9) t.fail(`seed ${seed}: ${apart}`)
  }
  t.same(rotationBetween(points(1, 5), points(1, 5), [1, 1, 1, 1, 1]).map((value) => Math.round(1e9 * value) / 1e9 + 0), [1, 0, 0, 0, 1, 0, 0, 0, 1])
})

t.test('weights count: a point without one may lie anywhere, and a heavier one pulls harder', async (t) => {
  const from = points(3, 8)
  const rotation = turned([0.3, -0.5, 0.2])
  const to = from.map((point, i): Point3 => i === 2 ? [9, 9, 9] : apply(rotation, point, 2, [1, 2, 3]))
  t.ok(furthest(rotationBetween(from, to, from.map((_, i) => Number(i !== 2))), rotation) < 1e-9)
  const errors = [0.01, 0.1, 1].map((weight) => furthest(rotationBetween(from, to, from.map((_, i) => i === 2 ? weight : 1)), rotation))
  t.ok(errors[0]! < errors[1]! && errors[1]! < errors[2]!, `${errors}`)
})

t.test('a mirror image is answered with a rotation', async (t) => {
  const r = rotationBetween(points(5, 7), points(5, 7).map(([x, y, z]): Point3 => [-x, y, z]), Array.from({ length: 7 }, () => 1))
  const determinant = r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6])
  t.ok(Math.abs(determinant - 1) < 1e-9)
})
