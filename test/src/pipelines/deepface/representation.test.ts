import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cosine } from '../../../../src/match/distance.ts'
import { toBytes } from '../../../../src/math/wrapped-bytes.ts'
import { recogniserNamed } from '../../../../src/models/catalogue.ts'
import { deepfaceInputs } from '../../../../src/models/recognition/deepface-inputs.ts'
import { openSession } from '../../../../src/onnx/session.ts'
import type { TensorRecogniser } from '../../../../src/pipelines/deepface/deepface-models.ts'
import { representFaces } from '../../../../src/pipelines/deepface/representation.ts'
import type { RepresentRecord } from '../../../../tools/parity/records.ts'
import { missingWeights, openDetector } from '../../../detectors.ts'
import { golden, missing, photo } from '../../../golden.ts'

const graph = join(process.env['MODELS_PATH'] ?? 'onnx-models', 'SFace.onnx')
const skip = missing || missingWeights('yunet') || (existsSync(graph) ? false : `SFace (${graph}) is not here`)

t.test('SFace behind yunet and skip gives DeepFace’s vectors, whatever the normalization', { skip }, async (t) => {
  const session = await openSession(graph, { device: { provider: 'cpu' }, threads: 1 })
  t.teardown(() => session.close())
  const recogniser = deepfaceInputs.bytes(session, recogniserNamed('SFace'))
  const yunet = await openDetector(t, 'yunet')
  const records = golden<{ full: RepresentRecord[] }>('represent.json').full.filter(({ image, model, detector }) =>
    image === 'img5.jpg' && model === 'SFace' && ['yunet', 'skip'].includes(detector))
  t.equal(records.length, 21)
  for (const { image, detector, align, normalization, faces } of records) {
    const options = { align, expandPercentage: 0, maxFaces: undefined, enforceDetection: true, normalization }
    const found = await representFaces(await photo(image), detector === 'skip' ? undefined : yunet, recogniser, options)
    t.equal(found.length, faces!.length)
    for (const [i, { embedding, facial_area: { x, y, w, h } }] of faces!.entries()) {
      const distance = cosine(found[i]!.embedding, embedding!)
      t.ok(distance < 1e-6, `${detector} ${align} ${normalization}: ${distance}`)
      t.strictSame(found[i]!.box, { x, y, w, h })
    }
  }
})

t.test('bytes wrap around, red first', async (t) => {
  t.strictSame(Array.from(toBytes(Float32Array.of(0, 0.5, 1))), [255, 127, 0])
  t.strictSame(Array.from(toBytes(Float32Array.of(255, -12.7 / 255, 0.999))), [254, 244, 1], 'of the specification: 65025 becomes 1, −12.7 becomes 244')
  t.strictSame(Array.from(toBytes(Float32Array.of(1, 2.9, 255), true)), [255, 2, 1])
})

t.test('skip takes the whole picture, and swaps its sides as DeepFace does', async (t) => {
  const tensors: Float32Array[] = []
  const recogniser: TensorRecogniser = {
    size: [2, 2],
    async embed (seen) {
      tensors.push(...seen)
      return seen.map(() => Float32Array.of(1))
    }
  }
  const picture = { width: 4, height: 2, data: new Uint8Array(24).fill(255) }
  const options = { align: true, expandPercentage: 0, maxFaces: undefined, enforceDetection: true, normalization: 'base' } as const
  const [face] = await representFaces(picture, undefined, recogniser, options)
  t.strictSame(face!.box, { x: 0, y: 0, w: 2, h: 4 })
  t.strictSame(Array.from(tensors[0]!), [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
})
