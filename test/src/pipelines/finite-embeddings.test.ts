import t from 'tap'
import type { RepresentedFace, RepresentOptions } from '../../../src/pipelines/contract.ts'
import { finiteEmbeddings } from '../../../src/pipelines/finite-embeddings.ts'

const face = (...values: number[]): RepresentedFace =>
  ({ box: { x: 0, y: 0, w: 1, h: 1 }, landmarks: undefined, score: 1, embedding: Float32Array.from(values) })
const options = (pipeline: 'native' | 'deepface'): RepresentOptions => ({
  pipeline,
  detector: 'skip',
  enforceDetection: false,
  align: true,
  expandPercentage: 0,
  maxFaces: undefined,
  antiSpoofing: false,
  model: 'Facenet',
  normalization: 'Facenet',
  purpose: 'represent'
})

t.test('an embedding that is not finite is an error, which tells a client of DeepFace what to change', async (t) => {
  const faces = [face(1, 2), face(0, 0)]
  t.equal(finiteEmbeddings(faces, options('native')), faces)
  for (const value of [NaN, Infinity, -Infinity]) {
    t.throws(() => finiteEmbeddings([face(1, 2), face(0, value)], options('native')), { code: 'deepface_error', message: /^The engine failed/ })
    t.throws(() => finiteEmbeddings([face(value, 0)], options('deepface')), { code: 'deepface_error', message: /^Facenet gives no finite numbers .* normalization Facenet/ })
  }
})
