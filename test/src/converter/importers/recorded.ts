import type { Test } from 'tap'
import { type Recorded, recordedInput } from '../../../references.ts'

/** Transposes [n, h, w, c] to [n, c, h, w]. */
export function planes (data: Float32Array, [n = 1, h = 1, w = 1, c = 1]: readonly number[]): Float32Array {
  const out = new Float32Array(n * c * h * w)
  for (let i = 0; i < out.length; i++) {
    const [x, y, channel, image] = [i % w, Math.floor(i / w) % h, Math.floor(i / (w * h)) % c, Math.floor(i / (w * h * c))]
    out[i] = data[((image * h + y) * w + x) * c + channel]!
  }
  return out
}

/** Formula numbers [n, h, w, 3], multiplied by `scale` and shifted by `offset`, as [n, 3, h, w]: batch element b is sample `sample + b`. */
export const picture = ([n, h, w]: readonly [number, number, number], { sample = 0, scale = 1, offset = 0, floor = false } = {}): Float32Array =>
  planes(recordedInput({ layout: 'NHWC', shape: [n, h, w, 3], sample, scale, offset, floor }), [n, h, w, 3])

/** Returns a recorded input in the layout of our graphs. */
export function inputOf ({ input }: Recorded): { readonly data: Float32Array, readonly dims: readonly number[] } {
  const [data, [n = 1, a = 1, b = 1, c = 1]] = [recordedInput(input), input.shape]
  return input.layout === 'NHWC' ? { data: planes(data, input.shape), dims: [n, c, a, b] } : { data, dims: input.shape }
}

/** Largest difference between `values` and the elements of `found` at the positions `at`. NaN when one is NaN or missing. */
export const furthest = (found: Float32Array, values: readonly number[], at: (i: number) => number = (i) => i): number =>
  values.reduce((most, value, i) => Math.max(most, Math.abs(value - (found[at(i)] ?? NaN))), 0)

/** Fails when an output differs from the recorded one by more than `tolerance`. */
export function agrees (
  t: Test,
  found: Readonly<Record<string, { readonly dims: readonly number[], readonly data: Float32Array }>>,
  recorded: Recorded['outputs'],
  tolerance: number
): void {
  for (const { name, shape, at, values } of recorded) {
    const output = found[name]
    t.strictSame(output?.dims, shape, `${name}: shape`)
    const difference = furthest(output?.data ?? new Float32Array(), values, (i) => at?.[i] ?? i)
    t.ok(difference <= tolerance, `${name}: ${difference} ≤ ${tolerance}`)
  }
}
