/** Decodes a float16: IEEE 754 binary16, one sign bit, five exponent bits (bias 15), ten fraction bits. */
export function half (bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Float32 value of every float16; 256 KiB, filled on first use. */
let table: Float32Array | undefined

/** Converts little-endian float16 values to float32. */
export function fromHalf (bytes: Uint8Array): Float32Array {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => half(bits))
  const values = new Float32Array(bytes.length >> 1)
  for (let i = 0; i < values.length; i++) values[i] = table[bytes[2 * i]! | bytes[2 * i + 1]! << 8]!
  return values
}
