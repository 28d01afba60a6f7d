import t from 'tap'
import { fromImage } from '../../../src/image/picture.ts'
import type { Box } from '../../../src/math/box.ts'
import type { AntiSpoofing, DetectOptions, AnalyzeOptions, RepresentOptions } from '../../../src/pipelines/contract.ts'
import * as deepface from '../../../src/pipelines/deepface/deepface-pipeline.ts'
import * as native from '../../../src/pipelines/native/native-pipeline.ts'

const options: DetectOptions = { pipeline: 'native', detector: 'yunet', enforceDetection: true, align: true, expandPercentage: 0, maxFaces: undefined, antiSpoofing: true }

t.test('represent and analyze refuse a picture with a face that is not real', async (t) => {
  const picture = fromImage({ width: 40, height: 30, data: new Uint8Array(40 * 30 * 3) })
  const asked: Box[] = []
  /** Reports faces in the left half as real. */
  const antiSpoofing: AntiSpoofing = {
    checkLiveness: async (_, boxes) => boxes.map((box) => { asked.push(box); return { isReal: box.x < 20, score: 0.9 } })
  }
  const box = (x: number): Box => ({ x, y: 5, w: 10, h: 12 })
  const finding = (...xs: number[]) => ({ detect: async () => xs.map((x) => ({ box: box(x), landmarks: undefined, score: 1 })) })
  const canvasFinding = (...xs: number[]) => ({ find: async () => xs.map((x) => ({ ...box(x), leftEye: undefined, rightEye: undefined, confidence: 1 })) })
  const represent: RepresentOptions = { ...options, align: false, model: 'SFace', normalization: 'base', purpose: 'represent' }
  const analyze: AnalyzeOptions = { ...options, align: false, actions: ['age'] }
  const vector = Float32Array.of(1)
  const recogniser = { embed: async (_: unknown, faces: readonly unknown[]) => faces.map(() => vector) }
  const tensors = { size: [2, 2] as const, embed: async (tensors: readonly unknown[]) => tensors.map(() => vector) }
  const refused = { code: 'spoof_detected', message: /^A face in the image is not real/ }
  const check = (): void => {}

  t.equal((await native.represent(picture, { detector: finding(5), antiSpoofing }, { recogniser }, represent, check)).length, 1)
  await t.rejects(native.represent(picture, { detector: finding(5, 25), antiSpoofing }, { recogniser }, represent, check), refused)
  await t.rejects(native.analyze(picture, { detector: finding(25), antiSpoofing }, [], analyze, check), refused)
  t.equal((await deepface.represent(picture, { detector: canvasFinding(5), antiSpoofing }, tensors, represent, check)).length, 1)
  await t.rejects(deepface.represent(picture, { detector: canvasFinding(5, 25), antiSpoofing }, tensors, represent, check), refused)
  await t.rejects(deepface.represent(picture, { detector: canvasFinding(25), antiSpoofing }, tensors, { ...represent, purpose: 'compare' }, check), refused)
  await t.rejects(deepface.analyze(picture, { detector: canvasFinding(25), antiSpoofing }, [], analyze, check), refused)
  asked.length = 0
  t.equal((await deepface.represent(picture, { detector: undefined, antiSpoofing }, tensors, represent, check)).length, 1)
  t.strictSame(asked, [], 'DeepFace\'s represent checks no liveness without a detector')
  t.equal((await deepface.represent(picture, { detector: undefined, antiSpoofing }, tensors, { ...represent, purpose: 'compare' }, check)).length, 1)
  t.strictSame(asked, [{ x: 0, y: 0, w: 39, h: 29 }], 'its verify does, on the whole picture')
})
