import { UsageError } from '../../src/commands/usage-error.ts'
import type { Pair, PairList } from './pair-list.ts'

/** Spellings of the decision: true for one person, false for two. */
const DECISIONS: Readonly<Record<string, boolean>> = {
  yes: true, true: true, 1: true, same: true, no: false, false: false, 0: false, different: false
}

/** Columns of DeepFace's `tests/dataset/master.csv`, in their order for lists without a header. */
const COLUMNS = ['file_x', 'file_y', 'decision'] as const

/**
 * Parses comma-separated values: two photos and a decision (yes or no, true or false, 1 or 0, same or different, in any case) a line. A
 * first line with the names `file_x`, `file_y` and `decision` names their columns; without it they are the first three. Other columns are
 * ignored. Paths are kept as written; fields may be quoted but hold no commas.
 * @throws {UsageError} naming the wrong line.
 */
export function parseCsv (lines: readonly string[]): PairList {
  const rows = lines
    .map((line, i) => ({ at: i + 1, fields: line.split(',').map(unquoted) }))
    .filter(({ fields }) => fields.some((field) => field !== ''))
  const names = rows[0]?.fields.map((field) => field.toLowerCase()) ?? []
  const hasHeader = COLUMNS.every((column) => names.includes(column))
  const [x, y, decision] = COLUMNS.map((column, i) => hasHeader ? names.indexOf(column) : i)

  const pairs = rows.slice(hasHeader ? 1 : 0).map(({ at, fields }): Pair => {
    const [a = '', b = '', says = ''] = [fields[x!], fields[y!], fields[decision!]]
    const same = Object.hasOwn(DECISIONS, says.toLowerCase()) ? DECISIONS[says.toLowerCase()] : undefined
    if (a === '' || b === '' || same === undefined) throw new UsageError(`Line ${at} is not "photo,photo,yes" or "photo,photo,no".`)
    return { a, b, same, fold: 0 }
  })
  if (pairs.length === 0) throw new UsageError('The list has no pairs.')
  return { format: 'csv', pairs, folds: 1, people: new Map() }
}

const unquoted = (field: string): string => field.trim().replace(/^"(.*)"$/, '$1').trim()
