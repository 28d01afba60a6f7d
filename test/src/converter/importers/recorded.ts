import type { Test } from 'tap'
import { type Recorded, recordedInput } from '../../../references.ts'

/** [n, h, w, c] as [n, c, h, w]. */
export function planes (data: Float32Array, [n = 1, h = 1, w = 1, c = 1]: readonly number[]): Float32Array {
  const out = new Float32Array(n * c * h * w)
  for (let i = 0; i < out.length; i++) {
    const [x, y, channel, image] = [i % w, Math.floor(i / w) % h, Math.floor(i / (w * h)) % c, Math.floor(i / (w * h * c))]
    out[i] = data[((image * h + y) * w + x) * c + channel]!
  }
  return out
}

/** Formula numbers [n, h, w, 3], scaled by `scale` and moved by `offset`, as [n, 3, h, w]: batch element b is sample `sample + b`. */
export const picture = ([n, h, w]: readonly [number, number, number], { sample = 0, scale = 1, offset = 0, floor = false } = {}): Float32Array =>
  planes(recordedInput({ layout: 'NHWC', shape: [n, h, w, 3], sample, scale, offset, floor }), [n, h, w, 3])

/** A recorded input as our graphs take it. */
export function inputOf ({ input }: Recorded): { readonly data: Float32Array, readonly dims: readonly number[] } {
  const [data, [n = 1, a = 1, b = 1, c = 1]] = [recordedInput(input), input.shape]
  return input.layout === 'NHWC' ? { data: planes(data, input.shape), dims: [n, c, a, b] } : { data, dims: input.shape }
}

/** The largest difference of `found` to `values`, which stand at the places `at`. NaN where one is NaN or missing. */
export const furthest = (found: Float32Array, values: readonly number[], at: (i: number) => number = (i) => i): number =>
  values.reduce((most, value, i) => Math.max(most, Math.abs(value - (found[at(i)] ?? NaN))), 0)

/** Fails where an output is further from the recorded one than `tolerance`. */
export function agrees (t: Test, found: Readonly<Record<string, { readonly dims: readonly number[], readonly data: Float32Array }>>, recorded: Recorded['outputs'], tolerance: number): void {
  for (const { name, shape, at, values } of recorded) {
    const output = found[name]
    t.strictSame(output?.dims, shape, `${name}: shape`)
    const difference = furthest(output?.data ?? new Float32Array(), values, (i) => at?.[i] ?? i)
    t.ok(difference <= tolerance, `${name}: ${difference} ≤ ${tolerance}`)
  }
}
