/** Added to the length before it divides: DeepFace 0.0.100 `VGGFace.py`, `verification.l2_normalize`. */
const EPSILON = 1e-10

/** `v` at length 1, as DeepFace scales it. */
export function unit (v: Float32Array): Float32Array {
  const length = Math.hypot(...v) + EPSILON
  return v.map((x) => x / length)
}

/** The vector of the mean direction of two vectors and of their mean length, by which Euclidean distances keep their scale. */
export function meanDirection (v: Float32Array, w: Float32Array): Float32Array {
  const [p, q] = [unit(v), unit(w)]
  const length = (Math.hypot(...v) + Math.hypot(...w)) / 2
  return unit(p.map((x, i) => x + q[i]!)).map((x) => x * length)
}
