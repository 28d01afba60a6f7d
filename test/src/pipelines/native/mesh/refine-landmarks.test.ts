import t from 'tap'
import { fromImage } from '../../../../../src/image/picture.ts'
import type { Landmarks } from '../../../../../src/math/point.ts'
import type { Detection, FindLandmarks, Mesh, MeshModel, Square } from '../../../../../src/pipelines/contract.ts'
import { CANONICAL } from '../../../../../src/pipelines/native/mesh/pose.ts'
import { fivePoints } from '../../../../../src/pipelines/native/mesh/points.ts'
import { refineByMesh } from '../../../../../src/pipelines/native/mesh/refine-landmarks.ts'
import { firstSquare, nextSquare, turnBetween } from '../../../../../src/pipelines/native/mesh/squares.ts'
import { detect, extract } from '../../../../../src/pipelines/native/native-pipeline.ts'

const picture = fromImage({ width: 400, height: 400, data: new Uint8Array(400 * 400 * 3) })
const landmarks: Landmarks = [[-20, -10], [20, -10], [0, 0], [-15, 20], [15, 20]].map(([x, y]) => [200 + x!, 200 + y!] as const) as unknown as Landmarks
const face = (score: number): Detection => ({ box: { x: 150, y: 150, w: 100, h: 100 }, landmarks, score })

const OPTIONS = { pipeline: 'native', detector: 'yunet-mesh', enforceDetection: true, expandPercentage: 0, antiSpoofing: false } as const

/** A mesh of a head that is turned by `yaw` degrees: those points by which its pose is measured, 10 pixels to a centimetre. */
function turned (presence: number, yaw = 0): Mesh {
  const [cos, sin] = [Math.cos(yaw * Math.PI / 180), Math.sin(yaw * Math.PI / 180)]
  const points = new Float32Array(3 * 478).fill(200)
  for (const [i, , [x, y, z]] of CANONICAL) points.set([200 + 10 * (cos * x + sin * z), 200 - 10 * y, 10 * (sin * x - cos * z)], 3 * i)
  return { points, presence }
}

/** A mesh model that returns these meshes, one after the other; records the squares. */
function meshes (...meshes: readonly Mesh[]) {
  const asked: Square[] = []
  const model: MeshModel = {
    async find (_, squares) {
      asked.push(...squares)
      return squares.map((_, i): Mesh => meshes[i]!)
    }
  }
  return { model, asked }
}

const none = async (): Promise<never> => { throw new Error('asked') }

t.test('clear upright faces are not detected again, and their landmarks are those of the mesh up to 30° of yaw', async (t) => {
  const all = [turned(0.9), turned(1, 29.5), turned(1, -29.5)]
  const { model, asked } = meshes(...all)
  const found = await refineByMesh({ mesh: model, detectOnce: none, findTurned: none })(picture, all.map(() => face(0.95)))
  t.strictSame(found, all.map((mesh) => ({ ...face(0.95), landmarks: fivePoints(mesh), landmarksOf: 'mesh', mesh })))
  t.strictSame(asked, all.map(() => firstSquare(face(0.95))))
})

t.test('where the mesh is not sure or the head is turned far, another detector looks once more', async (t) => {
  const all = [turned(0.89), turned(0.2, 60), turned(0.9, 30.5), turned(1, -30.5)]
  const other = landmarks.map(([x, y]) => [x + 3, y - 4] as const) as unknown as Landmarks
  const refined = async (findTurned: FindLandmarks) =>
    await refineByMesh({ mesh: meshes(...all).model, detectOnce: none, findTurned })(picture, all.map(() => face(0.95)))
  const given: Detection[] = []
  const found = await refined(async (_, face) => { given.push(face); return other })
  const byMesh = all.map((mesh): Detection => ({ ...face(0.95), landmarks: fivePoints(mesh), landmarksOf: 'mesh', mesh }))
  t.strictSame(given, all.map(() => face(0.95)), 'from the landmarks of the detector')
  t.strictSame(found, all.map((mesh) => ({ ...face(0.95), landmarks: other, mesh, mirrored: true })), 'its landmarks replace those of the mesh')
  t.strictSame(await refined(async () => undefined), [
    ...all.slice(0, 2).map((mesh) => ({ ...face(0.95), mesh, mirrored: true })),
    ...byMesh.slice(2).map((face) => ({ ...face, mirrored: true }))
  ], 'where it sees no face, the face has those that it had')
})

t.test('a face that is not clear is detected again at seven angles, and the best score says how it is tilted', async (t) => {
  const { model, asked } = meshes(turned(0.4))
  // The look at the reported tilt comes first, and leaves a doubt: the box is as wide as high.
  let angle = -120
  const again = async (): Promise<Detection[]> => {
    angle += 30
    const middle = { box: { x: 48, y: 48, w: 96, h: 96 }, landmarks: landmarks.map(([x, y]) => [x - 104, y - 104] as const) as unknown as Landmarks }
    // A better one beside it is another face.
    return [{ ...middle, score: angle - 30 === 60 ? 0.9 : 0.6 }, { ...middle, box: { x: 0, y: 0, w: 40, h: 40 }, score: 0.99 }]
  }
  const [found] = await refineByMesh({ mesh: model, detectOnce: again, findTurned: async () => undefined })(picture, [face(0.8)])
  t.equal(angle, 120, 'eight times in all')
  t.ok(turnBetween(asked[0]!.angle, Math.PI / 3) < 1e-6, `${asked[0]!.angle}`)
  t.equal(found!.landmarksOf, undefined)
  const [[lx, ly], [rx, ry]] = found!.landmarks!
  t.ok(turnBetween(Math.atan2(ry - ly, rx - lx), Math.PI / 3) < 1e-6, 'without a mesh its landmarks are those of that detection')
  t.strictSame(found!.box, face(0.8).box)
})

t.test('a look is not needed where the score is high, and one is enough where it shows a leaning head upright', async (t) => {
  const tilt = Math.PI / 8
  const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)]
  const leaning = landmarks.map(([x, y]) => [200 + cos * (x - 200) - sin * (y - 200), 200 + sin * (x - 200) + cos * (y - 200)] as const) as unknown as Landmarks
  const upright = { box: { x: 56, y: 48, w: 80, h: 96 }, landmarks: landmarks.map(([x, y]) => [x - 104, y - 104] as const) as unknown as Landmarks }
  for (const [before, score, looks] of [[0.95, 0.95, 0], [0.85, 0.95, 1], [0.85, 0.85, 8]] as const) {
    const { model, asked } = meshes(turned(0.95))
    let count = 0
    const again = async (): Promise<Detection[]> => [{ ...upright, score: score - 0.01 * count++ }]
    await refineByMesh({ mesh: model, detectOnce: again, findTurned: none })(picture, [{ ...face(before), landmarks: leaning }])
    t.equal(count, looks, `at scores of ${before} and ${score}`)
    if (looks < 2) t.ok(turnBetween(asked[0]!.angle, tilt) < 1e-6, 'the mesh is searched at its tilt')
  }
})

t.test('a face that is not detected again stays', async (t) => {
  const { model, asked } = meshes(turned(0.9))
  const [found] = await refineByMesh({ mesh: model, detectOnce: async () => [], findTurned: none })(picture, [face(0.8)])
  t.equal(found!.landmarksOf, 'mesh')
  t.strictSame(asked, [firstSquare(face(0.8))])
})

t.test('landmarks are refined for the faces that are used alone, and where crops need them', async (t) => {
  const large = { ...face(0.9), box: { x: 100, y: 100, w: 200, h: 200 } }
  const seen: Detection[][] = []
  const detector = {
    detect: async () => [face(0.95), large],
    refineLandmarks: async (_: unknown, faces: readonly Detection[]) => { seen.push([...faces]); return [...faces] }
  }
  const options = { ...OPTIONS, maxFaces: 1, grayscale: false } as const
  await extract(picture, { detector, antiSpoofing: undefined }, { ...options, align: false }, () => {})
  t.strictSame(seen, [])
  await extract(picture, { detector, antiSpoofing: undefined }, { ...options, align: true }, () => {})
  t.strictSame(seen, [[large]])
  const blind = { ...detector, detect: async () => [] }
  await extract(picture, { detector: blind, antiSpoofing: undefined }, { ...options, align: true, enforceDetection: false }, () => {})
  t.equal(seen.length, 1, 'a whole picture that stands for a face has no landmarks')
})

t.test('what is asked about a face is read from a mesh of its own, searched where that of its landmarks says', async (t) => {
  const first = turned(0.9, 10)
  const detectorsMesh = meshes(first, first)
  const { model, asked } = meshes(turned(0.9, 20), turned(0.9, 20))
  const refineLandmarks = refineByMesh({ mesh: detectorsMesh.model, detectOnce: none, findTurned: none })
  const detector = { detect: async () => [face(0.95), { ...face(0.92), box: { x: 100, y: 100, w: 50, h: 50 } }], refineLandmarks }
  const options = { ...OPTIONS, align: true, maxFaces: undefined, minConfidence: 0, include: ['pose'] } as const
  const found = await detect(picture, { detector, antiSpoofing: undefined, mesh: model }, options, () => {})
  t.ok(found.every(({ pose }) => Math.abs(pose!.yaw - 20) < 0.1))
  t.equal(detectorsMesh.asked.length, 2)
  t.strictSame(asked, [nextSquare(first), nextSquare(first)])
})
