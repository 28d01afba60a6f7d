/** A logistic curve over cosine similarity, fitted on pairs of photos (see `Calibration` of a model's card). */
export interface Curve {
  readonly slope: number
  readonly intercept: number
}

/** Probability, 0..1, that two faces at this cosine `similarity` (−1..1) are one person: 1 / (1 + exp(−(slope · similarity + intercept))). */
export const probability = ({ slope, intercept }: Curve, similarity: number): number =>
  1 / (1 + Math.exp(-(slope * similarity + intercept)))

/** The same probability as the contract's `confidence`: 0..100, two decimals. */
export const confidence = (curve: Curve, similarity: number): number =>
  Math.round(probability(curve, similarity) * 10_000) / 100
