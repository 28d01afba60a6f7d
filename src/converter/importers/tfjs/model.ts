import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { conversionError } from '../../conversion-error.ts'
import type { TfAttribute, TfNode } from '../tensorflow/graph-def.ts'

/** Protocol buffers in JSON encode 64-bit numbers as text, and bytes as base64. */
const Integer = Type.Union([Type.String({ pattern: '^-?[0-9]{1,15}$' }), Type.Integer()])

const AttributeJson = Type.Object({
  s: Type.Optional(Type.String()),
  i: Type.Optional(Integer),
  f: Type.Optional(Type.Union([Type.Number(), Type.String()])),
  b: Type.Optional(Type.Boolean()),
  type: Type.Optional(Type.String()),
  shape: Type.Optional(Type.Object({ dim: Type.Optional(Type.Array(Type.Object({ size: Type.Optional(Integer) }))) })),
  list: Type.Optional(Type.Object({
    s: Type.Optional(Type.Array(Type.String())),
    i: Type.Optional(Type.Array(Integer)),
    f: Type.Optional(Type.Array(Type.Number()))
  }))
})

const NodeJson = Type.Object({
  name: Type.String(),
  op: Type.String(),
  input: Type.Optional(Type.Array(Type.String())),
  attr: Type.Optional(Type.Record(Type.String(), AttributeJson))
})

/** A tensor in the shards: `WeightsManifestEntry`. */
const WeightJson = Type.Object({
  name: Type.String(),
  shape: Type.Array(Type.Integer({ minimum: 0 })),
  dtype: Type.String(),
  quantization: Type.Optional(Type.Object({ dtype: Type.String(), scale: Type.Optional(Type.Number()), min: Type.Optional(Type.Number()) }))
})
/** Shards that belong together: `WeightsManifestGroupConfig`. */
const GroupJson = Type.Object({ paths: Type.Array(Type.String()), weights: Type.Array(WeightJson) })

const ModelJson = Type.Object({
  modelTopology: Type.Object({ node: Type.Array(NodeJson) }),
  weightsManifest: Type.Array(GroupJson),
  signature: Type.Optional(Type.Object({ outputs: Type.Optional(Type.Record(Type.String(), Type.Object({ name: Type.String() }))) }))
})

export type WeightsGroup = Static<typeof GroupJson>
export type WeightEntry = Static<typeof WeightJson>

export interface TfjsModel {
  readonly nodes: readonly TfNode[]
  /** The value of each output in the signature, `node` or `node:k`; empty when the file has no signature. */
  readonly outputs: ReadonlyMap<string, string>
  readonly weights: readonly WeightsGroup[]
}

/** Parses `model.json`. @throws {Error} ConversionError when it is not a graph model. */
export function parseModel (bytes: Uint8Array): TfjsModel {
  const { modelTopology, weightsManifest, signature } = expect(ModelJson, json(bytes))
  return {
    nodes: modelTopology.node.map(({ name, op, input = [], attr = {} }) => ({ name, op, inputs: input, attributes: toAttributes(attr) })),
    outputs: new Map(Object.entries(signature?.outputs ?? {}).map(([name, { name: value }]) => [name.replace(/:0$/, ''), value])),
    weights: weightsManifest
  }
}

function json (bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw conversionError('The TF.js model is no JSON, or cut off.', cause)
  }
}

function expect<T extends TSchema> (schema: T, value: unknown): Static<T> {
  if (Value.Check(schema, value)) return value
  const { path, message } = Value.Errors(schema, value).First() ?? { path: '', message: 'unreadable' }
  throw conversionError(`The file is no TF.js graph model: ${path || '/'}: ${message}.`)
}

const toAttributes = (attributes: Readonly<Record<string, Static<typeof AttributeJson>>>): Record<string, TfAttribute> =>
  Object.fromEntries(Object.entries(attributes).map(([name, { s, i, f, b, type, shape, list }]): [string, TfAttribute] => [name, {
    ...(s !== undefined && { s: text(s) }),
    ...(i !== undefined && { i: Number(i) }),
    ...(f !== undefined && { f: Number(f) }),
    ...(b !== undefined && { b }),
    ...(type !== undefined && { type }),
    ...(shape && { shape: (shape.dim ?? []).map(({ size = 0 }) => Number(size)) }),
    ...(list && { list: { ...(list.s && { s: list.s.map(text) }), ...(list.i && { i: list.i.map(Number) }), ...(list.f && { f: list.f }) } })
  }]))

const text = (base64: string): string => Buffer.from(base64, 'base64').toString()
