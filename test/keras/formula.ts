/**
 * Numbers by a formula instead of files: weights and inputs of ../shared/keras, which says in its README what is drawn how and
 * what Keras gave for them.
 */
import { draw } from '../random.ts'

/** FNV-1a, 32 bits, of the UTF-8 bytes of `text`. */
function seedOf (text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

/** The numbers 0 … 1 that are called `text`: number i for i. */
export function formula (text: string): (i: number) => number {
  const seed = seedOf(text)
  return (i) => draw(seed, i)
}

function filled (length: number, value: (i: number) => number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(length)
  for (let i = 0; i < length; i++) values[i] = value(i)
  return values
}

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1)

/** The tensor that is number `index` of its file, of that role and shape. */
export function formulaWeights (index: number, role: string, dims: readonly number[], gain: number): Float32Array<ArrayBuffer> {
  const number = formula(String(index))
  const length = product(dims)
  const kernel = (fanIn: number) => {
    const bound = gain * Math.sqrt(6 / fanIn)
    return filled(length, (i) => (2 * number(i) - 1) * bound)
  }
  switch (role) {
    case 'kernel': return kernel(product(dims.slice(0, -1)))
    case 'depthwise_kernel': return kernel(dims[0]! * dims[1]!)
    case 'local_kernel': return kernel(dims[1]!)
    case 'bias': case 'beta': case 'moving_mean': return filled(length, (i) => (2 * number(i) - 1) * 0.1)
    case 'gamma': return filled(length, (i) => 0.8 + 0.4 * number(i))
    case 'moving_variance': return filled(length, (i) => 0.5 + number(i))
    case 'alpha': return filled(length, (i) => 0.25 * number(i))
  }
  throw new Error(`There is no formula for ${role}.`)
}

/** Pictures `input0`, `input1`, …, stated as [n, h, w, c], here as [n, c, h, w]. */
export function formulaInput ([n = 0, h = 0, w = 0, c = 0]: readonly number[], { scale, offset = 0 }: { readonly scale: number, readonly offset?: number }): Float32Array<ArrayBuffer> {
  const values = new Float32Array(n * h * w * c)
  for (let sample = 0; sample < n; sample++) {
    const number = formula(`input${sample}`)
    for (let i = 0; i < h * w * c; i++) {
      const [pixel, channel] = [Math.floor(i / c), i % c]
      values[(sample * c + channel) * h * w + pixel] = number(i) * scale + offset
    }
  }
  return values
}
