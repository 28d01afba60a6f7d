import t from 'tap'
import { fromImage } from '../../../src/image/picture.ts'
import type { Calibration, DetectorCard, UncalibratedCard } from '../../../src/models/card.ts'
import { cards, detectors, isRecogniser } from '../../../src/models/catalogue.ts'
import { detectorCard, namesOf } from '../../../src/models/detector-cards.ts'
import { openFamily } from '../../../src/models/families.ts'
import type { ModelFiles, RecogniserByPipeline } from '../../../src/models/family.ts'
import { calibrationOf } from '../../../src/models/calibration-of.ts'
import { inPipeline } from '../../../src/models/recogniser-cards.ts'
import { calibrated } from '../../../src/models/recognition/cards.ts'
import { sface } from '../../../src/models/recognition/sface-card.ts'
import { DETECTORS, PIPELINES, RECOGNISERS } from '../../../src/names.ts'
import type { Session } from '../../../src/onnx/session.ts'

/** Names that only the native pipeline has, because DeepFace does not know them. */
const NATIVE_ONLY: readonly string[] = ['yunet-mesh']

t.test('every recogniser of the contract has a card, and every card of a recogniser a name', async (t) => {
  const recognisers = cards.filter(isRecogniser)
  t.strictSame(recognisers.map(({ name }) => name).sort(), [...RECOGNISERS].sort())
  for (const { name, calibration, deepfaceInput } of recognisers) {
    t.equal(deepfaceInput === undefined, NATIVE_ONLY.includes(name), `${name} runs in the deepface pipeline`)
    t.equal(calibration.deepface === undefined, deepfaceInput === undefined, `${name} has DeepFace’s thresholds when DeepFace has the model`)
    t.ok(calibration.mesh && calibration.detector, `${name} has thresholds for the native pipeline`)
  }
})

t.test('every detector of the contract has one card in each of its pipelines, and every card a name', async (t) => {
  const real = DETECTORS.filter((name) => name !== 'skip')
  for (const pipeline of PIPELINES) {
    const wanted = pipeline === 'native' ? real : real.filter((name) => !NATIVE_ONLY.includes(name))
    t.strictSame(detectors.flatMap((card) => namesOf(card, pipeline)).sort(), [...wanted].sort(), pipeline)
  }
  t.strictSame(detectors.filter((card) => PIPELINES.every((pipeline) => namesOf(card, pipeline).length === 0)).map(({ name }) => name), [])
})

t.test('names that are not their card’s', async (t) => {
  const others = PIPELINES.map((pipeline) => DETECTORS.flatMap((name) => {
    const card = name === 'skip' || (pipeline === 'deepface' && NATIVE_ONLY.includes(name)) ? name : detectorCard(name, pipeline)
    return card === name ? [] : [[name, card]]
  }))
  t.strictSame(others, [
    [['dlib', 'dlib-hog'], ['yolov8', 'yolov8n'], ['yunet-mesh', 'yunet-int8bq']],
    [['dlib', 'dlib-hog'], ['retinaface', 'retinaface-resnet50'], ['yolov8', 'yolov8n']]
  ])
})

t.test('a detector is asked for by its card’s name in both pipelines unless the card says otherwise', async (t) => {
  const card: DetectorCard = { ...detectors[0]!, name: 'made-up' }
  t.strictSame(PIPELINES.map((pipeline) => namesOf(card, pipeline)), [['made-up'], ['made-up']])
  t.strictSame(PIPELINES.map((pipeline) => namesOf({ ...card, detectorNames: { native: ['yunet'] } }, pipeline)), [['yunet'], []])
})

/** A card of the known family, with weights that DeepFace does not have. */
const { deepfaceInput: _, ...unknown } = sface
const madeUp = { ...unknown, name: 'Made-Up' } as const satisfies UncalibratedCard

const measured: Calibration = {
  measured: { date: '2026-01-02', list: 'a list', same: 1, different: 2 },
  thresholds: { cosine: 0.5, euclidean: 1, euclidean_l2: 1, angular: 0.3 },
  probability: { slope: 30, intercept: -10.5 }
}

t.test('a recogniser that DeepFace lacks works in the native pipeline once it is calibrated, and is refused in the other', async (t) => {
  const fresh = calibrated(madeUp)
  t.strictSame(fresh.calibration, {})
  t.equal(inPipeline(fresh, 'native'), fresh, 'it can be run, and so be calibrated')
  t.throws(() => calibrationOf(fresh, 'mesh'), { code: 'validation_error', message: 'Request validation failed: model_name Made-Up has no thresholds for the native pipeline yet.' })
  const card = calibrated(madeUp, { mesh: measured })
  t.equal(calibrationOf(card, 'mesh'), measured)
  t.equal(calibrationOf(card, 'detector'), measured, 'until faces of other detectors are measured too')
  const refusal = { code: 'validation_error', message: /model_name Made-Up is not available in the deepface pipeline/, fields: [{ field: 'model_name' }] }
  t.throws(() => inPipeline(card, 'deepface'), refusal)
  t.throws(() => calibrationOf(card, 'deepface'), refusal)
})

t.test('new weights of a known family are one card', async (t) => {
  const session: Session = {
    run: async (_, [n]) => new Map([['out', { dims: [n, 128], data: new Float32Array(n * 128).fill(0.5) }]]),
    close: async () => {}
  }
  const none = (): never => { throw new Error('It has no other file.') }
  const files: ModelFiles = { session: async () => session, bytes: none, text: none }
  const picture = fromImage({ width: 20, height: 20, data: new Uint8Array(20 * 20 * 3) })
  const face = { box: { x: 0, y: 0, w: 20, h: 20 }, landmarks: undefined, score: 1 }

  const alone = await openFamily(files, calibrated(madeUp)) as RecogniserByPipeline
  const [embedding] = await alone.native.embed(picture, [face], { align: true, expandPercentage: 0 })
  t.equal(embedding!.length, 128)
  t.equal(alone.deepface, undefined)

  const { deepface } = await openFamily(files, calibrated({ ...madeUp, deepfaceInput: 'tensor' })) as RecogniserByPipeline
  t.strictSame(deepface!.size, [112, 112])
})
