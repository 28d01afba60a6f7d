import t from 'tap'
import { apply, compose, shifting, turnAndScale } from '../../../../../src/math/affine.ts'
import type { Landmarks } from '../../../../../src/math/point.ts'
import type { Detection, Mesh, Square } from '../../../../../src/pipelines/contract.ts'
import { findMeshes } from '../../../../../src/pipelines/native/mesh/find-meshes.ts'
import { firstSquare, moveSquare, nextSquare, pointsInPicture, squareToCrop } from '../../../../../src/pipelines/native/mesh/squares.ts'

const radians = (degrees: number): number => degrees * Math.PI / 180
const near = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) < 1e-3)

/** A face whose eyes are on a line of this tilt. */
function face (degrees: number): Detection {
  const [cos, sin] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))]
  const upright = [[-20, -10], [20, -10], [0, 0], [-15, 20], [15, 20]] as const
  const landmarks = upright.map(([x, y]) => [150 + cos * x - sin * y, 160 + sin * x + cos * y]) as unknown as Landmarks
  return { box: { x: 100, y: 100, w: 100, h: 120 }, landmarks, score: 1 }
}

/** A mesh of 478 points on an ellipse, tilted, with the eyes' corners level in it. */
function mesh (degrees: number, { x = 150, y = 160, size = 100, presence = 1 } = {}): Mesh {
  const [cos, sin] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))]
  const points = new Float32Array(3 * 478)
  for (let i = 0; i < 478; i++) {
    const [u, v] = i === 33 ? [-0.3 * size, -0.1 * size] : i === 263 ? [0.3 * size, -0.1 * size] : [0.4 * size * Math.cos(i), 0.5 * size * Math.sin(i)]
    points.set([x + cos * u - sin * v, y + sin * u + cos * v, 0], 3 * i)
  }
  return { points, presence }
}

t.test('the first square is 1.288 times the longer side, moved down the face', async (t) => {
  const upright = firstSquare({ ...face(0), landmarks: undefined })
  t.ok(near([...upright.centre, upright.side, upright.angle], [149.5, 159.5 + 6, 1.288 * 120, 0]))
  const lying = firstSquare(face(90))
  t.ok(near([...lying.centre, lying.angle], [149.5 - 6, 159.5, Math.PI / 2]), 'down is the face’s own')
})

t.test('a mesh asks for 1.25 times the longer side of its points, upright, wherever it is', async (t) => {
  for (const degrees of [0, 30, -75, 180]) {
    const { centre, side, angle } = nextSquare(mesh(degrees, { size: 200 }))
    t.ok(Math.hypot(centre[0] - 150, centre[1] - 160) < 0.1, `${centre}`)
    t.ok(Math.abs(side - 1.25 * 200) < 0.1, `${side}`)
    t.ok(Math.abs(Math.cos(angle) - Math.cos(radians(degrees))) < 1e-6 && Math.abs(Math.sin(angle) - Math.sin(radians(degrees))) < 1e-6)
  }
})

t.test('a crop shows the square upright, and points count from its edge', async (t) => {
  const square: Square = { centre: [50, 70], side: 64, angle: radians(30) }
  const toCrop = squareToCrop(square, 256)
  t.ok(near(apply(toCrop, [50, 70]), [127.5, 127.5]))
  t.ok(near(apply(toCrop, [50 + 8 * Math.cos(square.angle), 70 + 8 * Math.sin(square.angle)]), [127.5 + 32, 127.5]), 'what lies along the eyes is level')
  const back = pointsInPicture([128, 128, 40, 160, 128, -8], toCrop)
  t.ok(near([...back], [50, 70, 10, 50 + 8 * Math.cos(square.angle), 70 + 8 * Math.sin(square.angle), -2]), `${back}`)
})

t.test('a square moves with its picture', async (t) => {
  const { centre, side, angle } = moveSquare(compose(shifting(5, 0), turnAndScale(radians(90), 2)), { centre: [10, 20], side: 30, angle: radians(15) })
  t.ok(near([...centre, side, angle], [5 - 40, 20, 60, radians(105)]))
})

/** Answers with these meshes, pass by pass; records which squares were asked for. */
function scripted (...passes: Mesh[][]) {
  const asked: Array<readonly Square[]> = []
  return { asked, run: async (squares: readonly Square[]) => { asked.push(squares); return passes[asked.length - 1]! } }
}

/** A mesh that asks for the very square that it is searched in first, of a face of that tilt. */
function settled (degrees: number, presence: number): Mesh {
  const { centre: [x, y], side } = firstSquare(face(degrees))
  return mesh(degrees, { x, y, size: side / 1.25, presence })
}

t.test('one pass is enough for a clear face that is where it was searched', async (t) => {
  const { asked, run } = scripted([settled(0, 0.95)])
  t.equal((await findMeshes(run, [firstSquare(face(0))])).length, 1)
  t.equal(asked.length, 1)
  t.strictSame(await findMeshes(run, []), [])
  t.equal(asked.length, 1, 'without faces nothing is run')
})

t.test('a second pass is made when the presence is low, or the mesh asks for another place, size or tilt', async (t) => {
  const { centre: [x, y], side } = firstSquare(face(0))
  const size = side / 1.25
  for (const [what, first] of Object.entries({
    presence: settled(0, 0.89),
    place: mesh(0, { x: x + 0.07 * side, y, size }),
    smaller: mesh(0, { x, y, size: 0.78 * size }),
    larger: mesh(0, { x, y, size: 1.11 * size }),
    tilt: mesh(8, { x, y, size })
  })) {
    const { asked, run } = scripted([first], [first])
    await findMeshes(run, [firstSquare(face(0))])
    t.equal(asked.length, 2, what)
    t.ok(near([...asked[1]![0]!.centre, asked[1]![0]!.side], [...nextSquare(first).centre, nextSquare(first).side]), 'in the square that it asks for')
  }
})

t.test('passes go on while the tilt changes, up to four', async (t) => {
  const { asked, run } = scripted([mesh(20)], [mesh(32)], [mesh(40)], [mesh(41)])
  await findMeshes(run, [firstSquare(face(0))])
  t.equal(asked.length, 4)
  const endless = scripted([mesh(20)], [mesh(40)], [mesh(60)], [mesh(80)])
  await findMeshes(endless.run, [firstSquare(face(0))])
  t.equal(endless.asked.length, 4)
})

t.test('of all passes the one with the highest presence counts, for each face', async (t) => {
  const [good, drifted] = [mesh(0, { presence: 0.8 }), mesh(0, { x: 300, presence: 0.3 })]
  const { asked, run } = scripted([good, settled(10, 0.99), drifted], [drifted, good])
  const found = await findMeshes(run, [face(0), face(10), face(0)].map(firstSquare))
  t.strictSame(found.map(({ presence }) => presence), [0.8, 0.99, 0.8])
  t.strictSame(asked.map(({ length }) => length), [3, 2], 'only those that need it are run again')
})
