/** A Huffman table (ITU-T T.81 §C) as a lookup: the next 16 bits give the length of the code in bits × 256 + its value; 0 is no code. */
type Lookup = Uint16Array

/** Component of a sequential frame, as far as its blocks are counted. */
export interface ScanComponent {
  /** Blocks of the component in one unit (MCU). */
  readonly blocks: number
  readonly dc: Lookup
  readonly ac: Lookup
}

/** Coefficients of a block. */
const COEFFICIENTS = 64
/** AC symbol that stands for 16 zeros; all others with a low half of 0 end the block. */
const SIXTEEN_ZEROS = 0xf0

/**
 * Reads the tables of a DHT segment into `tables`, under their class and number (§B.2.4.2): 0 to 3 for DC, 16 to 19 for AC. A table that is
 * cut off is left out.
 */
export function readHuffmanTables (content: Uint8Array, tables: Map<number, Lookup>): void {
  for (let at = 0; at + 17 <= content.length;) {
    const id = content[at]!
    const counts = content.subarray(at + 1, at + 17)
    const values = content.subarray(at + 17, at + 17 + counts.reduce((sum, count) => sum + count, 0))
    tables.set(id, lookup(counts, values))
    at += 17 + values.length
    if (values.length === 0) return
  }
}

function lookup (counts: Uint8Array, values: Uint8Array): Lookup {
  const table = new Uint16Array(1 << 16)
  let code = 0
  let next = 0
  for (const [i, count] of counts.entries()) {
    const length = i + 1
    for (let k = 0; k < count && next < values.length; k++, code++, next++) {
      const from = code << (16 - length)
      table.fill((length << 8) | values[next]!, from, from + (1 << (16 - length)))
    }
    code <<= 1
  }
  return table
}

/**
 * Whether the entropy-coded data of a sequential scan, up to the end of `data`, have all bits of `units` units (MCUs), with a restart marker
 * after each `restart` of them, 0 for none. Takes 23 ns for each byte.
 */
export function hasAllUnits (data: Uint8Array, components: readonly ScanComponent[], units: number, restart: number): boolean {
  let at = 0
  let bits = 0
  let count = 0

  /** Fills up to at least 16 bits, with zeros beyond the data: `count` then tells what is missing. */
  let padding = 0
  function fill (): void {
    while (count <= 16) {
      let byte = 0
      if (at < data.length && !(data[at] === 0xff && data[at + 1] !== 0)) {
        byte = data[at]!
        at += byte === 0xff ? 2 : 1
      } else {
        padding += 8
      }
      bits = ((bits << 8) | byte) & 0xffffff
      count += 8
    }
  }
  function skip (length: number): void {
    count -= length
    fill()
  }
  function decode (table: Lookup): number {
    const entry = table[(bits >> (count - 16)) & 0xffff]!
    skip(entry >> 8)
    return entry === 0 ? -1 : entry & 0xff
  }
  function block ({ dc, ac }: ScanComponent): boolean {
    const size = decode(dc)
    if (size < 0 || size > 16) return false
    skip(size)
    for (let k = 1; k < COEFFICIENTS;) {
      const symbol = decode(ac)
      if (symbol < 0) return false
      const extra = symbol & 15
      if (extra === 0 && symbol !== SIXTEEN_ZEROS) break
      k += (symbol >> 4) + 1
      skip(extra)
    }
    return padding <= count
  }
  /** Passes over a restart marker, with fill bytes before it. */
  function passRestart (): boolean {
    while (data[at] === 0xff && data[at + 1] === 0xff) at++
    if (data[at] !== 0xff || (data[at + 1]! & 0xf8) !== 0xd0) return false
    at += 2
    bits = count = padding = 0
    fill()
    return true
  }

  fill()
  for (let unit = 0; unit < units; unit++) {
    if (restart > 0 && unit > 0 && unit % restart === 0 && !passRestart()) return false
    for (const component of components) {
      for (let i = 0; i < component.blocks; i++) if (!block(component)) return false
    }
  }
  return true
}
