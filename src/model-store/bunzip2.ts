import { TruncatedError } from './fetch-failure.ts'

/** Magic numbers: a block starts with the digits of π, the end of the file with those of its square root. */
const BLOCK = 0x314159265359
const END = 0x177245385090
/** Symbols after which the table of codes changes. */
const GROUP = 50
/** Longest code, in bits. */
const LONGEST = 20
/** Symbols 0 and 1 (RUNA and RUNB) count repetitions of the byte at the front. */
const RUN_B = 1

/**
 * Unpacks a bzip2 file (Seward's bzip2 1.0.8; format as described by Joe Tsai, "BZIP2: Format Specification", 2016) of one stream,
 * block by block. A block has at most 900,000 bytes before the last run-length decoding and takes about 0.2 s, so call it in a thread
 * (`bunzip2-worker.ts`). The checksums are not verified: the sha256 of the result decides.
 * @throws {TruncatedError} when the file ends too early.
 * @throws {Error} when it is damaged.
 */
export function * bunzip2 (packed: Uint8Array): Generator<Uint8Array<ArrayBuffer>, void> {
  const bits = bitsOf(packed)
  const [b, z, h, level] = [bits(8), bits(8), bits(8), bits(8) - 0x30]
  if (b !== 0x42 || z !== 0x5a || h !== 0x68 || level < 1 || level > 9) throw damaged('its first bytes are none of bzip2')
  for (;;) {
    const magic = bits(24) * 2 ** 24 + bits(24)
    if (magic === END) return
    if (magic !== BLOCK) throw damaged('a block does not begin as blocks do')
    yield expandRuns(decodeBlock(bits, level * 100_000))
  }
}

interface Bits {
  /** Reads up to 24 bits, most significant first. */
  (count: number): number
  /** Returns the next bits without consuming them; zeros after the end. */
  peek: (count: number) => number
}

function bitsOf (bytes: Uint8Array): Bits {
  let at = 0
  let held = 0
  let holds = 0
  const peek = (count: number): number => {
    for (; holds < count; holds += 8) held = held << 8 | (bytes[at++] ?? 0)
    return held >>> holds - count & (2 ** count - 1)
  }
  const take = (count: number): number => {
    const value = peek(count)
    holds -= count
    if (8 * (at - bytes.length) > holds) throw new TruncatedError('the bzip2 file ends too early')
    return value
  }
  return Object.assign(take, { peek })
}

/** Decodes one block except the last run-length coding: Huffman codes, move-to-front, inverse Burrows-Wheeler transform. */
function decodeBlock (bits: Bits, most: number): Uint8Array {
  bits(24) // the checksum
  bits(8)
  if (bits(1)) throw damaged('it is of bzip2 0.9.0, randomised')
  const origin = bits(24)
  const alphabet = usedBytes(bits)
  const tables = bits(3)
  const selectors = Array.from({ length: bits(15) })
  const order = Array.from({ length: tables }, (_, i) => i)
  for (let i = 0; i < selectors.length; i++) {
    let j = 0
    while (bits(1)) if (++j >= tables) throw damaged('a selector is none')
    const [table] = order.splice(j, 1)
    order.unshift(table!)
    selectors[i] = table
  }
  const codes = Array.from({ length: tables }, () => symbolReader(codeLengths(bits, alphabet.length + 2)))

  // Decodes the last column of the sorted rotations: move-to-front indices, with runs of index 0 written as bijective base-2 numbers.
  const last = new Uint8Array(most)
  const end = alphabet.length + 1
  let size = 0
  let run = 0
  let weight = 1
  for (let i = 0; ; i++) {
    const symbol = codes[selectors[Math.floor(i / GROUP)] as number]?.(bits)
    if (symbol === undefined) throw damaged('a code is none, or a block has more symbols than it announced')
    if (symbol <= RUN_B) {
      run += weight << symbol
      weight *= 2
      if (run > most) throw damaged('a run is longer than a block')
      continue
    }
    if (size + run + 1 > most && !(symbol === end && size + run <= most)) throw damaged('a block is longer than it may be')
    last.fill(alphabet[0]!, size, size += run)
    run = 0
    weight = 1
    if (symbol === end) break
    const byte = alphabet[symbol - 1]!
    alphabet.copyWithin(1, 0, symbol - 1)
    alphabet[0] = last[size++] = byte
  }
  if (size > 0 && origin >= size) throw damaged('the origin of a block lies outside it')
  return invertTransform(last.subarray(0, size), origin)
}

/** Reads the set of bytes that occur in a block, ascending: a bit mask of the 16 ranges in use, then one mask for each of them. */
function usedBytes (bits: Bits): Uint8Array {
  const used = bits(16)
  const found: number[] = []
  for (let i = 0; i < 16; i++) {
    if (!(used >> 15 - i & 1)) continue
    const those = bits(16)
    for (let j = 0; j < 16; j++) if (those >> 15 - j & 1) found.push(16 * i + j)
  }
  if (found.length === 0) throw damaged('a block has no bytes')
  return Uint8Array.from(found)
}

/** Reads the code length of each symbol, in bits; they are written as differences. */
function codeLengths (bits: Bits, count: number): number[] {
  let length = bits(5)
  return Array.from({ length: count }, () => {
    while (bits(1)) length += bits(1) ? -1 : 1
    if (length < 1 || length > LONGEST) throw damaged(`a code is ${length} bits long`)
    return length
  })
}

/** Returns a reader of one symbol of a canonical Huffman code; it returns undefined where the bits match no code. */
function symbolReader (lengths: readonly number[]): (bits: Bits) => number | undefined {
  const sorted = Array.from(lengths, (_, symbol) => symbol).sort((a, b) => lengths[a]! - lengths[b]! || a - b)
  // By code length: the first value of LONGEST bits beyond all codes up to this length; and the distance from a code to its index in `sorted`.
  const limits: number[] = []
  const offsets: number[] = []
  for (let length = 1, code = 0, index = 0; length <= LONGEST; length++, code *= 2) {
    const count = lengths.filter((other) => other === length).length
    offsets[length] = index - code
    code += count
    index += count
    limits[length] = code * 2 ** (LONGEST - length)
  }
  const shortest = Math.min(...lengths)
  return (bits) => {
    const ahead = bits.peek(LONGEST)
    for (let length = shortest; length <= LONGEST; length++) {
      if (ahead < limits[length]!) return sorted[bits(length) + offsets[length]!]
    }
    return undefined
  }
}

/** Inverts the Burrows-Wheeler transform: `last` is the last column of the sorted rotations, `origin` the row of the text itself. */
function invertTransform (last: Uint8Array, origin: number): Uint8Array {
  const starts = new Uint32Array(257)
  for (const byte of last) starts[byte + 1]!++
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!
  const next = new Uint32Array(last.length)
  for (let i = 0; i < last.length; i++) next[starts[last[i]!]!++] = i
  const text = new Uint8Array(last.length)
  for (let i = 0, row = next[origin]!; i < text.length; i++, row = next[row]!) text[i] = last[row]!
  return text
}

/** Inverts the first run-length coding: four equal bytes are followed by a byte that counts the further ones. */
function expandRuns (text: Uint8Array): Uint8Array<ArrayBuffer> {
  let size = 0
  const each = (write: (byte: number, count: number) => void): void => {
    for (let i = 0, equal = 0; i < text.length; i++) {
      const byte = text[i]!
      equal = i > 0 && byte === text[i - 1] && equal > 0 ? equal + 1 : 1
      write(byte, 1)
      if (equal !== 4) continue
      if (++i < text.length) write(byte, text[i]!)
      equal = 0
    }
  }
  each((_, count) => { size += count })
  const bytes = new Uint8Array(size)
  let at = 0
  each((byte, count) => { bytes.fill(byte, at, at += count) })
  return bytes
}

const damaged = (what: string): Error => new Error(`The bzip2 file is damaged: ${what}.`)
