import { UsageError } from '../../src/commands/usage-error.ts'

/** Two photos and whether they show one person. */
export interface Pair {
  /** Paths of the photos, relative to the folder of photos. */
  readonly a: string
  readonly b: string
  readonly same: boolean
  /** From 0; all 0 where the list has no folds. */
  readonly fold: number
}

export interface PairList {
  readonly format: 'lfw' | 'csv'
  readonly pairs: readonly Pair[]
  /** Parts of the list for cross-validation; 1 where it has none. */
  readonly folds: number
  /** Who a photo shows, by its path; empty where the list does not name people. */
  readonly people: ReadonlyMap<string, string>
}

/** Every `n`th pair, from the first on. @throws {UsageError} when `n` is no whole number above 0. */
export function everyNth (list: PairList, n: number): PairList {
  if (!Number.isInteger(n) || n < 1) throw new UsageError(`--every ${n}: it must be a whole number above 0.`)
  return { ...list, pairs: list.pairs.filter((_, i) => i % n === 0) }
}

/** The photos of a list, each once, in the order in which they first appear. */
export const photosOf = ({ pairs }: PairList): string[] => [...new Set(pairs.flatMap(({ a, b }) => [a, b]))]
