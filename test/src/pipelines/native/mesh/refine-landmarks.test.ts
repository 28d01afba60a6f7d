import t from 'tap'
import { fromImage } from '../../../../../src/image/picture.ts'
import type { Landmarks } from '../../../../../src/math/point.ts'
import type { Detection, Mesh, MeshModel, Square } from '../../../../../src/pipelines/contract.ts'
import { refineByMesh } from '../../../../../src/pipelines/native/mesh/refine-landmarks.ts'
import { firstSquare, turnBetween } from '../../../../../src/pipelines/native/mesh/squares.ts'
import { detect, extract } from '../../../../../src/pipelines/native/native-pipeline.ts'

const picture = fromImage({ width: 400, height: 400, data: new Uint8Array(400 * 400 * 3) })
const landmarks: Landmarks = [[-20, -10], [20, -10], [0, 0], [-15, 20], [15, 20]].map(([x, y]) => [200 + x!, 200 + y!] as const) as unknown as Landmarks
const face = (score: number): Detection => ({ box: { x: 150, y: 150, w: 100, h: 100 }, landmarks, score })

const OPTIONS = { pipeline: 'native', detector: 'yunet-mesh', enforceDetection: true, expandPercentage: 0, antiSpoofing: false } as const

/** A mesh model whose meshes have these presences, one after the other; records the squares. */
function meshes (...presences: number[]) {
  const asked: Square[] = []
  const model: MeshModel = {
    async find (_, squares) {
      asked.push(...squares)
      return squares.map((_, i): Mesh => ({ points: new Float32Array(3 * 478).fill(7), presence: presences[i]! }))
    }
  }
  return { model, asked }
}

const none = async (): Promise<never> => { throw new Error('asked') }

t.test('clear upright faces are not detected again; their landmarks are those of the mesh where it is sure, else their own', async (t) => {
  const { model, asked } = meshes(0.6, 0.4)
  const found = await refineByMesh(model, none)(picture, [face(0.95), face(0.95)])
  const [mesh, unsure] = found.map(({ mesh }) => mesh!)
  t.strictSame(found, [{ ...face(0.95), landmarks: Array(5).fill([7, 7]), landmarksOf: 'mesh', mesh }, { ...face(0.95), mesh: unsure }])
  t.strictSame([mesh!.presence, unsure!.presence], [0.6, 0.4])
  t.strictSame(asked, [firstSquare(face(0.95)), firstSquare(face(0.95))])
})

t.test('a face that is not clear is detected again at seven angles, and the best score says how it is tilted', async (t) => {
  const { model, asked } = meshes(0.4)
  let angle = -90
  const again = async (): Promise<Detection[]> => {
    angle += 30
    const middle = { box: { x: 48, y: 48, w: 96, h: 96 }, landmarks: landmarks.map(([x, y]) => [x - 104, y - 104] as const) as unknown as Landmarks }
    // A better one beside it is another face.
    return [{ ...middle, score: angle - 30 === 60 ? 0.9 : 0.6 }, { ...middle, box: { x: 0, y: 0, w: 40, h: 40 }, score: 0.99 }]
  }
  const [found] = await refineByMesh(model, again)(picture, [face(0.8)])
  t.equal(angle, 120, 'seven times')
  t.ok(turnBetween(asked[0]!.angle, Math.PI / 3) < 1e-6, `${asked[0]!.angle}`)
  t.equal(found!.landmarksOf, undefined)
  const [[lx, ly], [rx, ry]] = found!.landmarks!
  t.ok(turnBetween(Math.atan2(ry - ly, rx - lx), Math.PI / 3) < 1e-6, 'without a mesh its landmarks are those of that detection')
  t.strictSame(found!.box, face(0.8).box)
})

t.test('a face that is not detected again stays', async (t) => {
  const { model, asked } = meshes(0.9)
  const [found] = await refineByMesh(model, async () => [])(picture, [face(0.8)])
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

t.test('the mesh that gave the landmarks of a face answers what else is asked about it', async (t) => {
  const mesh: Mesh = { points: Float32Array.from({ length: 3 * 478 }, (_, i) => 200 + 50 * Math.sin(i)), presence: 0.9 }
  const asked: number[] = []
  const model: MeshModel = { find: async (_, squares) => { asked.push(squares.length); return squares.map(() => mesh) } }
  const detector = { detect: async () => [face(0.95), { ...face(0.92), box: { x: 100, y: 100, w: 50, h: 50 } }], refineLandmarks: refineByMesh(model, none) }
  const options = { ...OPTIONS, align: true, maxFaces: undefined, minConfidence: 0, include: ['pose'] } as const
  const found = await detect(picture, { detector, antiSpoofing: undefined, mesh: model }, options, () => {})
  t.ok(found.every(({ pose }) => pose && Number.isFinite(pose.yaw)))
  t.strictSame(asked.filter((count) => count > 0), [2], 'each face is run once')
})
