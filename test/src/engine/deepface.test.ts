import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import t from 'tap'
import { openEngine } from '../../../src/engine/open-engine.ts'
import { fromImage } from '../../../src/image/picture.ts'
import { openModelStore } from '../../../src/model-store/open-model-store.ts'
import { cardNamed } from '../../../src/models/catalogue.ts'
import type { DetectOptions } from '../../../src/pipelines/contract.ts'
import { represent } from '../../../src/pipelines/deepface/deepface-pipeline.ts'
import { finiteEmbeddings } from '../../../src/pipelines/finite-embeddings.ts'
import type { ExtractRecord } from '../../../tools/parity/records.ts'
import { missingWeights } from '../../detectors.ts'
import { golden, missing } from '../../golden.ts'
import { sharedPath } from '../../shared.ts'

const log = { info () {}, warn () {}, error () {} }
const settings = { workers: 1, threads: 1, queueLimit: 8, gpuDevice: -1, maxImagePixels: 5e7, limits: { count: 8, bytes: Infinity }, preload: [], log } as const
const options: DetectOptions = {
  pipeline: 'deepface', detector: 'opencv', enforceDetection: true, align: true, expandPercentage: 0, maxFaces: undefined, antiSpoofing: false
}

t.test('the engine', { skip: missing || missingWeights('opencv', 'yunet') }, async (t) => {
  const store = openModelStore({ folder: env['MODELS_PATH'] ?? 'onnx-models', mirror: sharedPath('weights'), offline: true, licences: 'any', log })
  const engine = await openEngine({ ...settings, store })
  t.teardown(async () => { await engine.close(); await store.close() })
  const photo = (): Promise<Uint8Array> => readFile(sharedPath('faces/deepface/img5.jpg'))

  for (const detector of ['opencv', 'yunet'] as const) {
    t.test(`finds what DeepFace finds with ${detector}`, async (t) => {
      const { faces } = golden<ExtractRecord[]>('extract_faces.json').find((record) =>
        record.image === 'img5.jpg' && record.detector === detector && record.variant === 'align')!
      const found = await engine.extract(await photo(), { ...options, detector, grayscale: false })
      t.strictSame(
        found.map(({ box, landmarks, score }) => ({ ...box, left_eye: landmarks?.[1], right_eye: landmarks?.[0], score })),
        faces!.map(({ facial_area: { x, y, w, h, left_eye: left, right_eye: right }, confidence: score }) =>
          ({ x, y, w, h, left_eye: left, right_eye: right, score }))
      )
    })
    // In the native pipeline, another model finds the landmarks of opencv's faces.
    if (detector === 'yunet') {
      t.test(`runs ${detector} in the native pipeline too`, async (t) => {
        const [face] = await engine.extract(await photo(), { ...options, pipeline: 'native', detector, grayscale: true })
        t.ok(face!.score > 0.5 && face!.box.w > 50)
      })
    }
  }
})

t.test('analyze runs DeepFace’s networks from their own files', { skip: missing }, async (t) => {
  const folder = t.testdir()
  const store = openModelStore({ folder: join(folder, 'models'), mirror: sharedPath('weights'), offline: true, licences: 'any', log })
  // The weights are a formula's, so that what they say of emotions means nothing; how it comes about is what counts.
  const own = join(folder, 'facial_expression_model_weights.h5')
  await copyFile(sharedPath('keras/h5/Emotion.h5'), own)
  await store.adopt(cardNamed('DeepFace-Emotion'), [own])
  const engine = await openEngine({ ...settings, store })
  t.teardown(async () => { await engine.close(); await store.close() })
  const [face, ...others] = await engine.analyze(await readFile(sharedPath('faces/deepface/img5.jpg')), { ...options, detector: 'skip', actions: ['emotion'] })
  t.strictSame([others.length, face!.box], [0, { x: 0, y: 0, w: 329, h: 511 }])
  const scores = Object.values(face!.emotion!)
  t.equal(scores.length, 7)
  t.ok(Math.abs(scores.reduce((sum, score) => sum + score, 0) - 100) < 1e-3)
  t.ok(new Set(scores).size > 1)
})

t.test('an embedding that DeepFace would answer as NaN is not finite here either, and is refused', async (t) => {
  const recogniser = { size: [2, 2] as const, embed: async (tensors: readonly Float32Array[]) => tensors.map((tensor) => tensor.slice(0, 2)) }
  const black = fromImage({ width: 2, height: 2, data: new Uint8Array(12) })
  const run = async (normalization: 'base' | 'Facenet') => {
    const asked = { ...options, model: 'Facenet', normalization, purpose: 'represent' } as const
    return finiteEmbeddings(await represent(black, { detector: undefined, antiSpoofing: undefined }, recogniser, asked, () => {}), asked)
  }
  t.strictSame((await run('base')).map(({ embedding }) => [...embedding]), [[0, 0]])
  await t.rejects(run('Facenet'), { code: 'deepface_error', message: /^Facenet gives no finite numbers for this image with the normalization Facenet/ })
})
