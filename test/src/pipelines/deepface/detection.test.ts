import t from 'tap'
import { toCanvas } from '../../../../src/image/opencv/canvas.ts'
import { project, slice } from '../../../../src/pipelines/deepface/align-face.ts'
import type { CanvasDetector, CanvasFace } from '../../../../src/pipelines/deepface/deepface-models.ts'
import { extractFaces } from '../../../../src/pipelines/deepface/detection.ts'
import { expandBox } from '../../../../src/pipelines/deepface/expand-box.ts'
import { compareFaces } from '../../../../tools/parity/faces.ts'
import type { ExtractRecord } from '../../../../tools/parity/records.ts'
import { orNone, withCache } from '../../../../tools/parity/compare-all.ts'
import { missingWeights, openDetector } from '../../../detectors.ts'
import { golden, missing, photo } from '../../../golden.ts'

/** Most pixels of a picture in this test, by detector: large ones take long. `npm run tool -- parity` compares them all. */
const MOST: Readonly<Record<string, number>> = {
  opencv: 170_000, centerface: 170_000, yunet: 300_000, mediapipe: 210_000, mtcnn: 170_000, fastmtcnn: 170_000, skip: 600_000
}

for (const [name, most] of Object.entries(MOST)) {
  t.test(`${name}: boxes, eyes, confidences and crops are DeepFace’s, to the last bit`, { skip: missing || (name !== 'skip' && missingWeights(name)) }, async (t) => {
    const detector = name === 'skip' ? undefined : await openDetector(t, name)
    const records = golden<ExtractRecord[]>('extract_faces.json').filter((record) => record.detector === name)
    let compared = 0
    for (const name of new Set(records.map(({ image }) => image))) {
      const image = await photo(name)
      if (image.width * image.height > most) continue
      const finder = detector && withCache(detector)
      for (const record of records.filter(({ image }) => image === name)) {
        const { align, expand_percentage: expandPercentage = 0, max_faces: maxFaces } = record
        const faces = await orNone(extractFaces(image, finder, { align, expandPercentage, maxFaces, enforceDetection: true }))
        const difference = compareFaces(faces, record, 0)
        if (!difference.equal || difference.confidence > 0 || difference.crop > 0) t.fail(`${record.image} ${record.variant}`, { ...difference })
        compared++
      }
    }
    t.ok(compared > 1, `${compared} calls`)
  })
}

const DETECTORS = Object.keys(MOST).filter((name) => name !== 'skip')

/** A detector that finds these faces. */
const finds = (...faces: Array<Partial<CanvasFace>>): CanvasDetector => ({
  find: async () => faces.map((face) => ({ x: 0, y: 0, w: 4, h: 4, leftEye: undefined, rightEye: undefined, confidence: 0.5, ...face }))
})

const black = { width: 10, height: 8, data: new Uint8Array(240) }
const options = { align: false, expandPercentage: 0, maxFaces: undefined, enforceDetection: true }

t.test('no face', async (t) => {
  await t.rejects(extractFaces(black, finds(), options), { code: 'no_face_detected' })
  await t.rejects(extractFaces(black, finds({ w: 0 }), options), { code: 'no_face_detected' }, 'a face without pixels is none')
  const [whole, ...others] = await extractFaces(black, finds(), { ...options, enforceDetection: false })
  t.strictSame([whole!.box, whole!.confidence, others.length], [{ x: 0, y: 0, w: 9, h: 7 }, 0, 0])
  t.strictSame(await extractFaces(black, finds({ w: 0 }), { ...options, enforceDetection: false }), [])
})

t.test('a black picture has no face', { skip: missingWeights(...DETECTORS) }, async (t) => {
  const picture = { width: 100, height: 120, data: new Uint8Array(36_000) }
  for (const name of DETECTORS) {
    const detector = await openDetector(t, name)
    await t.rejects(extractFaces(picture, detector, { ...options, align: true }), { code: 'no_face_detected' })
  }
})

t.test('a picture of one pixel is processed', { skip: missingWeights(...DETECTORS) }, async (t) => {
  const pixel = { width: 1, height: 1, data: new Uint8Array(3) }
  for (const name of DETECTORS) {
    const detector = await openDetector(t, name)
    for (const align of [true, false]) t.equal((await extractFaces(pixel, detector, { ...options, align, enforceDetection: false })).length, 1)
  }
})

t.test('boxes end before the picture does, eyes outside are dropped', async (t) => {
  const [face] = await extractFaces(black, finds({ x: 7, y: 1, w: 9, h: 3, leftEye: [9, 7], rightEye: [10, 2] }), options)
  t.strictSame(face!.box, { x: 7, y: 1, w: 2, h: 3 })
  t.strictSame(face!.points, { leftEye: [9, 7], rightEye: undefined })
  t.strictSame([face!.crop.width, face!.crop.height], [3, 3])
})

t.test('in the frame, boxes and points count from the picture', async (t) => {
  const seen = { ...options, align: true }
  const [face] = await extractFaces(black, finds({ x: 5, y: 4, leftEye: [9, 8], rightEye: [5, 8], nose: [8, 9], mouthLeft: [4, 4], mouthRight: [7, 7] }), seen)
  t.strictSame(face!.box, { x: 0, y: 0, w: 4, h: 4 })
  t.strictSame(face!.points, { leftEye: [4, 4], rightEye: [0, 4], nose: [3, 5], mouthLeft: undefined, mouthRight: [2, 3] })
})

t.test('the largest faces, or all in the detector’s order', async (t) => {
  const detector = finds({ w: 2 }, { w: 4 }, { w: 3 }, { w: 4, x: 1 })
  const widths = async (maxFaces?: number) => (await extractFaces(black, detector, { ...options, maxFaces })).map(({ box }) => [box.x, box.w])
  t.strictSame(await widths(), [[0, 2], [0, 4], [0, 3], [1, 4]])
  t.strictSame(await widths(2), [[0, 4], [1, 4]])
  t.strictSame(await widths(4), [[0, 2], [0, 4], [0, 3], [1, 4]])
})

t.test('eyes are searched for when the detector returns none', async (t) => {
  const findEyes = () => ({ left: [3, 1] as const, right: [1, 1] as const })
  const [face] = await extractFaces(black, { ...finds({ x: 2, y: 1, leftEye: [3, 3] }), findEyes }, options)
  t.strictSame(face!.points, { leftEye: [5, 2], rightEye: [3, 2] })
})

t.test('boxes grow about their centre and stop at the canvas', async (t) => {
  t.strictSame(expandBox({ x: 2, y: 1, w: 5, h: 4 }, 50, toCanvas(black)), { x: 1, y: 0, w: 7, h: 6 })
  t.strictSame(expandBox({ x: 4, y: 3, w: 5, h: 4 }, 100, toCanvas(black)), { x: 2, y: 1, w: 8, h: 7 })
  t.strictSame(expandBox({ x: 2, y: 1, w: 5, h: 4 }, -5, toCanvas(black)), { x: 2, y: 1, w: 5, h: 4 })
})

t.test('rotated boxes', async (t) => {
  const size = { width: 20, height: 16 }
  t.strictSame(project({ x: 5, y: 4, w: 10, h: 8 }, 33, size), { x: 5, y: 4, w: 10, h: 8 }, 'one in the middle stays')
  t.strictSame(project({ x: 9, y: 4, w: 2, h: 2 }, 90, size), { x: 6, y: 7, w: 2, h: 2 }, 'one above it comes to its left, anticlockwise')
  t.strictSame(project({ x: 9, y: 4, w: 2, h: 2 }, -90, size), { x: 12, y: 7, w: 2, h: 2 })
  t.strictSame(project({ x: 1, y: 2, w: 3, h: 4 }, 0, size), { x: 1, y: 2, w: 3, h: 4 })
})

t.test('slices are Python’s: negative indices count from the end', async (t) => {
  const size = (x: number, y: number, w: number, h: number) => {
    const { width, height } = slice(black, { x, y, w, h })
    return [width, height]
  }
  t.strictSame(size(-2, 0, 5, 4), [0, 4])
  t.strictSame(size(-2, 0, 1, 4), [1, 4])
  t.strictSame(size(8, 6, 5, 5), [2, 2])
  t.strictSame(size(12, 0, 3, 3), [0, 3])
  t.strictSame(size(-20, 0, 15, 3), [5, 3])
})
