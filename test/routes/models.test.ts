import t from 'tap'
import { openModelStore } from '../../src/model-store/open-model-store.ts'
import { cards } from '../../src/models/catalogue.ts'
import { DETECTORS, RECOGNISERS } from '../../src/names.ts'
import { build } from '../build.ts'

t.test('GET /api/v1/models lists every name of the contract and every card', async (t) => {
  const log = { info: () => {}, warn: () => {} }
  const app = await build(t, { store: openModelStore({ folder: t.testdir({}), offline: false, licences: 'commercial', log }) })
  const { success, count, result } = (await app.inject('/api/v1/models')).json()
  t.equal(success, true)
  t.equal(count, result.length)
  const names = result.map(({ name }: { name: string }) => name)
  for (const name of [...RECOGNISERS, ...DETECTORS, ...cards.map(({ name }) => name)]) t.ok(names.includes(name), name)
  const model = (name: string) => result.find((each: { name: string }) => each.name === name)
  t.match(model('SFace'), {
    task: 'recognition',
    status: 'downloadable',
    licence: { name: 'Apache-2.0', commercial: true },
    embedding_length: 128,
    adaptive: true,
    input_size: [112, 112],
    files: [{ sha256: /^[0-9a-f]{64}$/, bytes: Number, sources: [/^(npm:|https:)/] }],
    thresholds: {
      native: { cosine: Number, euclidean: Number, euclidean_l2: Number, angular: Number },
      native_other_detectors: { cosine: 0.6377 },
      deepface: { cosine: 0.593 }
    }
  })
  t.match(model('opencv').files.map(({ name }: { name: string }) => name), ['haarcascade_frontalface_default.xml', 'haarcascade_eye.xml'], 'of all its parts')
  t.match(model('retinaface'), { task: 'detection', status: 'unavailable', reason: /MODEL_LICENSES/, licence: { commercial: false } })
  t.match(model('skip'), { task: 'detection', status: 'ready' })
  for (const { status, reason } of result) t.ok(status === 'unavailable' ? /\w/.test(reason) : reason === undefined)
})
