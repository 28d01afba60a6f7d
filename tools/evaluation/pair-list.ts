import { UsageError } from '../../src/commands/usage-error.ts'

/** Two photos and whether they show one person. */
export interface Pair {
  /** Paths of the photos, relative to the folder of photos. */
  readonly a: string
  readonly b: string
  readonly same: boolean
  /** Number of the fold, from 0; 0 for all pairs of a list without folds. */
  readonly fold: number
}

export interface PairList {
  readonly format: 'lfw' | 'csv'
  readonly pairs: readonly Pair[]
  /** Number of folds for cross-validation; 1 for a list without folds. */
  readonly folds: number
  /** Name of the person on each photo, by path; empty when the list does not name people. */
  readonly people: ReadonlyMap<string, string>
}

/** Keeps every `n`th pair, from the first on. @throws {UsageError} when `n` is not a whole number above 0. */
export function everyNth (list: PairList, n: number): PairList {
  if (!Number.isInteger(n) || n < 1) throw new UsageError(`--every ${n}: it must be a whole number above 0.`)
  return { ...list, pairs: list.pairs.filter((_, i) => i % n === 0) }
}

/** Photos of a list, each once, in order of first appearance. */
export const photosOf = ({ pairs }: PairList): string[] => [...new Set(pairs.flatMap(({ a, b }) => [a, b]))]
