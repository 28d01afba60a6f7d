import { random } from './random.ts'

/**
 * Endless damaged copies of `bytes`, the same ones for the same `seed`: flipped bits, overwritten bytes, lengths and offsets
 * changed where a number may stand, cut ends, and pieces copied over, cut out or put in. One to four faults a copy; each copy
 * is an array of its own. Take as many as the test has time for: `take(10_000, mutations(1, file))`.
 */
export function * mutations (seed: number, bytes: Uint8Array): Generator<Uint8Array, never> {
  const random = randomFrom(seed)
  for (;;) {
    let copy: Uint8Array = new Uint8Array(bytes)
    for (let faults = 1 + random(4); faults > 0; faults--) copy = FAULTS[random(FAULTS.length)]!(copy, random)
    yield copy
  }
}

export function * take<T> (count: number, from: Iterable<T>): Generator<T> {
  if (count <= 0) return
  for (const value of from) {
    yield value
    if (--count === 0) return
  }
}

/** A whole number from 0 to below `limit`. */
type Random = (limit: number) => number

function randomFrom (seed: number): Random {
  const next = random(seed)
  return (limit) => Math.floor(next() * limit)
}

/** Values that lengths, counts and offsets go wrong at. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

const FAULTS: ReadonlyArray<(bytes: Uint8Array, random: Random) => Uint8Array> = [
  function flipBit (bytes, random) {
    const at = place(bytes, random)
    if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << random(8))
    return bytes
  },
  function setByte (bytes, random) {
    const at = place(bytes, random)
    if (at < bytes.length) bytes[at] = random(256)
    return bytes
  },
  function edgeNumber (bytes, random) {
    return writeNumber(bytes, random, () => EDGES[random(EDGES.length)]!)
  },
  function nearbyNumber (bytes, random) {
    return writeNumber(bytes, random, (before) => before + random(9) - 4)
  },
  function truncate (bytes, random) {
    return bytes.slice(0, random(bytes.length + 1))
  },
  function overwrite (bytes, random) {
    const [from, to] = [random(bytes.length), random(bytes.length)]
    bytes.copyWithin(to, from, from + 1 + random(64))
    return bytes
  },
  function cutOut (bytes, random) {
    const at = place(bytes, random)
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random(16)))
  },
  function putIn (bytes, random) {
    const [at, from] = [place(bytes, random), random(bytes.length)]
    return joined(bytes.subarray(0, at), bytes.subarray(from, from + 1 + random(16)), bytes.subarray(at))
  }
]

/** Half of the faults go into the first or last kilobyte: there most formats keep what decides how the rest is read. */
function place ({ length }: Uint8Array, random: Random): number {
  const end = Math.min(length, 1024)
  return [random(length), random(length), random(end), length - 1 - random(end)][random(4)]!
}

/** Overwrites 1, 2, 4 or 8 bytes, in either byte order, as one whole number. */
function writeNumber (bytes: Uint8Array, random: Random, value: (before: number) => number): Uint8Array {
  const [at, size, littleEndian] = [place(bytes, random), 1 << random(4), random(4) > 0]
  if (at < 0 || at + size > bytes.length) return bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  if (size === 1) view.setUint8(at, value(view.getUint8(at)))
  else if (size === 2) view.setUint16(at, value(view.getUint16(at, littleEndian)), littleEndian)
  else if (size === 4) view.setUint32(at, value(view.getUint32(at, littleEndian)), littleEndian)
  else view.setBigUint64(at, BigInt.asUintN(64, BigInt(value(Number(view.getBigUint64(at, littleEndian))))), littleEndian)
  return bytes
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))
