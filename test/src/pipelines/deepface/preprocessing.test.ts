import t from 'tap'
import type { Normalization } from '../../../../src/names.ts'
import { toTensor } from '../../../../src/pipelines/deepface/preprocessing.ts'
import { cropFile, golden, missing, sha256 } from '../../../golden.ts'

interface Record { crop: string, path: 'float' | 'uint8', size: [number, number], normalization: Normalization, sha256_le_f32: string }

t.test('inputs of networks are DeepFace’s to the bit', { skip: missing }, async (t) => {
  const { records } = golden<{ records: Record[] }>('tensors.json')
  const wrong: string[] = []
  for (const { crop, path, size, normalization, sha256_le_f32: expected } of records) {
    const tensor = toTensor(await cropFile(crop), { size, normalization, resize: path })
    if (sha256(new Uint8Array(tensor.buffer)) !== expected) wrong.push(`${crop} ${path} ${size} ${normalization}`)
  }
  t.strictSame(wrong, [], `${records.length} records`)
})

t.test('a face is centred, blue first, black around', async (t) => {
  const crop = { width: 2, height: 1, data: Uint8Array.of(10, 20, 30, 10, 20, 30) }
  const tensor = toTensor(crop, { size: [4, 4], normalization: 'raw' })
  const row = (y: number) => Array.from(tensor.subarray(y * 12, y * 12 + 3), Math.round)
  t.strictSame([0, 1, 2, 3].map(row), [[0, 0, 0], [30, 20, 10], [30, 20, 10], [0, 0, 0]])
  t.strictSame(Array.from(toTensor(crop, { size: [2, 2], normalization: 'raw', channels: 'RGB' }).subarray(0, 3), Math.round), [10, 20, 30])
  t.equal(toTensor({ width: 900, height: 1, data: new Uint8Array(2700).fill(255) }, { size: [2, 2], normalization: 'base' })[0], 1, 'a line keeps a pixel')
})
