import type { GraphConversion } from '../converter/conversion.ts'
import type { Session } from '../onnx/session.ts'
import { FACES_AT_ONCE } from '../pipelines/faces-at-once.ts'

/** Runs faces of one `shape` through a network with one output, in batches. Returns a copy of each row of the output, in order. */
export async function runTensors (
  session: Session,
  faces: readonly Float32Array[],
  shape: readonly [height: number, width: number, channels: number]
): Promise<Float32Array[]> {
  const rows: Float32Array[] = []
  for (let start = 0; start < faces.length; start += FACES_AT_ONCE) {
    const batch = faces.slice(start, start + FACES_AT_ONCE)
    const pixels = new Float32Array(batch.length * batch[0]!.length)
    for (const [i, face] of batch.entries()) pixels.set(face, i * face.length)
    const [output] = (await session.run(pixels, [batch.length, ...shape])).values()
    const length = output!.data.length / batch.length
    for (const i of batch.keys()) rows.push(output!.data.slice(i * length, (i + 1) * length))
  }
  return rows
}

/**
 * The pixels from which the graph, which reorders and scales its input, computes `tensor` again, up to the rounding of float32. This way
 * one graph serves both the native pipeline, which feeds pixels, and DeepFace's tensors.
 */
export function unscaled (tensor: Float32Array, { channels, mean, std }: GraphConversion['input']): Float32Array {
  const pixels = new Float32Array(tensor.length)
  const count = mean.length
  for (let i = 0; i < tensor.length; i += count) {
    for (let c = 0; c < count; c++) pixels[i + (channels === 'BGR' ? 2 - c : c)] = tensor[i + c]! * std[c]! + mean[c]!
  }
  return pixels
}
