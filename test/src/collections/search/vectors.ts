/** A vector of normally distributed values (Box and Muller): every direction is equally likely. */
export function gaussian (length: number, next: () => number): Float32Array {
  return Float32Array.from({ length }, () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()))
}

/** Cosine in float64, computed by its definition. */
export function cosine (a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!
    aa += a[i]! * a[i]!
    bb += b[i]! * b[i]!
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa) / Math.sqrt(bb)
}

/** Sets of vectors, named by their difficulty. */
export const SETS: Readonly<Record<string, (length: number, count: number, next: () => number) => Float32Array[]>> = {
  random: (length, count, next) => Array.from({ length: count }, () => gaussian(length, next)),
  'clustered within less than an int8 step': (length, count, next) => {
    const centres = Array.from({ length: 8 }, () => gaussian(length, next))
    return Array.from({ length: count }, (_, i) => {
      const noise = gaussian(length, next)
      return centres[i % 8]!.map((value, j) => value + 0.004 * noise[j]!)
    })
  },
  'equal and opposite': (length, count, next) => {
    const some = Array.from({ length: 5 }, () => gaussian(length, next))
    return Array.from({ length: count }, (_, i) => some[i % 5]!.map((value) => i % 2 === 0 ? value : -value))
  },
  'tiny and huge': (length, count, next) => Array.from({ length: count }, (_, i) => gaussian(length, next).map((value) => value * 10 ** (i % 61 - 30))),
  'one large value and many small ones': (length, count, next) => Array.from({ length: count }, (_, i) => gaussian(length, next).map((value, j) => j === i % length ? 100 : value * 0.1)),
  'few directions': (length, count, next) => Array.from({ length: count }, () => new Float32Array(length).map((_, i) => i < 3 ? Math.round(4 * next()) - 2 : 0).fill(1, 3, 4))
}
