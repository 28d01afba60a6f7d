const { fround } = Math

/** Values that a reduction reads at a time: NumPy's default buffer size. */
const BUFFER = 8192

/** Most values added in one run; more are split in halves. PW_BLOCKSIZE of `loops_utils.h.src`. */
const RUN = 128

/** `values.sum()` in float32, in the order of NumPy 2.1, which decides the last bits. */
function sum (values: Float32Array): number {
  let total = 0
  for (let i = 0; i < values.length; i += BUFFER) total = fround(total + pairwise(values.subarray(i, i + BUFFER)))
  return total
}

/** Adds the sums of both halves, recursively, down to runs of eight sums side by side. */
function pairwise (values: Float32Array): number {
  const n = values.length
  if (n > RUN) {
    const half = (n >> 1) - (n >> 1) % 8
    return fround(pairwise(values.subarray(0, half)) + pairwise(values.subarray(half)))
  }
  const s = new Float32Array(8)
  const whole = n - n % 8
  for (let i = 0; i < whole; i++) s[i % 8] = s[i % 8]! + values[i]!
  const pairs = [fround(s[0]! + s[1]!), fround(s[2]! + s[3]!), fround(s[4]! + s[5]!), fround(s[6]! + s[7]!)] as const
  const total = fround(fround(pairs[0] + pairs[1]) + fround(pairs[2] + pairs[3]))
  return values.subarray(whole).reduce((rest, value) => fround(rest + value), total)
}

/** `values.mean()` in float32. */
export const mean = (values: Float32Array): number => fround(sum(values) / values.length)

/** `values.std()` in float32: the standard deviation of the population. */
export function deviation (values: Float32Array): number {
  const average = mean(values)
  return fround(Math.sqrt(mean(values.map((value) => fround(value - average) ** 2))))
}
