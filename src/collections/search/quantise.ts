/**
 * Vectors as small whole numbers, and a bound for the error of their products.
 *
 * A stored vector x of length 1 becomes s·X with |X| ≤ 127, a query q of length 1 becomes Q/S in 16 bits. Then
 *   q·x − (Q/S)·(sX) = (q − Q/S)·sX + q·(x − sX),
 * which by Cauchy and Schwarz is at most ‖q − Q/S‖·(1 + e) + e with e = ‖x − sX‖ ≤ 1. Each row keeps its own e, so that the bound
 * (score + margin) holds for every row, and no row that belongs to an answer can be missed.
 */

/** Tolerance for float32 arithmetic: four roundings of a number below 2, and a sum. */
const SLACK = 1e-6

/**
 * Writes `vector` (any scale; `length` values from `at` on) as int8 into `out` and returns its scale and the bound e, rounded up.
 * A zero vector is all zeros with scale 0.
 */
export function quantiseRow (vector: Float32Array, at: number, length: number, out: Int8Array): { scale: number, error: number } {
  let squares = 0
  let largest = 0
  for (let i = at; i < at + length; i++) {
    const value = vector[i]!
    squares += value * value
    largest = Math.max(largest, Math.abs(value))
  }
  out.fill(0)
  if (squares === 0) return { scale: 0, error: 0 }
  const norm = Math.sqrt(squares)
  // Rounded up in float32, so that no value is beyond 127.
  const scale = Math.fround(largest / norm / 127 * (1 + 2 ** -22))
  // Products take half the time of quotients and powers, and start-up waits for this loop.
  const perNorm = 1 / norm
  const perStep = perNorm / scale
  let lost = 0
  for (let i = 0; i < length; i++) {
    const value = vector[at + i]!
    const whole = Math.round(value * perStep)
    out[i] = whole
    const missed = value * perNorm - whole * scale
    lost += missed * missed
  }
  return { scale, error: Math.fround(Math.sqrt(lost) * (1 + 2 ** -22) + 1e-9) }
}

export interface Query {
  /** Padded with zeros to a multiple of 16. */
  readonly values: Int16Array
  /** 1/S. */
  readonly factor: number
  /** Added to a row's own e, it is the margin of the row's score. */
  readonly margin: number
}

/** Quantises a query to 16 bits. S is the largest scale at which no sum of products with 127s overflows 32 bits. */
export function quantiseQuery (query: Float32Array): Query {
  const values = new Int16Array(Math.ceil(query.length / 16) * 16)
  let squares = 0
  for (const value of query) squares += value * value
  if (squares === 0) return { values, factor: 0, margin: SLACK }
  const norm = Math.sqrt(squares)
  let largest = 0
  let sum = 0
  for (const value of query) {
    const magnitude = Math.abs(value) / norm
    largest = Math.max(largest, magnitude)
    sum += magnitude
  }
  const scale = Math.min(32_767 / largest, (2 ** 31 / 127 - query.length) / sum)
  let lost = 0
  for (let i = 0; i < query.length; i++) {
    const value = query[i]! / norm
    const whole = Math.round(value * scale)
    values[i] = whole
    lost += (value - whole / scale) ** 2
  }
  return { values, factor: Math.fround(1 / scale), margin: 2 * Math.sqrt(lost) + SLACK }
}
