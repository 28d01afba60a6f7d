import { Reader } from 'protobufjs'
import { conversionError } from '../../conversion-error.ts'
import type { TfAttribute, TfNode } from '../tensorflow/graph-def.ts'
import { type AttrValue, DATA_TYPES, graphDef, type GraphDef, type TensorProto, type TensorShapeProto, toNumber } from './graph-def-schema.ts'

export interface FrozenGraph {
  readonly nodes: readonly TfNode[]
  /** Values of the Const nodes, by node name. */
  readonly tensors: ReadonlyMap<string, TensorProto>
}

/** Reads a `GraphDef`. Constants are views of `bytes`. @throws {Error} ConversionError when the file is damaged. */
export function readGraph (bytes: Uint8Array): FrozenGraph {
  const { node } = parse(bytes)
  const tensors = new Map(node.flatMap(({ name, op, attr: { value } }) => op === 'Const' && value?.value === 'tensor' ? [[name, value.tensor] as const] : []))
  const nodes = node.map(({ name, op, input, attr }): TfNode => ({ name, op, inputs: input, attributes: attributesOf(attr) }))
  return { nodes, tensors }
}

function parse (bytes: Uint8Array): GraphDef {
  try {
    const reader = Reader.create(bytes)
    reader.discardUnknown = true
    // The interfaces beside the schema supply the types that protobufjs' reflection cannot give TypeScript.
    const graph = graphDef.decode(reader) as unknown as GraphDef
    if (graph.node.length === 0) throw new Error('no nodes')
    return graph
  } catch (cause) {
    throw conversionError(`The file is no frozen TensorFlow graph, or cut off (${bytes.length} bytes).`, cause)
  }
}

const attributesOf = (attributes: Readonly<Record<string, AttrValue>>): Record<string, TfAttribute> =>
  Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, toAttribute(attribute)]))

function toAttribute (attribute: AttrValue): TfAttribute {
  switch (attribute.value) {
    case 's': return { s: text(attribute.s) }
    case 'i': return { i: toNumber(attribute.i) }
    case 'f': return { f: attribute.f }
    case 'b': return { b: attribute.b }
    case 'type': return { type: DATA_TYPES[attribute.type as keyof typeof DATA_TYPES]?.[0] ?? `DataType ${attribute.type}` }
    case 'shape': return attribute.shape.unknown_rank ? {} : { shape: sizes(attribute.shape) }
    case 'list': {
      const { s, i, f, shape } = attribute.list
      return { list: { s: s.map(text), i: i.map(toNumber), f, shapes: shape.map(sizes) } }
    }
    default: return {}
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const sizes = ({ dim }: TensorShapeProto): number[] => dim.map(({ size }) => toNumber(size))
