const { fround } = Math

/** Directions of a half circle, as dlib writes them; the other half is opposite. */
const DIRECTIONS = [[1, 0], [0.9397, 0.342], [0.766, 0.6428], [0.5, 0.866], [0.1736, 0.9848], [-0.1736, 0.9848], [-0.5, 0.866], [-0.766, 0.6428], [-0.9397, 0.342]] as const

/** Directions that a gradient is told apart into. */
export const ORIENTATIONS = 2 * DIRECTIONS.length

/** Gradients of bytes go from −255 to 255. */
const LARGEST = 255
const GRADIENTS = 2 * LARGEST + 1

/** The direction nearest to each gradient, in the order of `orientationAt`. */
let table: Uint8Array | undefined

/** Orientations by `(y + 255) · 511 + x + 255`; made once. */
export function orientations (): Uint8Array {
  if (table) return table
  table = new Uint8Array(GRADIENTS * GRADIENTS)
  for (let y = -LARGEST, at = 0; y <= LARGEST; y++) {
    for (let x = -LARGEST; x <= LARGEST; x++) table[at++] = nearest(x, y)
  }
  return table
}

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
