import { UsageError } from '../../src/commands/usage-error.ts'

/** One result of an evaluation. */
export interface Figure {
  /** What `--require` calls it. */
  readonly name: string
  /** NaN where it could not be measured. */
  readonly value: number
  readonly text: string
}

/** What a figure must be. */
export interface Bound {
  readonly text: string
  readonly name: string
  readonly holds: (value: number) => boolean
}

/**
 * `best>=99.3` or `age<=6.5`: the name of a figure, a sign and a number.
 * @throws {UsageError} when it is written otherwise, or no figure of `names` is called so.
 */
export function parseBound (text: string, names: readonly string[]): Bound {
  const [, name = '', sign, number] = /^\s*([a-z]\w*)\s*(>=|<=)\s*(\d+(?:\.\d+)?)\s*$/.exec(text) ?? []
  if (number === undefined) throw new UsageError(`--require ${text} is no bound such as ${names[0]}>=99.`)
  if (!names.includes(name)) throw new UsageError(`--require ${text} names no figure; there are ${names.join(', ')}.`)
  const limit = Number(number)
  return { text: `${name}${sign}${number}`, name, holds: sign === '>=' ? (value) => value >= limit : (value) => value <= limit }
}

/** The bounds that do not hold, in words. A figure that cannot be told holds none. */
export const broken = (bounds: readonly Bound[], figures: readonly Figure[]): string[] => bounds.flatMap(({ text, name, holds }) => {
  const value = figures.find((figure) => figure.name === name)?.value ?? NaN
  return holds(value) ? [] : [`${text} does not hold: ${name} is ${Number.isNaN(value) ? 'unknown' : Number(value.toFixed(3))}`]
})
