import { conversionError } from '../conversion-error.ts'
import { fromHalf } from '../graph/half-floats.ts'
import { type DataType, elements, shapeText, type Tensor } from '../graph/tensor.ts'

/**
 * Element types of foreign files: bytes per element, and the type of the resulting tensor. Floating-point types become float32 and short
 * integers int32, the types that graphs compute with; where they differ, `widen` converts little-endian bytes.
 */
const TYPES = {
  float32: { size: 4, type: 'float32' },
  float16: { size: 2, type: 'float32', widen: (bytes) => bytesOf(fromHalf(bytes)) },
  /** The upper half of a float32: Google's brain float. */
  bfloat16: { size: 2, type: 'float32', widen: (bytes) => each(bytes, 2, (view, at) => view.getUint16(at, true) * 2 ** 16, Uint32Array) },
  float64: { size: 8, type: 'float32', widen: (bytes) => each(bytes, 8, (view, at) => view.getFloat64(at, true), Float32Array) },
  int8: { size: 1, type: 'int8' },
  uint8: { size: 1, type: 'uint8' },
  bool: { size: 1, type: 'bool' },
  int16: { size: 2, type: 'int32', widen: (bytes) => each(bytes, 2, (view, at) => view.getInt16(at, true), Int32Array) },
  uint16: { size: 2, type: 'int32', widen: (bytes) => each(bytes, 2, (view, at) => view.getUint16(at, true), Int32Array) },
  int32: { size: 4, type: 'int32' },
  int64: { size: 8, type: 'int64' }
} as const satisfies Readonly<Record<string, Kind>>

interface Kind {
  readonly size: number
  readonly type: DataType
  readonly widen?: (bytes: Uint8Array) => Uint8Array
}

export type StoredType = keyof typeof TYPES

export const sizeOf = (type: StoredType): number => TYPES[type].size

/** A sequence of numbers, as stored in a file. */
export interface Stored {
  readonly type: StoredType
  readonly littleEndian: boolean
  readonly bytes: Uint8Array
}

/**
 * Positions of a tensor's elements in a sequence, counted in elements: element (i, j, …) lies at offset + i · strides[0] + j · strides[1] +
 * …; 'C' and 'Fortran' are contiguous from the start of the sequence, with the last axis fastest (C) or the first (Fortran).
 */
export interface Layout {
  readonly dims: readonly number[]
  readonly strides: readonly number[] | 'C' | 'Fortran'
  readonly offset?: number
}

/** Maximum number of axes, the limit of NumPy and PyTorch. */
const MAX_RANK = 64

const packed = (dims: readonly number[], order: 'C' | 'Fortran'): number[] =>
  dims.map((_, axis) => elements(order === 'C' ? dims.slice(axis + 1) : dims.slice(0, axis)))

/**
 * Creates a tensor over a sequence of numbers, a view if possible. It must not have more elements than the sequence: with strides that
 * repeat elements, a small file could claim any amount of memory.
 * @throws {Error} ConversionError when the tensor extends beyond the sequence; `what` names it.
 */
export function tensorOver ({ type, littleEndian, bytes }: Stored, { dims, strides: given, offset = 0 }: Layout, what: string): Tensor {
  if (dims.length > MAX_RANK) throw conversionError(`${what} has ${dims.length} axes; at most ${MAX_RANK} are possible.`)
  const strides = typeof given === 'string' ? packed(dims, given) : given
  const { size, type: result, widen }: Kind = TYPES[type]
  const count = elements(dims)
  const held = Math.floor(bytes.length / size)
  const last = count === 0 ? -1 : offset + dims.reduce((sum, dim, axis) => sum + (dim - 1) * strides[axis]!, 0)
  if (strides.length !== dims.length || !(last < held && count <= held)) throw conversionError(`${what} of shape ${shapeText(dims)}, strides ${shapeText(strides)} and offset ${offset} reaches beyond the ${held} numbers that hold it.`)
  const straight = packed(dims, 'C').every((stride, axis) => dims[axis] === 1 || stride === strides[axis])
  const ordered = (): Uint8Array => straight ? bytes.subarray(offset * size, (offset + count) * size) : gathered(bytes, size, { dims, strides, offset })
  const native = littleEndian || size === 1 ? ordered : () => swapped(ordered(), size)
  return { type: result, dims, bytes: widen ? () => widen(native()) : native }
}

/** Copies the elements into C order. */
function gathered (from: Uint8Array, size: number, { dims, strides, offset }: {
  readonly dims: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
}): Uint8Array {
  const to = new Uint8Array(elements(dims) * size)
  const at = dims.map(() => 0)
  let source = offset
  for (let i = 0; i < to.length; i += size) {
    for (let b = 0; b < size; b++) to[i + b] = from[source * size + b]!
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      source += strides[axis]!
      if (++at[axis]! < dims[axis]!) break
      source -= strides[axis]! * dims[axis]!
      at[axis] = 0
    }
  }
  return to
}

/** Reverses the bytes of every element. */
function swapped (from: Uint8Array, size: number): Uint8Array {
  const to = new Uint8Array(from.length)
  for (let i = 0; i < to.length; i++) to[i] = from[i - i % size + size - 1 - i % size]!
  return to
}

function each (
  bytes: Uint8Array,
  size: number,
  read: (view: DataView, at: number) => number,
  Values: Uint32ArrayConstructor | Int32ArrayConstructor | Float32ArrayConstructor
): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = new Values(Math.floor(bytes.length / size))
  for (let i = 0; i < values.length; i++) values[i] = read(view, i * size)
  return bytesOf(values)
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)
