import { InferenceSession, Tensor } from 'onnxruntime-node'
import { encode } from '../../../src/converter/graph/encode-model.ts'
import type { Graph } from '../../../src/converter/graph/graph.ts'

/** Returns the outputs that ONNX Runtime computes for `input`, by name. */
export async function run (
  graph: Graph,
  input: Float32Array,
  shape: readonly number[]
): Promise<Record<string, { readonly dims: readonly number[], readonly data: Float32Array }>> {
  const session = await InferenceSession.create(encode(graph), { intraOpNumThreads: 1, logSeverityLevel: 3 })
  try {
    const outputs = await session.run({ input: new Tensor('float32', input, shape) })
    return Object.fromEntries(Object.entries(outputs).map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }]))
  } finally {
    await session.release()
  }
}

/** Largest difference between values and their reference. NaN, which is below no bound, when one is NaN or they differ in number. */
export const worst = (values: ArrayLike<number>, reference: ArrayLike<number>): number => {
  if (values.length !== reference.length) return NaN
  let most = 0
  for (let i = 0; i < reference.length; i++) {
    const difference = Math.abs(values[i]! - reference[i]!)
    if (Number.isNaN(difference)) return NaN
    most = Math.max(most, difference)
  }
  return most
}
