import { Writer } from 'protobufjs'
import { conversionError } from '../conversion-error.ts'
import { uniqueNames } from './fresh-names.ts'
import type { Attribute, Graph, Node, Value } from './graph.ts'
import * as schema from './onnx-schema.ts'
import { byteLength, DATA_TYPES, type Tensor } from './tensor.ts'

/** IR version of ONNX 1.12, the first with operator set 17: every ONNX runtime of recent years reads it. */
const IR_VERSION = 8

/** Limit of a protocol buffer: 2 GiB. */
const LARGEST = 2 ** 31 - 1

/** Tags of the fields that are written by hand: field number × 8 + 2 (length-delimited). */
const TAGS = { graphOfModel: 58, initializerOfGraph: 42, rawDataOfTensor: 74 }

/**
 * Encodes `graph` as an ONNX file. protobufjs encodes everything except the weights; those are computed one at a time, large ones in
 * pieces.
 * @throws {Error} ConversionError when the file would exceed 2 GiB.
 */
export function encode (graph: Graph): Uint8Array {
  const weights = [...graph.initializers].map(([name, tensor]) => {
    const head = schema.tensor.encode({ name, dims: tensor.dims, data_type: DATA_TYPES[tensor.type].code }).finish()
    const size = byteLength(tensor)
    const prefix = lengthAfter(TAGS.rawDataOfTensor, size)
    const length = head.length + prefix.length + size
    return { tensor, parts: [lengthAfter(TAGS.initializerOfGraph, length), head, prefix], size }
  })
  // ONNX Runtime refuses two nodes of the same name, but accepts any number without a name.
  const unique = uniqueNames()
  const body = schema.graph.encode({
    name: graph.name,
    node: graph.nodes.map((node) => fromNode({ ...node, name: node.name && unique(node.name) })),
    input: graph.inputs.map(fromValue),
    output: graph.outputs.map(fromValue)
  }).finish()
  const graphLength = body.length + sum(weights.map(({ parts, size }) => sum(parts.map(({ length }) => length)) + size))
  const head = schema.model.encode({
    ir_version: IR_VERSION,
    opset_import: Array.from(graph.opsets, ([domain, version]) => ({ domain, version })),
    producer_name: 'visage',
    metadata_props: Array.from(graph.metadata, ([key, value]) => ({ key, value }))
  }).finish()
  const prefix = lengthAfter(TAGS.graphOfModel, graphLength)
  const total = head.length + prefix.length + graphLength
  if (total > LARGEST) throw conversionError(`The graph would take ${total} bytes; an ONNX file can have ${LARGEST}.`)

  const file = new Uint8Array(total)
  let at = 0
  const write = (bytes: Uint8Array) => { file.set(bytes, at); at += bytes.length }
  for (const bytes of [head, prefix, body]) write(bytes)
  for (const { tensor, parts, size } of weights) {
    for (const bytes of parts) write(bytes)
    const end = at + size
    for (const data of tensor.pieces?.() ?? [tensor.bytes()]) {
      if (at + data.length > end) throw conversionError(`A tensor has more than the ${size} bytes that its shape needs.`)
      write(data)
    }
    if (at !== end) throw conversionError(`A tensor has ${size - (end - at)} bytes where its shape needs ${size}.`)
  }
  return file
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const lengthAfter = (tag: number, length: number): Uint8Array => Writer.create().uint32(tag).uint32(length).finish()

const fromNode = ({ op, name, inputs, outputs, attributes, domain }: Node): schema.NodeProto => ({
  op_type: op,
  name,
  input: inputs,
  output: outputs,
  domain,
  attribute: Object.entries(attributes).map(([name, attribute]) => ({ name, type: schema.ATTRIBUTE_TYPES[attribute.type], ...fromAttribute(attribute) }))
})

function fromAttribute ({ type, value }: Attribute): schema.AttributeProto {
  switch (type) {
    case 'float': return { f: value }
    case 'int': return { i: value }
    case 'string': return { s: new TextEncoder().encode(value) }
    case 'floats': return { floats: value }
    case 'ints': return { ints: value }
    case 'strings': return { strings: value.map((text) => new TextEncoder().encode(text)) }
    case 'tensor': return { t: fromTensor(value) }
  }
}

const fromTensor = (tensor: Tensor): schema.TensorProto =>
  ({ dims: tensor.dims, data_type: DATA_TYPES[tensor.type].code, raw_data: tensor.bytes() })

const fromValue = ({ name, type, dims }: Value): schema.ValueInfoProto => ({
  name,
  type: {
    tensor_type: {
      elem_type: DATA_TYPES[type].code,
      ...(dims && { shape: { dim: dims.map((dim) => typeof dim === 'number' ? { dim_value: dim } : { dim_param: dim }) } })
    }
  }
})
