import { conversionError } from '../../conversion-error.ts'
import { fromHalf } from '../../graph/half-floats.ts'
import { byteLength, elements, int64, lazy, shapeText, type Tensor } from '../../graph/tensor.ts'
import { DATA_TYPES, type TensorProto, toNumber } from './graph-def-schema.ts'

/**
 * Reads the value of a Const node. Raw content stays a view of the file, except half precision, which becomes float32. A list of values may
 * be shorter than the tensor: its last value then fills the rest (tensor.proto). More than `limit` elements count as damage.
 * @throws {Error} ConversionError when the type is not supported, or the values do not fill the shape.
 */
export function readTensor (name: string, { dtype, tensor_shape: shape, tensor_content: content, ...listed }: TensorProto, limit: number): Tensor {
  const [, type] = DATA_TYPES[dtype as keyof typeof DATA_TYPES] ?? []
  if (!type) throw conversionError(`The constant ${name} has the data type ${dtype}, which is not supported.`)
  const dims = (shape?.dim ?? []).map(({ size }) => toNumber(size))
  const count = elements(dims)
  if (dims.some((dim) => dim < 0) || !(count <= limit)) throw conversionError(`The constant ${name} has the impossible shape ${shapeText(dims)}.`)
  if (content.length > 0) {
    const expected = byteLength({ type, dims })
    if (content.length !== expected) throw conversionError(`The constant ${name} has ${content.length} bytes; its shape ${shapeText(dims)} needs ${expected}.`)
    return type === 'float16' ? lazy(dims, () => fromHalf(content)) : { type, dims, bytes: () => content }
  }
  switch (type) {
    case 'float32': return lazy(dims, () => Float32Array.from(filled(listed.float_val, count)))
    case 'float16': return lazy(dims, () => fromHalf(new Uint8Array(Uint16Array.from(filled(listed.half_val, count)).buffer)))
    case 'int32': return { type, dims, bytes: () => new Uint8Array(Int32Array.from(filled(listed.int_val, count)).buffer) }
    case 'int64': return int64(filled(listed.int64_val.map(toNumber), count), dims)
    case 'uint8': return { type, dims, bytes: () => Uint8Array.from(filled(listed.int_val, count)) }
    case 'bool': return { type, dims, bytes: () => Uint8Array.from(filled(listed.bool_val.map(Number), count)) }
  }
}

function filled (values: readonly number[], count: number): number[] {
  const last = values.at(-1) ?? 0
  return Array.from({ length: count }, (_, i) => values[i] ?? last)
}
