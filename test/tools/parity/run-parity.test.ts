import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { deepfaceConfidence, deepfaceDistance } from '../../../src/match/deepface-confidence.ts'
import { type Metric, METRICS } from '../../../src/match/distance.ts'
import type { CanvasFace } from '../../../src/pipelines/deepface/deepface-models.ts'
import type { Records } from '../../../tools/parity/records.ts'
import { runParity } from '../../../tools/parity/run-parity.ts'
import { sha256 } from '../../golden.ts'

const face: CanvasFace = { x: 1, y: 2, w: 3, h: 4, leftEye: [3, 3], rightEye: [1, 3], confidence: 0.987 }
const black = { width: 10, height: 10, data: new Uint8Array(300) }
const VECTOR = [3, 4]

/** Records of one photo with one face, as they would be if service and DeepFace agreed in everything. */
const records: Pick<Records, 'extract' | 'represent' | 'verify' | 'decoded' | 'crops'> = {
  extract: [{
    image: 'a.jpg',
    detector: 'one',
    variant: 'noalign',
    align: false,
    faces: [{
      facial_area: { x: 1, y: 2, w: 3, h: 4, left_eye: [3, 3], right_eye: [1, 3] },
      confidence: 0.99,
      crop: { shape: [4, 3, 3], sha256: sha256(new Uint8Array(36)), probe: Array(36).fill([0, 0, 0]) }
    }]
  }],
  represent: [{
    image: 'a.jpg',
    model: 'SFace',
    detector: 'one',
    align: false,
    normalization: 'base',
    faces: [{ facial_area: { x: 1, y: 2, w: 3, h: 4 }, norm: 5, embedding: VECTOR }]
  }],
  decoded: [{ image: 'a.jpg', shape: [10, 10, 3], sha256: sha256(new Uint8Array(300)), probe: Array(36).fill([0, 0, 0]) }],
  crops: [{
    file: 'crops/a.png',
    image: 'a.jpg',
    detector: 'one',
    align: false,
    face_index: 0,
    shape: [4, 3, 3],
    sha256: sha256(new Uint8Array(36)),
    probe: Array(36).fill([0, 0, 0])
  }],
  verify: [{
    img1: 'a.jpg',
    img2: 'a.jpg',
    model: 'SFace',
    detector: 'one',
    metrics: Object.fromEntries(METRICS.map((metric) => {
      const distance = deepfaceDistance(metric, VECTOR, VECTOR)
      return [metric, { distance, verified: true, confidence: deepfaceConfidence('SFace', metric, distance) }]
    })) as Record<Metric, { distance: number, verified: boolean, confidence: number }>
  }]
}

/** Runs the command on the records with fake models that detect `found` in every photo and return `vector` for every face. */
async function run (
  t: Test,
  { found = [face], vector = VECTOR, pixels = black, cropped = { width: 3, height: 4, data: new Uint8Array(36) }, args = [] as string[] }
) {
  const folder = mkdtempSync(join(tmpdir(), 'records-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'extract_faces.json'), JSON.stringify(records.extract))
  writeFileSync(join(folder, 'represent.json'), JSON.stringify({
    full: records.represent,
    brief: records.represent.map(({ faces, ...record }) => ({ ...record, faces: faces!.map(({ embedding, ...face }) => ({ ...face, first8: embedding })) }))
  }))
  writeFileSync(join(folder, 'decode.json'), JSON.stringify(records.decoded))
  writeFileSync(join(folder, 'crops.json'), JSON.stringify(records.crops))
  writeFileSync(join(folder, 'verify.json'), JSON.stringify({ pairs: records.verify }))
  let text = ''
  const code = await runParity([folder, ...args], {
    open: async () => ({
      detectors: new Map([['one', { find: async () => found, close: async () => {} }]]),
      recognisers: new Map([['SFace', { size: [2, 2] as const, embed: async (tensors: readonly Float32Array[]) => tensors.map(() => Float32Array.from(vector)) }]]),
      photo: async () => pixels,
      crop: async () => cropped,
      post: undefined
    }),
    out: (line) => { text += line },
    onPhoto: () => {}
  })
  return { code, text }
}

t.test('a service that agrees with all records passes, with a row for each detector and model', async (t) => {
  const { code, text } = await run(t, {})
  t.equal(code, 0, text)
  t.match(text, /^one +1 +1 +0 +0\.00 +0\.000 +0\.00$/m)
  t.match(text, /^SFace +1 +1\.000000 +1 +0\.000000 +4 +4 +0\.000000 +0\.00$/m)
  t.match(text, /^photos: 1 of 1 decoded to the same bits$/m)
  t.match(text, /^faces: 1 of 1 files decoded to the same bits, 1 vectors of them compared$/m)
})

t.test('a difference breaks its bound', async (t) => {
  const cases: Array<[figure: string, Parameters<typeof run>[1]]> = [
    ['box', { found: [{ ...face, x: 4 }] }],
    ['box', { found: [] }],
    ['box', { found: [{ ...face, leftEye: undefined }] }],
    ['confidence', { found: [{ ...face, confidence: 0.9 }] }],
    ['crop', { pixels: { ...black, data: new Uint8Array(300).fill(2) } }],
    ['off', { pixels: { ...black, data: new Uint8Array(300).fill(9) } }],
    ['cosine', { vector: [4, 3] }],
    ['values', { vector: [4, 3] }],
    ['values', { vector: [6, 8] }],
    ['decoded', { pixels: { ...black, data: new Uint8Array(300).fill(2) } }],
    ['files', { cropped: { width: 3, height: 4, data: new Uint8Array(36).fill(1) } }],
    ['crops', { vector: [4, 3] }]
  ]
  for (const [figure, differing] of cases) {
    const { code, text } = await run(t, differing)
    t.equal(code, 1)
    t.match(text, new RegExp(`^${figure}[<>]=.* does not hold`, 'm'))
  }
})

t.test('bounds can be set', async (t) => {
  const shifted = { found: [{ ...face, x: 2 }] }
  t.equal((await run(t, shifted)).code, 0, 'a pixel is allowed')
  t.equal((await run(t, { ...shifted, args: ['--require', 'box<=0'] })).code, 1)
  t.match((await run(t, { ...shifted, args: ['--require', 'box<=0'] })).text, /one differs: a\.jpg noalign/)
  await t.rejects(run(t, { args: ['--require', 'speed>=1'] }), /names no figure/)
  await t.rejects(run(t, { args: ['--max-pixels', 'few'] }), /no number above 0/)
  await t.rejects(runParity(['/nowhere'], { open: () => Promise.reject(new Error()), out: () => {}, onPhoto: () => {} }), /cannot be read/)
})
