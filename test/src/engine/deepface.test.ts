import { readFile } from 'node:fs/promises'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { represent } from '../../../src/engine/deepface.ts'
import type { DetectOptions } from '../../../src/engine/engine.ts'
import { openEngine } from '../../../src/engine/open.ts'
import { fromImage } from '../../../src/image/picture.ts'
import { openStore } from '../../../src/store/store.ts'
import type { ExtractRecord } from '../../../src/parity/records.ts'
import { missingWeights } from '../../detectors.ts'
import { golden, missing } from '../../golden.ts'

const shared = (path: string): string => fileURLToPath(new URL(`../../../../shared/${path}`, import.meta.url))
const log = { info () {}, warn () {}, error () {} }
const options: DetectOptions = { pipeline: 'deepface', detector: 'opencv', enforceDetection: true, align: true, expandPercentage: 0, maxFaces: undefined, antiSpoofing: false }

t.test('the engine', { skip: missing || missingWeights('opencv', 'yunet') }, async (t) => {
  const store = openStore({ folder: env['MODELS_PATH'] ?? 'onnx-models', mirror: shared('weights'), offline: true, licences: 'any', log })
  const engine = await openEngine({ store, workers: 1, threads: 1, queueLimit: 8, gpuDevice: -1, maxImagePixels: 5e7, limits: { count: 8, bytes: Infinity }, preload: [], log })
  t.teardown(async () => { await engine.close(); await store.close() })
  const photo = (): Promise<Uint8Array> => readFile(shared('faces/deepface/img5.jpg'))

  for (const detector of ['opencv', 'yunet'] as const) {
    t.test(`finds what DeepFace finds with ${detector}`, async (t) => {
      const { faces } = golden<ExtractRecord[]>('extract_faces.json').find((record) => record.image === 'img5.jpg' && record.detector === detector && record.variant === 'align')!
      const found = await engine.extract(await photo(), { ...options, detector, grayscale: false })
      t.strictSame(found.map(({ box, landmarks, score }) => ({ ...box, left_eye: landmarks?.[1], right_eye: landmarks?.[0], score })),
        faces!.map(({ facial_area: { x, y, w, h, left_eye: left, right_eye: right }, confidence }) => ({ x, y, w, h, left_eye: left, right_eye: right, score: confidence })))
    })
    // The landmarks of opencv's faces there are another model's.
    if (detector === 'yunet') t.test(`takes ${detector} for the native pipeline too`, async (t) => {
      const [face] = await engine.extract(await photo(), { ...options, pipeline: 'native', detector, grayscale: true })
      t.ok(face!.score > 0.5 && face!.box.w > 50)
    })
  }

  t.test('says what does not work in a pipeline', async (t) => {
    await t.rejects(engine.extract(await photo(), { ...options, detector: 'retinaface', grayscale: false }), { code: 'model_unavailable', message: /^retinaface-resnet50 is not part of this version/ })
  })
})

t.test('what DeepFace would answer with NaN is an error', async (t) => {
  const recogniser = { size: [2, 2] as const, embed: async (tensors: readonly Float32Array[]) => tensors.map((tensor) => tensor.slice(0, 2)) }
  const black = fromImage({ width: 2, height: 2, data: new Uint8Array(12) })
  const run = (normalization: 'base' | 'Facenet') => represent(black, { detector: undefined, antiSpoofing: undefined }, recogniser, { ...options, model: 'Facenet', normalization, purpose: 'represent' }, () => {})
  t.strictSame((await run('base')).map(({ embedding }) => [...embedding]), [[0, 0]])
  await t.rejects(run('Facenet'), { code: 'deepface_error', message: /^Facenet gives no finite numbers for this image with the normalization Facenet/ })
})
