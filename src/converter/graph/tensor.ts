import { conversionError } from '../conversion-error.ts'

/** Supported element types: their `TensorProto.DataType` (onnx.proto) and size in bytes. */
export const DATA_TYPES = {
  float32: { code: 1, size: 4 },
  uint8: { code: 2, size: 1 },
  int8: { code: 3, size: 1 },
  int32: { code: 6, size: 4 },
  int64: { code: 7, size: 8 },
  bool: { code: 9, size: 1 },
  float16: { code: 10, size: 2 },
  float64: { code: 11, size: 8 }
} as const

export type DataType = keyof typeof DATA_TYPES

/**
 * A constant. Its bytes (little-endian, row-major) are computed anew on each request: a graph whose weights were transposed and scaled
 * holds recipes over the published file and no copies, so converting takes little more memory than the file and the result.
 */
export interface Tensor {
  readonly type: DataType
  readonly dims: readonly number[]
  readonly bytes: () => Uint8Array
  /** The same bytes in pieces, for tensors that need not be in memory all at once. The next piece may overwrite this one. */
  readonly pieces?: () => Iterable<Uint8Array>
}

/** Number of elements in a piece: 1 MB of float32. */
export const PIECE = 2 ** 18

/** Number of elements of a shape; 1 for a scalar. */
export const elements = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1)

export const byteLength = ({ type, dims }: Pick<Tensor, 'type' | 'dims'>): number => elements(dims) * DATA_TYPES[type].size

/** Returns the data type of `code`. @throws {Error} ConversionError for an unsupported one; `what` names its owner in the message. */
export function dataType (code: number, what: string): DataType {
  const found = Object.entries(DATA_TYPES).find(([, { code: ours }]) => ours === code)
  if (!found) throw conversionError(`${what} has data type ${code}, which is not supported.`)
  return found[0] as DataType
}

/** Makes a float32 tensor. @throws {Error} ConversionError when `values` do not fill `dims`. */
export const float32 = (values: Float32Array, dims: readonly number[] = [values.length]): Tensor => {
  if (values.length !== elements(dims)) throw conversionError(`${values.length} values do not make a tensor of shape ${shapeText(dims)}.`)
  return { type: 'float32', dims, bytes: () => bytesOf(values) }
}

export const scalar = (value: number): Tensor => float32(Float32Array.of(value), [])

export const int64 = (values: readonly number[], dims: readonly number[] = [values.length]): Tensor =>
  ({ type: 'int64', dims, bytes: () => bytesOf(BigInt64Array.from(values, BigInt)) })

/** Makes a float32 tensor that is computed from others; `values` is called when its bytes are needed. */
export const lazy = (dims: readonly number[], values: () => Float32Array): Tensor =>
  ({ type: 'float32', dims, bytes: () => bytesOf(values()) })

/** Like `lazy`, for weights of up to half a gigabyte: `values` yields them in pieces and may reuse one array for all. */
export const piecewise = (dims: readonly number[], values: () => Iterable<Float32Array>): Tensor => ({
  type: 'float32',
  dims,
  * pieces () {
    for (const piece of values()) yield bytesOf(piece)
  },
  bytes () {
    const whole = new Float32Array(elements(dims))
    let at = 0
    for (const piece of values()) {
      whole.set(piece, at)
      at += piece.length
    }
    return bytesOf(whole)
  }
})

/** Yields the values of a float32 tensor in pieces: arrays that the caller may write to until it takes the next one. */
export function * floatPieces (tensor: Tensor): Generator<Float32Array> {
  if (tensor.pieces) {
    for (const { buffer, byteOffset, byteLength } of tensor.pieces()) yield new Float32Array(buffer, byteOffset, byteLength / 4)
    return
  }
  const all = floats(tensor)
  for (let at = 0; at < all.length; at += PIECE) yield all.slice(at, at + PIECE)
}

/** Returns the tensor with another shape of the same number of elements. */
export const reshaped = (tensor: Tensor, dims: readonly number[]): Tensor => ({ ...tensor, dims })

/** Returns the values of a float32 tensor: a view when alignment allows it, so read-only for the caller. */
export function floats (tensor: Tensor): Float32Array {
  if (tensor.type !== 'float32') throw conversionError(`A tensor of shape ${shapeText(tensor.dims)} is ${tensor.type}, float32 was expected.`)
  const bytes = tensor.bytes()
  // Not `slice`, which returns a view when called on a Buffer.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4)
}

/** Returns the values of an int32 or int64 tensor: axes, sizes, paddings. */
export function integers (tensor: Tensor): number[] {
  const { buffer } = new Uint8Array(tensor.bytes())
  if (tensor.type === 'int32') return Array.from(new Int32Array(buffer))
  if (tensor.type === 'int64') return Array.from(new BigInt64Array(buffer), Number)
  throw conversionError(`A tensor of shape ${shapeText(tensor.dims)} is ${tensor.type}, whole numbers were expected.`)
}

/**
 * Returns the tensor with its axes in the order `perm`: axis i of the result is axis perm[i] of `tensor`.
 * @throws {Error} ConversionError when it has another number of axes.
 */
export function transposed (tensor: Tensor, perm: readonly number[]): Tensor {
  const { dims } = tensor
  if (dims.length !== perm.length) throw conversionError(`A tensor of shape ${shapeText(dims)} should have ${perm.length} axes.`)
  const outer = perm.map((axis) => dims[axis]!)
  return lazy(outer, () => {
    const from = floats(tensor)
    const to = new Float32Array(from.length)
    const strides = perm.map((axis) => elements(dims.slice(axis + 1)))
    const at = outer.map(() => 0)
    let source = 0
    for (let i = 0; i < to.length; i++) {
      to[i] = from[source]!
      for (let axis = outer.length - 1; axis >= 0; axis--) {
        source += strides[axis]!
        if (++at[axis]! < outer[axis]!) break
        source -= strides[axis]! * outer[axis]!
        at[axis] = 0
      }
    }
    return to
  })
}

export const shapeText = (dims: ReadonlyArray<number | string>): string => `[${dims.join(', ')}]`

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)
