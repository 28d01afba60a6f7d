/** Added to the length before it divides: DeepFace 0.0.100 `VGGFace.py`, `verification.l2_normalize`. */
const EPSILON = 1e-10

/** `v` at length 1, as DeepFace scales it. */
export function unit (v: Float32Array): Float32Array {
  const length = Math.hypot(...v) + EPSILON
  return v.map((x) => x / length)
}
