import t from 'tap'
import { cards } from '../../../src/models/catalogue.ts'
import { DETECTORS, RECOGNISERS } from '../../../src/names.ts'
import { folderOf, store } from './world.ts'

t.test('lists every name of the API, then the models with other names', async (t) => {
  const all = await store(t, { folder: folderOf(t), cards }).status()
  t.strictSame(all.map(({ name }) => name), [...RECOGNISERS, ...DETECTORS, 'retinaface-resnet50', 'yunet-int8bq', 'dlib-hog', 'face-landmarker', 'face-mesh', 'age-gender', 'race', 'emotion', 'DeepFace-Age', 'DeepFace-Gender', 'DeepFace-Race', 'DeepFace-Emotion', 'MiniFASNet'])
  const of = (name: string) => all.find((status) => status.name === name)
  t.match(of('SFace'), { task: 'recognition', state: 'downloadable', embeddingLength: 128, calibration: { mesh: {}, detector: {}, deepface: {} }, card: { family: 'recognition' } })
  t.match(of('VGG-Face'), { state: 'downloadable', embeddingLength: 4096 })
  t.match(of('dlib'), { task: 'detection', state: 'downloadable', card: { name: 'dlib-hog' } })
  t.strictSame(of('skip'), { name: 'skip', task: 'detection', state: 'ready' })
})

t.test('models are unavailable because of their licence, or offline', async (t) => {
  const commercial = await store(t, { folder: folderOf(t), cards, licences: 'commercial' }).status()
  t.match(commercial.find(({ name }) => name === 'retinaface'), { state: 'unavailable', reason: /MODEL_LICENSES/ })
  const offline = await store(t, { folder: folderOf(t), cards, offline: true }).status()
  t.match(offline.find(({ name }) => name === 'SFace'), { state: 'unavailable', reason: /MODELS_OFFLINE/ })
})
