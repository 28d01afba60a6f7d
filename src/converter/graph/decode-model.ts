import { Reader } from 'protobufjs'
import { conversionError } from '../conversion-error.ts'
import { check } from './check.ts'
import { type Attribute, type NodeAttributes, type Dim, type Graph, label, type Node, type Value } from './graph.ts'
import {
  ATTRIBUTE_TYPES, type AttributeProto, type Int64, model, type ModelProto, type NodeProto, type TensorProto, type ValueInfoProto
} from './onnx-schema.ts'
import { byteLength, dataType, DATA_TYPES, type DataType, shapeText, type Tensor } from './tensor.ts'

/**
 * Decodes an ONNX file and checks that its nodes are in order. Tensors are views of `bytes`, which must not change afterwards.
 * @throws {Error} ConversionError when it is damaged, or uses an unsupported feature: functions, subgraphs, sparse or external tensors.
 */
export function decode (bytes: Uint8Array): Graph {
  const { graph, opset_import: opsets = [], functions = [], metadata_props: metadata = [] } = parse(bytes)
  if (!graph?.node?.length || opsets.length === 0) throw conversionError('The file holds no ONNX graph.')
  if (functions.length > 0 || graph.sparse_initializer?.length) throw conversionError('ONNX functions and sparse tensors are not supported.')
  return check({
    name: graph.name ?? '',
    opsets: new Map(opsets.map(({ domain = '', version = 0 }) => [domain === 'ai.onnx' ? '' : domain, toNumber(version)])),
    inputs: (graph.input ?? []).map(toValue),
    outputs: (graph.output ?? []).map(toValue),
    initializers: new Map((graph.initializer ?? []).map((tensor) => [tensor.name ?? '', toTensor(tensor, `The tensor ${tensor.name}`)])),
    nodes: graph.node.map(toNode),
    metadata: new Map(metadata.map(({ key = '', value = '' }) => [key, value]))
  })
}

function parse (bytes: Uint8Array): ModelProto {
  try {
    const reader = Reader.create(bytes)
    reader.discardUnknown = true
    // The interfaces beside the schema declare what reflection cannot tell TypeScript.
    return model.decode(reader) as unknown as ModelProto
  } catch (cause) {
    throw conversionError(`The file is no ONNX model, or cut off (${bytes.length} bytes).`, cause)
  }
}

/** Beyond 2⁵³ there are only values that stand for infinity: a Slice that takes all the rest ends at 2⁶³ − 1. */
const toNumber = (value: Int64): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, typeof value === 'number' ? value : value.toNumber()))

function toNode ({ input = [], output = [], name = '', op_type: op = '', domain = '', attribute = [] }: NodeProto): Node {
  const attributes: NodeAttributes = Object.fromEntries(attribute.map((proto) => [proto.name ?? '', toAttribute(proto, label({ op, name, outputs: output }))]))
  return { op, name, inputs: input, outputs: output, attributes, domain: domain === 'ai.onnx' ? '' : domain }
}

function toAttribute (proto: AttributeProto, owner: string): Attribute {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(given(bytes))
  switch (proto.type) {
    case ATTRIBUTE_TYPES.float: return { type: 'float', value: proto.f ?? 0 }
    case ATTRIBUTE_TYPES.int: return { type: 'int', value: toNumber(proto.i ?? 0) }
    case ATTRIBUTE_TYPES.string: return { type: 'string', value: text(given(proto.s)) }
    case ATTRIBUTE_TYPES.tensor: return { type: 'tensor', value: toTensor(proto.t ?? {}, `${proto.name} of ${owner}`) }
    case ATTRIBUTE_TYPES.floats: return { type: 'floats', value: proto.floats ?? [] }
    case ATTRIBUTE_TYPES.ints: return { type: 'ints', value: (proto.ints ?? []).map(toNumber) }
    case ATTRIBUTE_TYPES.strings: return { type: 'strings', value: (proto.strings ?? []).map(text) }
    default: throw conversionError(`${proto.name} of ${owner} is an attribute of type ${proto.type}, which is not supported.`)
  }
}

function toValue ({ name = '', type }: ValueInfoProto): Value {
  const tensor = type?.tensor_type
  if (!tensor) throw conversionError(`${name} is no tensor.`)
  return {
    name,
    type: dataType(tensor.elem_type ?? 0, name),
    // A size of 0, which protobufjs returns for an absent one, or below (−1 of some exporters) is an unknown size.
    dims: tensor.shape?.dim?.map(({ dim_value: size = 0, dim_param: symbol }, i): Dim => toNumber(size) > 0 ? toNumber(size) : symbol || `${name}_${i}`)
  }
}

function toTensor (proto: TensorProto, what: string): Tensor {
  const type = dataType(proto.data_type ?? 0, what)
  const dims = (proto.dims ?? []).map(toNumber)
  if (proto.external_data?.length) throw conversionError(`${what} lies in another file, which is not supported.`)
  if (dims.some((dim) => dim < 0)) throw conversionError(`${what} has the impossible shape ${shapeText(dims)}.`)
  const bytes = dataOf(proto, type)
  const expected = byteLength({ type, dims })
  if (bytes.length !== expected) throw conversionError(`${what} has ${bytes.length} bytes; its shape ${shapeText(dims)} of ${type} needs ${expected}.`)
  return { type, dims, bytes: () => bytes }
}

/** protobufjs returns an empty Array for absent bytes. */
const given = (bytes: Uint8Array | undefined): Uint8Array => bytes?.length ? bytes : new Uint8Array()

/** Returns the elements, little-endian: from `raw_data`, or from the field that onnx.proto has for their type. */
function dataOf (
  { raw_data: raw, float_data: float, double_data: double, int32_data: int32s = [], int64_data: int64s = [] }: TensorProto,
  type: DataType
): Uint8Array {
  if (raw?.length) return raw
  if (type === 'float32' || type === 'float64') return given(type === 'float32' ? float : double)
  if (type === 'int64') return new Uint8Array(BigInt64Array.from(int64s, (value) => BigInt(value.toString())).buffer)
  // Narrow types are stored as one int32 an element.
  const { size } = DATA_TYPES[type]
  const bytes = new Uint8Array(int32s.length * size)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of int32s.entries()) {
    if (size === 1) view.setUint8(i, value)
    else if (size === 2) view.setUint16(i * 2, value, true)
    else view.setInt32(i * 4, value, true)
  }
  return bytes
}
