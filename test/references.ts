import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { formula } from './keras/formula.ts'
import { sharedPath } from './shared.ts'

/** A file of the folder beside the checkout; undefined where that is not there. */
export const shared = (path: string): Uint8Array | undefined => contents(sharedPath(path))

/** A published file as the model store keeps it, by its sha256 and name; undefined where it was never fetched. */
export const published = (sha256: string, name: string): Uint8Array | undefined =>
  contents(join(env['MODELS_PATH'] ?? 'onnx-models', 'sources', sha256.slice(0, 12), name))

/** For a test's `skip`: a message when one of the files is missing. */
export const missing = (...files: ReadonlyArray<Uint8Array | undefined>): string | false =>
  files.includes(undefined) && 'no reference files: ../shared and the weights in MODELS_PATH are needed'

const contents = (path: string): Uint8Array | undefined => existsSync(path) ? readFileSync(path) : undefined

/** One recorded run of `../shared/keras`: an input by formula and what the reference made of it. */
export interface Recorded {
  readonly network: string
  readonly input: { readonly layout: 'NCHW' | 'NHWC', readonly shape: readonly number[], readonly sample: number, readonly scale: number, readonly offset: number, readonly floor?: boolean }
  /** Large outputs have values only at the places `at`. */
  readonly outputs: ReadonlyArray<{
    readonly name: string
    readonly shape: readonly number[]
    readonly at?: readonly number[]
    readonly values: readonly number[]
  }>
}

/** The cases of a file of `../shared/keras`. */
export const cases = <T>(file: Uint8Array | undefined): readonly T[] => file ? JSON.parse(new TextDecoder().decode(file)).cases : []

/** The input of a recorded run, in its own layout: batch element b is sample `sample + b`. */
export function recordedInput ({ shape, sample, scale, offset, floor = false }: Recorded['input']): Float32Array {
  const [n = 1, ...rest] = shape
  const each = rest.reduce((product, dim) => product * dim, 1)
  const values = new Float32Array(n * each)
  for (let b = 0; b < n; b++) {
    const u = formula(`input${sample + b}`)
    for (let i = 0; i < each; i++) values[b * each + i] = floor ? Math.floor(u(i) * scale + offset) : u(i) * scale + offset
  }
  return values
}

/** [n, h, w, c] as [n, c, h, w]. */
export const channelsFirst = (values: Float32Array, [, h, w, c]: readonly [number, number, number, number]): Float32Array => swapped(values, h * w, c)

/** [n, c, h, w] as [n, h, w, c]. */
export const channelsLast = (values: Float32Array, [, c, h, w]: readonly [number, number, number, number]): Float32Array => swapped(values, c, h * w)

/** [n, a, b] as [n, b, a]. */
const swapped = (values: Float32Array, a: number, b: number): Float32Array => values.map((_, i) => {
  const [first, rest] = [Math.floor(i / (a * b)) * a * b, i % (a * b)]
  return values[first + (rest % a) * b + Math.floor(rest / a)]!
})
