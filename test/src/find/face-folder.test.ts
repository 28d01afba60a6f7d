import t from 'tap'
import { openFaceFolder } from '../../../src/find/face-folder.ts'
import { fileName, indexKey } from '../../../src/find/index-key.ts'
import { readingEngine } from './reading-engine.ts'

const OPTIONS = {
  model: 'SFace',
  detector: 'retinaface',
  pipeline: 'native',
  normalization: 'base',
  align: true,
  expandPercentage: 0,
  enforceDetection: true,
  maxFaces: undefined,
  antiSpoofing: false
} as const
const FINGERPRINT = { weights: ['model', 'detector', undefined], rotated: false }
const ALL = { metric: 'cosine', threshold: Infinity, k: undefined, refresh: true } as const
const X = Float32Array.of(1, 0)
const log = { info: () => {}, warn: () => {} }

t.test('a key depends on everything that changes embeddings, and on nothing else', async (t) => {
  const key = indexKey(OPTIONS, FINGERPRINT)
  t.match(key, { model: 'SFace', weights: /^\d+ model detector $/ })
  t.strictSame(indexKey({ ...OPTIONS, normalization: 'raw' }, FINGERPRINT), key, 'the native pipeline has one normalization')
  t.not(indexKey({ ...OPTIONS, pipeline: 'deepface', normalization: 'raw' }, FINGERPRINT).normalization, 'base')
  t.strictSame(indexKey({ ...OPTIONS, maxFaces: 1, antiSpoofing: true }, FINGERPRINT), key, 'options of the query alone are not part of it')
  const others = [key, indexKey(OPTIONS, { ...FINGERPRINT, rotated: true }), indexKey(OPTIONS, { ...FINGERPRINT, weights: ['model', 'detector', 'pinned'] })]
  t.equal(new Set(others.map(fileName)).size, 3, 'other weights and rotated detection have files of their own')
})

t.test('each key has an index: the eight used last in memory, all on disk', async (t) => {
  const engine = readingEngine()
  const faceFolder = openFaceFolder({ root: t.testdir({ '1.jpg': '1,0' }), engine, log })
  t.teardown(() => faceFolder.close())
  const find = async (expandPercentage: number) => (await faceFolder.find(indexKey({ ...OPTIONS, expandPercentage }, FINGERPRINT), [X], ALL)).hits[0]!.length
  for (let i = 0; i < 10; i++) t.equal(await find(i), 1)
  t.equal(faceFolder.progress().length, 8)
  t.match(faceFolder.progress()[0], { index: /^sface-retinaface-native-base-[0-9a-f]{8}\.index$/, photos: 1, faces: 1, indexing: false })
  t.equal(engine.seen.length, 10)
  t.equal(await find(0), 1)
  t.equal(engine.seen.length, 10, 'the first was closed, and is read from its file')
})

t.test('searches are refused without a folder, and after close', async (t) => {
  const engine = readingEngine()
  await t.rejects(openFaceFolder({ root: undefined, engine, log }).find(indexKey(OPTIONS, FINGERPRINT), [X], ALL), { code: 'service_unavailable', message: /FACES_DB_PATH/ })
  const faceFolder = openFaceFolder({ root: t.testdir({}), engine, log })
  await faceFolder.find(indexKey(OPTIONS, FINGERPRINT), [X], ALL)
  await faceFolder.close()
  await t.rejects(faceFolder.find(indexKey(OPTIONS, FINGERPRINT), [X], ALL), { code: 'service_unavailable' })
})
