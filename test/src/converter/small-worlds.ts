/** Small networks with seeded random weights, and functions to run them in ONNX Runtime. */
import { InferenceSession, Tensor as Value } from 'onnxruntime-node'
import type { Test } from 'tap'
import { createBuilder, type Builder, type Ref } from '../../../src/converter/graph/builder.ts'
import { check } from '../../../src/converter/graph/check.ts'
import { encode } from '../../../src/converter/graph/encode-model.ts'
import type { Graph, Pass } from '../../../src/converter/graph/graph.ts'
import { elements, float32, type Tensor } from '../../../src/converter/graph/tensor.ts'
import { prune } from '../../../src/converter/passes/prune.ts'
import { draw } from '../../random.ts'

/** Random numbers from −1 to below 1, the same for the same seed. */
export const random = (length: number, seed = 1): Float32Array => Float32Array.from({ length }, (_, i) => 2 * draw(seed, i) - 1)

/** Random weights, scaled so that sums of them stay near 1. */
export const weights = (dims: readonly number[], seed = 1): Tensor => {
  const fan = Math.sqrt(elements(dims.slice(1)))
  return float32(random(elements(dims), seed).map((value) => value / fan), dims)
}

export const values = (...list: number[]): Tensor => float32(Float32Array.from(list))

/** Parameters of a BatchNormalization whose scales are all positive. */
export const normalisation = (channels: number, seed = 1) => ({
  gamma: float32(random(channels, seed).map((x) => x / 2 + 1)),
  beta: float32(random(channels, seed + 1)),
  mean: float32(random(channels, seed + 2)),
  variance: float32(random(channels, seed + 3).map((x) => x / 4 + 1)),
  epsilon: 1e-3
})

/** Builds a graph from `input` [n, channels, size, size], with the outputs that `make` returns. */
export function world (dims: readonly [channels: number, ...sizes: number[]], make: (b: Builder, x: Ref) => Readonly<Record<string, Ref>>): Graph {
  const builder = createBuilder()
  return builder.build('world', make(builder, builder.input('input', ['n', ...dims])))
}

export interface Result { readonly dims: readonly number[], readonly data: ArrayLike<number> }

/** Runs a graph as written: the optimisations of ONNX Runtime are off. Inputs that are not given are random. */
export async function run (
  graph: Graph | Uint8Array,
  given: Readonly<Record<string, Value>> = {},
  inputs: Graph['inputs'] = ('inputs' in graph ? graph.inputs : [])
): Promise<Record<string, Result>> {
  const session = await InferenceSession.create('nodes' in graph ? encode(graph) : graph, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, logSeverityLevel: 4 })
  const feeds = Object.fromEntries(inputs.map(({ name, dims = [] }, i) => {
    const sizes = dims.map((dim) => typeof dim === 'number' ? dim : 2)
    return [name, given[name] ?? new Value('float32', random(elements(sizes), i + 7), sizes)]
  }))
  const outputs = await session.run({ ...feeds, ...given })
  await session.release()
  return Object.fromEntries(Object.entries(outputs).map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }]))
}

/** Largest difference of two results, relative to 1 or the size of the value, whichever is larger. */
export function difference (a: Result, b: Result): number {
  if (a.data.length !== b.data.length) return Infinity
  let largest = 0
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [a.data[i]!, b.data[i]!]
    // NaN equals only NaN.
    if (!Object.is(x, y)) largest = Math.max(largest, Number.isNaN(x - y) ? Infinity : Math.abs(x - y) / Math.max(1, Math.abs(x)))
  }
  return largest
}

/** Asserts that the passes do not change what `graph` computes, and returns the rewritten graph. */
export async function keeps (t: Test, graph: Graph, ...passes: readonly Pass[]): Promise<Graph> {
  const after = check(passes.reduce((result, pass) => pass(result), graph))
  t.strictSame(after.outputs.map(({ name }) => name), graph.outputs.map(({ name }) => name))
  const [expected, found] = [await run(graph), await run(after)]
  for (const [name, result] of Object.entries(expected)) {
    t.strictSame(found[name]!.dims, result.dims)
    t.ok(difference(result, found[name]!) <= 1e-6, `${name} is the same to 1e-6, and differs by ${difference(result, found[name]!)}`)
  }
  return after
}

/** Asserts that `pass` rewrites nothing in `graph`. */
export const leaves = (t: Test, graph: Graph, pass: Pass): boolean => t.strictSame(pass(graph).nodes, graph.nodes)

/** Returns the operations that the outputs of a graph depend on, in order. */
export const operations = (graph: Graph): string => prune(graph).nodes.map(({ op }) => op).join(' ')
