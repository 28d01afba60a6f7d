/** An embedding: finite values, any scale. */
export type Vector = Float32Array | readonly number[]

/**
 * Dot product, Σ a[ai + i] · b[bi + i] over `length` values, summed in double. Four sums run side by side, because each addition to a single
 * sum would wait for the one before. Every distance of this folder adds in this order, so that verify and search agree to the last bit.
 */
export function dot (a: Vector, ai: number, b: Vector, bi: number, length: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let i = 0
  for (; i + 3 < length; i += 4) {
    s0 += a[ai + i]! * b[bi + i]!
    s1 += a[ai + i + 1]! * b[bi + i + 1]!
    s2 += a[ai + i + 2]! * b[bi + i + 2]!
    s3 += a[ai + i + 3]! * b[bi + i + 3]!
  }
  for (; i < length; i++) s0 += a[ai + i]! * b[bi + i]!
  return (s0 + s1) + (s2 + s3)
}

/**
 * Writes to `out` the dot product of `a` and the values of `b` from `bi` on, then the squared length of the latter. Both equal what `dot`
 * returns; one pass over memory takes half the time of two.
 */
export function dotAndSquare (a: Float32Array, b: Float32Array, bi: number, length: number, out: Float64Array): void {
  let d0 = 0
  let d1 = 0
  let d2 = 0
  let d3 = 0
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let i = 0
  for (; i + 3 < length; i += 4) {
    const b0 = b[bi + i]!
    const b1 = b[bi + i + 1]!
    const b2 = b[bi + i + 2]!
    const b3 = b[bi + i + 3]!
    d0 += a[i]! * b0
    d1 += a[i + 1]! * b1
    d2 += a[i + 2]! * b2
    d3 += a[i + 3]! * b3
    s0 += b0 * b0
    s1 += b1 * b1
    s2 += b2 * b2
    s3 += b3 * b3
  }
  for (; i < length; i++) {
    const b0 = b[bi + i]!
    d0 += a[i]! * b0
    s0 += b0 * b0
  }
  out[0] = (d0 + d1) + (d2 + d3)
  out[1] = (s0 + s1) + (s2 + s3)
}

/** Squared distance, Σ (a[ai + i] − b[bi + i])² over `length` values, added in the order of `dot`. */
export function squaredDifference (a: Vector, ai: number, b: Vector, bi: number, length: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let i = 0
  for (; i + 3 < length; i += 4) {
    const d0 = a[ai + i]! - b[bi + i]!
    const d1 = a[ai + i + 1]! - b[bi + i + 1]!
    const d2 = a[ai + i + 2]! - b[bi + i + 2]!
    const d3 = a[ai + i + 3]! - b[bi + i + 3]!
    s0 += d0 * d0
    s1 += d1 * d1
    s2 += d2 * d2
    s3 += d3 * d3
  }
  for (; i < length; i++) {
    const d = a[ai + i]! - b[bi + i]!
    s0 += d * d
  }
  return (s0 + s1) + (s2 + s3)
}

/** Divides a vector by its largest magnitude, which keeps squares of very large or small values in range. A zero vector stays as it is. */
export function scaled (v: Vector): number[] {
  let largest = 0
  for (const value of v) largest = Math.max(largest, Math.abs(value))
  return Array.from(v, (value) => largest === 0 ? 0 : value / largest)
}
