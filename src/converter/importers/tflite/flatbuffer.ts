import { conversionError } from '../../conversion-error.ts'

/** Position of a table in its file. */
export type Table = number

/**
 * Reads the tables of a FlatBuffer. A field is addressed by its id, its index in the schema; a field absent from the file has its default.
 *
 * Every method throws a ConversionError when the file points outside of itself.
 */
export interface FlatBuffer {
  readonly root: Table
  readonly int8: (table: Table, id: number, otherwise?: number) => number
  readonly int32: (table: Table, id: number, otherwise?: number) => number
  readonly uint32: (table: Table, id: number, otherwise?: number) => number
  readonly float32: (table: Table, id: number, otherwise?: number) => number
  readonly text: (table: Table, id: number) => string
  readonly table: (table: Table, id: number) => Table | undefined
  readonly tables: (table: Table, id: number) => Table[]
  readonly int32s: (table: Table, id: number) => number[]
  readonly int64s: (table: Table, id: number) => number[]
  readonly float32s: (table: Table, id: number) => number[]
  /** A view of the file, not a copy; undefined when the field is absent. */
  readonly bytes: (table: Table, id: number) => Uint8Array | undefined
}

/**
 * Opens the FlatBuffer in `bytes`. Layout (flatbuffers 25.12, docs/source/internals.md): little-endian; a table starts with the signed
 * distance back to its vtable, which holds its own size, the table's size, and one uint16 offset per field.
 *
 * A file may refer to one place many times, so the total of bytes copied from it is limited to its size.
 * @throws {Error} ConversionError when the file is truncated or lacks the `identifier`.
 */
export function openFlatBuffer (bytes: Uint8Array, identifier: string): FlatBuffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let left = bytes.length

  /** Returns `at` after checking that `length` bytes lie there. */
  function within (at: number, length: number): number {
    if (at < 0 || at + length > bytes.length) throw conversionError(`The file is damaged or cut off: it points at byte ${at + length} of ${bytes.length}.`)
    return at
  }

  function spend (length: number): void {
    left -= length
    if (left < 0) throw conversionError(`The file is damaged: it uses some of its ${bytes.length} bytes many times.`)
  }

  const uint32 = (at: number): number => view.getUint32(within(at, 4), true)
  const uint16 = (at: number): number => view.getUint16(within(at, 2), true)

  /** Position of a field; undefined when it is absent. */
  function field (table: Table, id: number): number | undefined {
    const vtable = table - view.getInt32(within(table, 4), true)
    const slot = 4 + 2 * id
    const offset = slot + 2 <= uint16(vtable) ? uint16(vtable + slot) : 0
    return offset === 0 ? undefined : table + offset
  }

  /** Target of a field that holds an offset; undefined when it is absent. */
  function target (table: Table, id: number): number | undefined {
    const place = field(table, id)
    return place === undefined ? undefined : place + uint32(place)
  }

  const scalar = (length: number, read: (at: number) => number) => (table: Table, id: number, otherwise = 0): number => {
    const place = field(table, id)
    return place === undefined ? otherwise : read(within(place, length))
  }

  const vector = (length: number, read: (at: number) => number) => (table: Table, id: number): number[] => {
    const place = target(table, id)
    if (place === undefined) return []
    const count = uint32(place)
    const start = within(place + 4, count * length)
    spend(count * length)
    return Array.from({ length: count }, (_, i) => read(start + i * length))
  }

  function raw (table: Table, id: number): Uint8Array | undefined {
    const place = target(table, id)
    if (place === undefined) return undefined
    const length = uint32(place)
    const start = within(place + 4, length)
    return bytes.subarray(start, start + length)
  }

  const found = new TextDecoder().decode(bytes.subarray(4, 8))
  if (found !== identifier) throw conversionError(`The file does not start like a FlatBuffer of kind ${identifier} (${bytes.length} bytes).`)
  return {
    root: uint32(0),
    int8: scalar(1, (at) => view.getInt8(at)),
    int32: scalar(4, (at) => view.getInt32(at, true)),
    uint32: scalar(4, uint32),
    float32: scalar(4, (at) => view.getFloat32(at, true)),
    text (table, id) {
      const text = raw(table, id) ?? new Uint8Array()
      spend(text.length)
      return new TextDecoder().decode(text)
    },
    table: target,
    tables: vector(4, (at) => at + uint32(at)),
    int32s: vector(4, (at) => view.getInt32(at, true)),
    int64s: vector(8, (at) => Number(view.getBigInt64(at, true))),
    float32s: vector(4, (at) => view.getFloat32(at, true)),
    bytes: raw
  }
}
