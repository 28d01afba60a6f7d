import { UsageError } from '../../src/commands/usage-error.ts'
import type { Pair, PairList } from './pair-list.ts'

/**
 * Parses a list of Labeled Faces in the Wild (Huang et al., UMass Amherst technical report 07-49, 2007; the README of the data set):
 *
 *     pairs.txt:          <folds> <n>, then for each fold n lines of one person and n lines of two
 *     pairsDevTrain.txt:  <n>, then n lines of one person and n lines of two
 *     one person:         <name> <i> <j>
 *     two people:         <name> <i> <other name> <j>
 *
 * Photo i of a person is `<name>/<name>_000i.jpg`. Fields are separated by tabs or blanks.
 * @throws {UsageError} naming the wrong line, or when the header states other counts.
 */
export function parseLfw (lines: readonly string[]): PairList {
  const rows = lines.map((line, i) => ({ at: i + 1, fields: line.trim().split(/\s+/) })).filter(({ fields }) => fields[0] !== '')
  const [header, ...body] = rows
  const { folds, each } = counts(header?.fields ?? [])
  if (body.length !== 2 * folds * each) throw new UsageError(`The first line promises ${2 * folds * each} pairs, the list has ${body.length}.`)

  const people = new Map<string, string>()
  const pairs = body.map(({ at, fields }, i): Pair => {
    const same = Math.floor(i / each) % 2 === 0
    const [name = '', x = '', ...rest] = fields
    const [other, y] = same ? [name, ...rest] : rest
    if (fields.length !== (same ? 3 : 4)) throw new UsageError(`Line ${at} is no pair of ${same ? 'one person' : 'two people'}: ${fields.join(' ')}`)
    return { a: photo(name, x, at), b: photo(other!, y!, at), same, fold: Math.floor(i / (2 * each)) }
  })
  return { format: 'lfw', pairs, folds, people }

  function photo (name: string, number: string, at: number): string {
    if (!/^\d+$/.test(number) || /[/\\]/.test(name)) throw new UsageError(`Line ${at} names no photo: ${name} ${number}`)
    const path = `${name}/${name}_${number.padStart(4, '0')}.jpg`
    people.set(path, name)
    return path
  }
}

function counts (header: readonly string[]): { folds: number, each: number } {
  const [first, second] = header.map(Number)
  const whole = header.every((field) => /^[1-9]\d*$/.test(field))
  if (!whole || first === undefined || header.length > 2) {
    throw new UsageError('The list is neither comma-separated nor one of LFW: its first line must hold the number of pairs, or of folds and pairs.')
  }
  return second === undefined ? { folds: 1, each: first } : { folds: first, each: second }
}
