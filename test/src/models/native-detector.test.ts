import t from 'tap'
import { fromImage } from '../../../src/image/picture.ts'
import type { Landmarks } from '../../../src/math/point.ts'
import { cardNamed } from '../../../src/models/catalogue.ts'
import { landmarkCard } from '../../../src/models/detector-cards.ts'
import type { DetectorByPipeline } from '../../../src/models/family.ts'
import { nativeDetector } from '../../../src/models/native-detector.ts'
import { DETECTORS } from '../../../src/names.ts'
import { missingWeights, openCard, openDetector } from '../../detectors.ts'
import { missing, photo } from '../../golden.ts'

const picture = fromImage({ width: 60, height: 40, data: new Uint8Array(60 * 40 * 3) })
const landmarks: Landmarks = [[10, 12], [20, 12], [15, 17], [11, 22], [19, 22]]
/** A detector of DeepFace's that reports these two boxes, the better one last. */
const boxes = {
  find: async () => [{ x: 5, y: 5, w: 20, h: 25, confidence: 0.4 }, { x: 35, y: 5, w: 10, h: 12, confidence: 7 }]
    .map((face) => ({ ...face, leftEye: undefined, rightEye: undefined }))
}

t.test('landmarks that a detector does not return are found inside its boxes; a face without any keeps its box alone', async (t) => {
  const findLandmarks = async (_: unknown, { box }: { box: { x: number } }) => box.x === 5 ? landmarks : undefined
  const faces = await nativeDetector({ deepface: boxes }, { rotated: false, findLandmarks }).detect(picture)
  t.strictSame(faces, [
    { box: { x: 35, y: 5, w: 10, h: 12 }, landmarks: undefined, score: 1 },
    { box: { x: 5, y: 5, w: 20, h: 25 }, landmarks, score: 0.4 }
  ], 'best first')
})

t.test('landmarks that the detector itself returns are kept', async (t) => {
  const native = { detect: async () => [{ box: { x: 5, y: 5, w: 20, h: 25 }, landmarks, score: 0.4 }] }
  const [face] = await nativeDetector({ native }, { rotated: false, findLandmarks: async () => { throw new Error('asked') } }).detect(picture)
  t.equal(face!.landmarks, landmarks)
})

t.test('a detector without a rotation-aware variant runs on each view, and each face is reported once', async (t) => {
  const seen: string[] = []
  const native = {
    detect: async ({ width, height }: { width: number, height: number }) => {
      seen.push(`${width}x${height}`)
      // In the upright picture it finds the whole head, in the rotated one the face.
      return width > height
        ? [{ box: { x: 0, y: 0, w: 40, h: 40 }, landmarks: undefined, score: 0.5 }]
        : [{ box: { x: 20, y: 10, w: 10, h: 20 }, landmarks: undefined, score: 0.9 }]
    }
  }
  const faces = await nativeDetector({ native }, { rotated: true }).detect(picture)
  t.strictSame(seen, ['60x40', '40x60', '60x40', '40x60'])
  t.ok(faces.every(({ box, score }) => score === 0.9 ? box.w === 20 && box.h === 10 : true))
  t.equal(faces.filter(({ score }) => score === 0.9).length, 2)
})

t.test('detectors without landmarks get them from RetinaFace in the native pipeline, or from YuNet when that is not permitted; no others do', async (t) => {
  const isCommercial = (name: string): boolean => cardNamed(name).licence.commercial
  const own = ['retinaface', 'yunet', 'centerface', 'mtcnn', 'fastmtcnn', 'yolov8', 'yolov8n', 'skip']
  t.equal(landmarkCard('yunet-mesh', 'native', isCommercial), 'face-mesh', 'a mesh that a card names is permitted')
  for (const name of DETECTORS) {
    if (name === 'yunet-mesh') continue
    t.equal(landmarkCard(name, 'native', () => true), own.includes(name) ? undefined : 'retinaface', name)
    t.equal(landmarkCard(name, 'native', isCommercial), own.includes(name) ? undefined : 'yunet', name)
    t.equal(landmarkCard(name, 'deepface', () => true), undefined)
  }
})

for (const name of ['yunet', 'centerface'] as const) {
  t.test(`${name} returns five landmarks in the native pipeline, inside the face`, { skip: missing || missingWeights(name) }, async (t) => {
    const detector = nativeDetector(await openCard<DetectorByPipeline>(t, name), { rotated: false })
    const [face] = await detector.detect(fromImage(await photo('img5.jpg')))
    const { box: { x, y, w, h }, landmarks: [left, right, nose, mouthLeft, mouthRight] = [] } = face!
    t.ok([left, right, nose, mouthLeft, mouthRight].every((point) => point![0] > x && point![0] < x + w && point![1] > y && point![1] < y + h))
    t.ok(left![0] < right![0] && mouthLeft![0] < mouthRight![0] && nose![1] > left![1] && mouthLeft![1] > nose![1])
  })
}

t.test('opencv\'s clearer faces have the higher score in the native pipeline, as they have the lower confidence in DeepFace\'s', { skip: missingWeights('opencv') }, async (t) => {
  const { scoreOf } = await openDetector(t, 'opencv')
  t.ok(scoreOf!(0.9) > scoreOf!(0.97))
  t.ok(scoreOf!(-5) <= 1 && scoreOf!(1.5) >= 0)
})
