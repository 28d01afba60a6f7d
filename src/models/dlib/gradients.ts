const { fround } = Math

/** Directions of a half circle, as dlib writes them; those of the other half are opposite. */
const DIRECTIONS = [
  [1, 0], [0.9397, 0.342], [0.766, 0.6428], [0.5, 0.866], [0.1736, 0.9848],
  [-0.1736, 0.9848], [-0.5, 0.866], [-0.766, 0.6428], [-0.9397, 0.342]
] as const

/** Number of directions into which gradients are sorted. */
export const ORIENTATIONS = 2 * DIRECTIONS.length

/** Gradients of bytes range from −255 to 255. */
const LARGEST = 255
const GRADIENTS = 2 * LARGEST + 1

/** The direction nearest to each gradient, indexed by `gradientIndex`. */
let table: Uint8Array | undefined

/** The direction, 0..17, nearest to each gradient (x, y), indexed by `gradientIndex`. The table is computed once. */
export function orientations (): Uint8Array {
  if (table) return table
  table = new Uint8Array(GRADIENTS * GRADIENTS)
  for (let y = -LARGEST, at = 0; y <= LARGEST; y++) {
    for (let x = -LARGEST; x <= LARGEST; x++) table[at++] = nearest(x, y)
  }
  return table
}

/** (y + 255) · 511 + x + 255. */
export const gradientIndex = (x: number, y: number): number => (y + LARGEST) * GRADIENTS + x + LARGEST

function nearest (x: number, y: number): number {
  let [best, longest] = [0, 0]
  for (const [o, [dx, dy]] of DIRECTIONS.entries()) {
    const dot = fround(fround(x * fround(dx)) + fround(y * fround(dy)))
    if (dot > longest) [best, longest] = [o, dot]
    else if (-dot > longest) [best, longest] = [o + DIRECTIONS.length, -dot]
  }
  return best
}
