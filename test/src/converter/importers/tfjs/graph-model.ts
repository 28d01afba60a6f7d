/** Hand-made TF.js graph models, and the real TF.js to run them. */
import * as tf from '@tensorflow/tfjs'
import { Tensor as Value } from 'onnxruntime-node'
import { elements } from '../../../../../src/converter/graph/tensor.ts'
import { importTfjs } from '../../../../../src/converter/importers/tfjs/import-tfjs.ts'
import { random, run, type Result } from '../../small-worlds.ts'

export type Attributes = Readonly<Record<string, object>>
export interface NodeJson { readonly name: string, readonly op: string, readonly input?: readonly string[], readonly attr?: Attributes }
/** A constant: its values, and how they are stored. */
export interface Constant {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: string
  readonly bytes: Uint8Array
  readonly quantization?: { readonly dtype: string, readonly scale?: number, readonly min?: number }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
export const text = (value: string): object => ({ s: base64(value) })
export const texts = (...values: string[]): object => ({ list: { s: values.map(base64) } })
export const ints = (...values: number[]): object => ({ list: { i: values.map(String) } })
export const float = (f: number): object => ({ f })
export const bool = (b: boolean): object => ({ b })
export const shape = (...sizes: number[]): object => ({ shape: { dim: sizes.map((size) => ({ size: String(size) })) } })

export const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)
export const float32 = (name: string, values: Float32Array, dims: readonly number[] = [values.length]): Constant =>
  ({ name, shape: dims, dtype: 'float32', bytes: bytesOf(values) })
export const randoms = (name: string, dims: readonly number[], seed = 3): Constant => float32(name, random(elements(dims), seed), dims)
export const int32 = (name: string, values: readonly number[], dims: readonly number[] = [values.length]): Constant =>
  ({ name, shape: dims, dtype: 'int32', bytes: bytesOf(Int32Array.from(values)) })

export interface Model {
  readonly nodes: readonly NodeJson[]
  /** Constants of each group of shards. */
  readonly groups: ReadonlyArray<readonly Constant[]>
  readonly signature?: object
}

const specs = (groups: Model['groups']) => groups.map((group) => group.map(({ bytes, ...spec }) => spec))
const topology = ({ nodes, groups }: Model) => ({
  node: [...nodes, ...groups.flat().map(({ name, dtype }) => ({ name, op: 'Const', attr: { dtype: { type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' } } }))],
  versions: { producer: 1395 }
})

/** The published files: `model.json` and shards of at most `shard` bytes. */
export function filesOf (model: Model, shard = Infinity): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  const weightsManifest = specs(model.groups).map((weights, g) => {
    const bytes = bytesOf(Buffer.concat(model.groups[g]!.map(({ bytes }) => bytes)))
    const paths: string[] = []
    for (let at = 0; at < bytes.length || paths.length === 0; at += shard) {
      paths.push(`group${g + 1}-shard${paths.length + 1}.bin`)
      files.set(paths.at(-1)!, bytes.slice(at, Math.min(at + shard, bytes.length)))
    }
    return { paths, weights }
  })
  const json = { format: 'graph-model', modelTopology: topology(model), weightsManifest, ...(model.signature && { signature: model.signature }) }
  files.set('model.json', new TextEncoder().encode(JSON.stringify(json)))
  return files
}

export interface Picture { readonly data: Float32Array, readonly dims: readonly number[] }

/** Runs the model in TF.js on its cpu backend, and returns the named outputs. */
export async function reference (model: Model, x: Picture, outputs: readonly string[]): Promise<Result[]> {
  await tf.setBackend('cpu')
  const loaded = await tf.loadGraphModel(tf.io.fromMemory({
    modelTopology: topology(model),
    weightSpecs: specs(model.groups).flat() as tf.io.WeightsManifestEntry[],
    weightData: Uint8Array.from(Buffer.concat(model.groups.flat().map(({ bytes }) => bytes))).buffer
  }))
  return tf.tidy(() => {
    const found = loaded.execute({ x: tf.tensor(x.data, [...x.dims]) }, [...outputs])
    return [found].flat().map((tensor) => ({ dims: tensor.shape, data: tensor.dataSync() }))
  })
}

/** Transposes [n, h, w, c] to [n, c, h, w]. */
export function planes ({ data, dims: [n = 0, h = 0, w = 0, c = 0] }: Picture): Value {
  const to = new Float32Array(data.length)
  for (let i = 0, at = 0; i < n; i++) {
    for (let k = 0; k < c; k++) {
      for (let pixel = 0; pixel < h * w; pixel++, at++) to[at] = data[(i * h * w + pixel) * c + k]!
    }
  }
  return new Value('float32', to, [n, c, h, w])
}

/** Runs the converted graph. */
export const converted = (files: ReadonlyMap<string, Uint8Array>, x: Picture): Promise<Record<string, Result>> =>
  run(importTfjs(files), { input: x.dims.length === 4 ? planes(x) : new Value('float32', x.data, x.dims) }, [])
