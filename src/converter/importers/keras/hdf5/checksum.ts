import { damaged, type Source } from './hdf5-cursor.ts'

/**
 * Verifies bytes `start` to `end` against the four-byte checksum that follows them.
 * @throws {Error} ConversionError when it does not match.
 */
export function verify ({ bytes }: Source, start: number, end: number): void {
  if (end + 4 > bytes.length) throw damaged(`the checksum at byte ${end} is missing`)
  const expected = new DataView(bytes.buffer, bytes.byteOffset).getUint32(end, true)
  if (lookup3(bytes.subarray(start, end)) !== expected) throw damaged(`bytes ${start} to ${end} do not have their checksum`)
}

/** Bob Jenkins' hashlittle (lookup3.c, 2006), with which HDF5 ends its newer structures. */
export function lookup3 (bytes: Uint8Array): number {
  let a = (0xdeadbeef + bytes.length) | 0
  let [b, c] = [a, a]
  const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by))
  const word = (at: number): number => {
    let value = 0
    for (let i = 0; i < 4 && at + i < bytes.length; i++) value |= bytes[at + i]! << (8 * i)
    return value
  }
  let at = 0
  for (; bytes.length - at > 12; at += 12) {
    a = (a + word(at)) | 0; b = (b + word(at + 4)) | 0; c = (c + word(at + 8)) | 0
    a = (a - c) ^ rotate(c, 4); c = (c + b) | 0
    b = (b - a) ^ rotate(a, 6); a = (a + c) | 0
    c = (c - b) ^ rotate(b, 8); b = (b + a) | 0
    a = (a - c) ^ rotate(c, 16); c = (c + b) | 0
    b = (b - a) ^ rotate(a, 19); a = (a + c) | 0
    c = (c - b) ^ rotate(b, 4); b = (b + a) | 0
  }
  if (at === bytes.length) return c >>> 0
  a = (a + word(at)) | 0; b = (b + word(at + 4)) | 0; c = (c + word(at + 8)) | 0
  c = (c ^ b) - rotate(b, 14); a = (a ^ c) - rotate(c, 11); b = (b ^ a) - rotate(a, 25)
  c = (c ^ b) - rotate(b, 16); a = (a ^ c) - rotate(c, 4); b = (b ^ a) - rotate(a, 14)
  c = (c ^ b) - rotate(b, 24)
  return c >>> 0
}

/** Fletcher's checksum over big-endian 16-bit words, which HDF5's filter of that name appends to a chunk. */
export function fletcher32 (bytes: Uint8Array): number {
  let [a, b] = [0, 0]
  const fold = (sum: number) => (sum & 0xffff) + (sum >>> 16)
  for (let i = 0; i < bytes.length; i += 2) {
    a = fold(a + ((bytes[i]! << 8) | (bytes[i + 1] ?? 0)))
    b = fold(b + a)
  }
  return ((fold(b) << 16) | fold(a)) >>> 0
}
