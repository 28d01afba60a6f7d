import { inflateSync } from 'node:zlib'
import { conversionError } from '../../../conversion-error.ts'
import { fletcher32 } from './checksum.ts'
import { type Cursor, damaged } from './hdf5-cursor.ts'

/** HDF5 filters that h5py applies by name: `compression='gzip'`, `shuffle=True`, `fletcher32=True`. */
const [DEFLATE, SHUFFLE, FLETCHER32] = [1, 2, 3] as const

/** A filter that was applied to every chunk when it was written. Lists of filters are in the order of application. */
export interface Filter {
  readonly id: number
  /** Parameters of the filter; for `SHUFFLE` the element size. */
  readonly values: readonly number[]
}

/** Reads a filter pipeline message. Format Specification 3.0, IV.A.2.l. @throws {Error} ConversionError for an unsupported filter. */
export function readFilters (message: Cursor | undefined): Filter[] {
  if (!message) return []
  const [version, count] = [message.uint(1), message.uint(1)]
  if (version !== 1 && version !== 2) throw damaged(`a filter message has version ${version}`)
  if (version === 1) message.take(6)
  return Array.from({ length: count }, () => {
    const id = message.uint(2)
    if (id !== DEFLATE && id !== SHUFFLE && id !== FLETCHER32) {
      throw conversionError(`The HDF5 file is compressed with filter ${id}; gzip, shuffle and fletcher32 are supported. Save it again with one of these.`)
    }
    const nameSize = version === 1 ? message.uint(2) : 0
    message.take(2)
    const values = message.uint(2)
    message.take(Math.ceil(nameSize / 8) * 8)
    const filter = { id, values: Array.from({ length: values }, () => message.uint(4)) }
    if (version === 1 && values % 2 === 1) message.take(4)
    return filter
  })
}

/**
 * Undoes the filters of a stored chunk; when bit i of `mask` is set, filter i was skipped.
 * @throws {Error} ConversionError when the result does not have `size` bytes.
 */
export function unfilter (stored: Uint8Array, filters: readonly Filter[], mask: number, size: number): Uint8Array {
  const applied = filters.filter((_, i) => ((mask >>> i) & 1) === 0)
  const data = applied.reduceRight((bytes, filter) => undo(bytes, filter, size), stored)
  if (data.length !== size) throw damaged(`a chunk has ${data.length} bytes instead of ${size}`)
  return data
}

function undo (bytes: Uint8Array, { id, values }: Filter, size: number): Uint8Array {
  if (id === DEFLATE) return inflate(bytes, size)
  if (id === SHUFFLE) return unshuffle(bytes, values[0] ?? 0)
  const data = bytes.subarray(0, Math.max(0, bytes.length - 4))
  const sum = bytes.subarray(data.length)
  const found = fletcher32(data)
  if (sum.length !== 4 || sum.some((byte, i) => byte !== ((found >>> (8 * i)) & 0xff))) throw damaged('a chunk does not have its checksum')
  return data
}

/** Decompresses a chunk. Besides its data, a chunk contains at most the checksum of another filter. */
function inflate (bytes: Uint8Array, size: number): Uint8Array {
  try {
    return inflateSync(bytes, { maxOutputLength: size + 64 })
  } catch (cause) {
    throw damaged('a chunk cannot be decompressed', cause)
  }
}

/** Undoes a shuffle, which stores the first bytes of all elements, then the second bytes, and so on. */
function unshuffle (bytes: Uint8Array, elementSize: number): Uint8Array {
  if (elementSize < 1 || elementSize > bytes.length) throw damaged(`a chunk of ${bytes.length} bytes is shuffled by ${elementSize}`)
  const count = Math.floor(bytes.length / elementSize)
  // Trailing bytes that do not fill an element stay in place. (`slice` of a Buffer would return a view.)
  const data = Uint8Array.from(bytes)
  for (let byte = 0; byte < elementSize; byte++) {
    for (let i = 0; i < count; i++) data[i * elementSize + byte] = bytes[byte * count + i]!
  }
  return data
}
