/** A pair of photos of one person. */
export interface JudgedPair {
  /** The lower utility of both faces, see `utilityOf`. */
  readonly utility: number
  /** Whether the pair is taken for two people. */
  readonly isRefused: boolean
}

/** Refused pairs among those that are kept. */
export interface Kept {
  readonly refused: number
  readonly of: number
}

/**
 * Counts the refused pairs when the share `discarded` of the pairs, those of the lowest utility, is left out: a point of the curve of errors against
 * discards (Grother and Tabassi, "Performance of Biometric Quality Measures", IEEE TPAMI 2007). Pairs of equal utility are left out in their order.
 */
export function keptWithout (pairs: readonly JudgedPair[], discarded: number): Kept {
  const sorted = pairs.toSorted((p, q) => p.utility - q.utility)
  return countOf(sorted.slice(Math.floor(discarded * pairs.length + 1e-9)))
}

/** Counts the refused pairs. */
export const countOf = (pairs: readonly JudgedPair[]): Kept => ({ refused: pairs.filter(({ isRefused }) => isRefused).length, of: pairs.length })
