import { UsageError } from '../../src/commands/usage-error.ts'

/** One result of an evaluation. */
export interface Figure {
  /** Name by which `--require` refers to it. */
  readonly name: string
  /** NaN when it could not be measured. */
  readonly value: number
  readonly text: string
}

/** A bound that a figure must satisfy. */
export interface Bound {
  readonly text: string
  readonly name: string
  readonly holds: (value: number) => boolean
}

/**
 * Parses `best>=99.3` or `age<=6.5`: the name of a figure, a sign and a number.
 * @throws {UsageError} when the text has another form, or `names` lacks the figure.
 */
export function parseBound (text: string, names: readonly string[]): Bound {
  const [, name = '', sign, number] = /^\s*([a-z]\w*)\s*(>=|<=)\s*(\d+(?:\.\d+)?)\s*$/.exec(text) ?? []
  if (number === undefined) throw new UsageError(`--require ${text} is no bound such as ${names[0]}>=99.`)
  if (!names.includes(name)) throw new UsageError(`--require ${text} names no figure; there are ${names.join(', ')}.`)
  const limit = Number(number)
  return { text: `${name}${sign}${number}`, name, holds: sign === '>=' ? (value) => value >= limit : (value) => value <= limit }
}

/** Returns a sentence for each bound that does not hold. A figure that is missing or NaN satisfies none. */
export const brokenBounds = (bounds: readonly Bound[], figures: readonly Figure[]): string[] => bounds.flatMap(({ text, name, holds }) => {
  const value = figures.find((figure) => figure.name === name)?.value ?? NaN
  return holds(value) ? [] : [`${text} does not hold: ${name} is ${Number.isNaN(value) ? 'unknown' : Number(value.toFixed(3))}`]
})

/** Prints the figures, then the bounds that do not hold. Returns the exit code: 1 when one does not hold. */
export function printFigures (figures: readonly Figure[], bounds: readonly Bound[], out: (text: string) => void): number {
  const width = Math.max(...figures.map(({ name }) => name.length))
  for (const { name, value, text } of figures) out(`${name.padEnd(width)}  ${(Number.isNaN(value) ? '-' : value.toFixed(2)).padStart(7)} ${text}\n`)
  const failures = brokenBounds(bounds, figures)
  for (const failure of failures) out(`${failure}\n`)
  return failures.length === 0 ? 0 : 1
}
