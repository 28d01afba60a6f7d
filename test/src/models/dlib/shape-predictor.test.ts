import t from 'tap'
import { readShapePredictor } from '../../../../src/converter/importers/dlib/shape-predictor.ts'
import { greyOf, predict } from '../../../../src/models/dlib/shape-predictor.ts'
import { formula } from '../../../keras/formula.ts'
import { cases, missing, published, shared } from '../../../references.ts'

const file = published('c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888', 'shape_predictor_5_face_landmarks.dat')
const reference = shared('keras/dlib.json')
interface Case {
  readonly network: string
  readonly image: 'noise' | 'ramp'
  readonly side: number
  readonly sample: number
  readonly rect: readonly [number, number, number, number]
  readonly points: ReadonlyArray<readonly [number, number]>
}

/** The picture of a case, RGB. */
function picture ({ image, side, sample }: Case) {
  const u = formula(`input${sample}`)
  const data = Uint8Array.from({ length: 3 * side * side }, (_, i) => {
    const [c, p] = [i % 3, Math.floor(i / 3)]
    return image === 'noise' ? Math.floor(256 * u(i)) : (p % side + 2 * Math.floor(p / side) + 40 * c + Math.floor(32 * u(i))) & 255
  })
  return { width: side, height: side, data }
}

t.test('the five points equal those of dlib 20.0.1, to the pixel', { skip: missing(file, reference) }, async (t) => {
  const predictor = readShapePredictor(file!)
  const recorded = cases<Case>(reference).filter(({ network }) => network === 'shape_predictor_5_face_landmarks')
  t.equal(recorded.length, 6)
  for (const each of recorded) {
    const [left, top, right, bottom] = each.rect
    t.strictSame(predict(predictor, greyOf(picture(each)), { left, top, right, bottom }), each.points)
  }
})

t.test('a tree goes left only above its threshold, and pixels outside the picture are black', async (t) => {
  const predictor = {
    initialShape: Float32Array.of(0, 0, 1, 1),
    cascades: [{
      anchors: Uint32Array.of(0, 1),
      deltas: new Float32Array(4),
      trees: [{ first: Uint32Array.of(0), second: Uint32Array.of(1), thresholds: Float32Array.of(100), leaves: Float32Array.of(0.5, 0, 0, 0, 0, 0.25, 0, 0) }]
    }]
  }
  const points = (brightness: number, right: number) =>
    predict(predictor, { width: 5, height: 5, data: new Uint8Array(25).fill(brightness, 0, 1) }, { left: 0, top: 0, right, bottom: right })
  t.strictSame(points(101, 4), [[2, 0], [4, 4]])
  t.strictSame(points(100, 4), [[0, 1], [4, 4]])
  t.strictSame(points(101, 8), [[4, 0], [8, 8]])
})
