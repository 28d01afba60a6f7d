import { readFile } from 'node:fs/promises'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openEngine } from '../../../src/engine/open-engine.ts'
import { modelUnavailable } from '../../../src/errors.ts'
import { openModelStore } from '../../../src/model-store/open-model-store.ts'
import { missingWeights } from '../../detectors.ts'
import { missing, weight } from '../../golden.ts'

const log = { info () {}, warn () {}, error () {} }

t.test('with commercial licences alone, faces of a detector without landmarks get them in the native pipeline', { skip: missing || missingWeights('opencv', 'yunet') }, async (t) => {
  const store = openModelStore({ folder: env['MODELS_PATH'] ?? 'onnx-models', mirror: fileURLToPath(weight('.')), offline: true, licences: 'commercial', log })
  const engine = await openEngine({
    store, workers: 1, threads: 1, queueLimit: 8, gpuDevice: -1, maxImagePixels: 5e7, limits: { count: 8, bytes: Infinity }, preload: [], log
  })
  t.teardown(async () => { await engine.close(); await store.close() })
  const options = { pipeline: 'native', enforceDetection: true, align: true, expandPercentage: 0, maxFaces: 1, antiSpoofing: false, grayscale: false } as const
  const photo = new URL('../../../../shared/faces/deepface/img5.jpg', import.meta.url)
  const extract = async (detector: 'opencv' | 'yunet' | 'retinaface') => await engine.extract(await readFile(photo), { ...options, detector })
  const [face] = await extract('opencv')
  const [own] = await extract('yunet')
  for (const [i, point] of own!.landmarks!.entries()) {
    const [x, y] = face!.landmarks![i]!
    t.ok(Math.hypot(x - point![0], y - point![1]) < 0.08 * own!.box.w, `${x},${y} beside ${point}`)
  }
  await t.rejects(extract('retinaface'), { code: 'model_unavailable', message: /licence/ })
})

t.test('an engine that opens a detector at its start fetches what turned faces and include need beside it, and does not start without', async (t) => {
  const asked: string[] = []
  const store = {
    async ensure ({ name }: { readonly name: string }) {
      asked.push(name)
      if (name === 'centerface') throw modelUnavailable('There is no centerface.')
      return ''
    },
    permits: () => true,
    hashes: async () => []
  }
  const options = { store, workers: 1, threads: 1, queueLimit: 8, gpuDevice: -1, maxImagePixels: 5e7, limits: { count: 8, bytes: Infinity }, log } as const
  await t.rejects(openEngine({ ...options, preload: ['yunet-int8bq'] }), { code: 'model_unavailable', message: 'There is no centerface.' })
  t.strictSame(asked, ['yunet-int8bq', 'centerface', 'face-landmarker', 'face-landmarker.blendshapes'])
})
