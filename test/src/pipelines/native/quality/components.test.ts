import t from 'tap'
import type { FacePixels } from '../../../../../src/pipelines/native/quality/face-pixels.ts'
import * as quality from '../../../../../src/pipelines/native/quality/components.ts'

/** A mesh whose named points are at the given places; all others are at the origin. */
function meshOf (places: Readonly<Record<number, readonly [x: number, y: number]>>) {
  const points = new Float32Array(478 * 3)
  for (const [i, place] of Object.entries(places)) points.set(place, 3 * Number(i))
  return { points, presence: 1 }
}

/** Eyes 60 apart, the chin 100 below the middle between them. */
const FACE = { 33: [60, 100], 133: [80, 100], 362: [120, 100], 263: [140, 100], 152: [100, 200] } as const

const pixels = (shares: Readonly<Record<number, number>>, sharpness = 14): FacePixels =>
  ({ luminance: Float64Array.from({ length: 256 }, (_, i) => shares[i] ?? 0), sharpness })

t.test('sharpness is 50 at the half, and grows with the square', async (t) => {
  t.strictSame([0, 7, 14, 28, 140].map((value) => quality.sharpness(pixels({}, value))), [0, 20, 50, 80, 99])
})

t.test('exposure counts dark and light pixels', async (t) => {
  t.equal(quality.underExposurePrevention(pixels({ 128: 1 })), 100)
  // 1.2 · (0.832 − ½) = 0.398, and 1.2 · (0.832 − 1 / (1 + e^−1.6)) = 0.
  t.equal(quality.underExposurePrevention(pixels({ 25: 0.92, 26: 0.08 })), 40)
  t.equal(quality.underExposurePrevention(pixels({ 0: 1 })), 0)
  t.equal(quality.overExposurePrevention(pixels({ 246: 1 })), 100)
  t.equal(quality.overExposurePrevention(pixels({ 247: 0.01, 100: 0.99 })), 50)
  t.equal(quality.overExposurePrevention(pixels({ 255: 1 })), 1)
})

t.test('the dynamic range is the entropy of at most 8 bits', async (t) => {
  t.equal(quality.dynamicRange(pixels({ 9: 1 })), 0)
  t.equal(quality.dynamicRange(pixels({ 9: 0.5, 10: 0.5 })), 13)
  t.equal(quality.dynamicRange({ luminance: new Float64Array(256).fill(1 / 256), sharpness: 1 }), 100)
})

t.test('angles score their squared cosine', async (t) => {
  t.strictSame([0, 30, -45, 60, 90, 180].map(quality.alignment), [100, 75, 50, 25, 0, 0])
})

t.test('the distance of the eyes is that from the front', async (t) => {
  const measures = quality.measuresOf(meshOf(FACE))
  t.match(measures, { eyes: [[70, 100], [130, 100]], betweenEyes: [100, 100], eyeDistance: 60, eyesToChin: 100 })
  t.equal(Math.round(quality.frontalEyeDistance(measures, { yaw: -60, pitch: 0, roll: 0 })), 120)
  t.strictSame([10, 70, 90, 150].map(quality.interEyeDistance), [5, 50, 73, 98])
})

t.test('the eye that is less open decides, and the widest opening of the lips', async (t) => {
  const open = { ...FACE, 159: [70, 97], 145: [70, 103], 386: [130, 97], 374: [130, 103] } as const
  const measures = quality.measuresOf(meshOf(FACE))
  // Openings of 6, 3 and 0 of 100: the logistic of 3, 0 and −3.
  t.equal(quality.eyesOpen(meshOf(open), measures), 95)
  t.equal(quality.eyesOpen(meshOf({ ...open, 386: [130, 100] }), measures), 50)
  t.equal(quality.eyesOpen(meshOf({ ...open, 386: [130, 103] }), measures), 5)
  t.equal(quality.mouthClosed(meshOf(FACE), measures), 97)
  t.equal(quality.mouthClosed(meshOf({ ...FACE, 13: [100, 150], 14: [100, 170] }), measures), 50)
  t.equal(quality.mouthClosed(meshOf({ ...FACE, 312: [100, 150], 317: [100, 182] }), measures), 12)
})

t.test('expressions add up', async (t) => {
  const coefficients = new Float32Array(52)
  t.equal(quality.expressionNeutrality(coefficients), 98)
  coefficients.fill(0.75, 44, 46)
  t.equal(quality.expressionNeutrality(coefficients), 50)
  coefficients[9] = 1
  t.equal(quality.expressionNeutrality(coefficients), 50, 'a blink is no expression')
})

t.test('another face costs by its area', async (t) => {
  t.strictSame([0, 0.04, 0.25, 0.5, 1, 4].map(quality.singleFacePresent), [100, 80, 50, 29, 0, 0])
})

t.test('room at the four sides, in distances of the eyes and in lengths of eyes to chin', async (t) => {
  const seen = {
    mesh: meshOf(FACE), pose: { yaw: 0, pitch: 0, roll: 0 }, pixels: pixels({ 128: 1 }), coefficients: new Float32Array(52), otherFace: 0
  }
  // To the left 70 of 60, to the right 54, above 100 of 100, below 180.
  t.match(quality.componentsOf({ ...seen, picture: { width: 184, height: 280 } }), {
    leftwardCropOfTheFaceImage: 94,
    rightwardCropOfTheFaceImage: 50,
    marginAboveOfTheFaceImage: 2,
    marginBelowOfTheFaceImage: 50,
    headPoseYaw: 100,
    singleFacePresent: 100,
    interEyeDistance: 38
  })
})
