import { conversionError } from '../../../conversion-error.ts'
import { type Cursor, cursorAt, damaged, type Source, structureAt } from './hdf5-cursor.ts'

/** Element type of a dataset or attribute; `size` is in bytes. */
export type ElementType =
  | { readonly kind: 'float32' | 'other', readonly size: number }
  | { readonly kind: 'text', readonly size: number }
  | { readonly kind: 'variable text', readonly size: number }

/** Reads the sizes in a dataspace message: [] for a scalar, undefined for a null dataspace. Format Specification 3.0, IV.A.2.b. */
export function readDataspace (message: Cursor): number[] | undefined {
  const [version, rank] = [message.uint(1), message.uint(1)]
  message.take(1)
  if (version !== 1 && version !== 2) throw damaged(`a dataspace has version ${version}`)
  // Reserved in version 1; version 2 stores a kind instead, of which 2 is "null".
  if (version === 1) message.take(5)
  else if (message.uint(1) === 2) return undefined
  if (rank > 32) throw damaged(`a dataspace has ${rank} dimensions`)
  return Array.from({ length: rank }, () => message.length())
}

const [FLOAT, STRING, VARIABLE] = [1, 3, 9] as const

/** Reads a datatype message. Format Specification 3.0, IV.A.2.d. */
export function readDatatype (message: Cursor): ElementType {
  const kind = message.uint(1) & 0x0f
  const bits = message.uint(1)
  message.take(2)
  const size = message.uint(4)
  if (size === 0) throw damaged('a datatype has no bytes')
  if (kind === FLOAT) {
    // Little-endian IEEE 754 single precision: 8 exponent bits at bit 23, bias 127.
    const [offset, precision, exponentAt, exponentBits, , mantissaBits, bias] = [
      message.uint(2), message.uint(2), message.uint(1), message.uint(1), message.uint(1), message.uint(1), message.uint(4)
    ]
    const single = size === 4 && (bits & 0x41) === 0 && offset === 0 && precision === 32 &&
      exponentAt === 23 && exponentBits === 8 && mantissaBits === 23 && bias === 127
    return { kind: single ? 'float32' : 'other', size }
  }
  if (kind === STRING) return { kind: 'text', size }
  if (kind === VARIABLE && (bits & 0x0f) === 1) return { kind: 'variable text', size }
  return { kind: 'other', size }
}

/**
 * Reads the texts of an attribute. An empty list may be of any type (NumPy makes it float64).
 * @throws {Error} ConversionError when it holds something other than text.
 */
export function readTexts (source: Source, type: ElementType, count: number, data: Cursor): string[] {
  if (count * type.size > data.left()) throw damaged(`an attribute of ${count} elements has ${data.left()} bytes`)
  if (count === 0) return []
  if (type.kind === 'text') return Array.from({ length: count }, () => data.text(type.size).trimEnd())
  if (type.kind !== 'variable text') throw conversionError('An attribute of the HDF5 file holds no text.')
  let total = 0
  return Array.from({ length: count }, () => {
    const [size, collection, index] = [data.uint(4), data.address(), data.uint(4)]
    total += size
    if (total > source.bytes.length) throw damaged('its texts are longer than the file')
    return size === 0 ? '' : heapObject(source, collection, index, size).text(size)
  })
}

/** Returns object `index` of the global heap collection at `address`. Format Specification 3.0, III.E. */
function heapObject (source: Source, address: number | undefined, index: number, size: number): Cursor {
  const head = structureAt(source, address, 'GCOL')
  head.take(4)
  const end = address! + head.length()
  const heap = cursorAt(source, head.at(), end)
  while (heap.left() >= 8 + source.lengthSize) {
    const found = heap.uint(2)
    heap.take(6)
    const length = heap.length()
    if (found === 0) break
    const object = heap.part(length)
    if (found === index && size <= length) return object
    heap.take(Math.min(heap.left(), -length & 7))
  }
  throw damaged(`the heap at byte ${address} has no object ${index} of ${size} bytes`)
}
