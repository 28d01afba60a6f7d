import type { FieldError } from '../errors.ts'

/** Most fields of a body: more than any valid request has. */
const MOST_FIELDS = 64

/** Most items of a list: more than any valid request has, except in lists of numbers inside a list. */
const LONGEST_LIST = 10_000

/** Most lists, objects or names of fields in a text, each: more than any valid request has. */
const MOST_PARTS = 10_000

/** Most values in a text: 2,000 vectors of the longest recogniser, the most that a request may have. */
export const MOST_VALUES = 2_000 * 4_096

/** The problem of a body with too many parts or values. */
export const TOO_MANY_PARTS: FieldError = { field: '', msg: 'The body has too many lists, objects or values' }

/** Deepest nesting: more than useful metadata has. Recursive functions walk a body and must not run out of stack. */
const DEEPEST = 32

/**
 * Whether JSON has so many lists, objects, fields or values that parsing it would block all other requests: V8 takes ten times as long for
 * a list of empty lists as for a photo of the same size. This counts single characters and stops early; photos and embeddings hold none
 * of the characters that are counted first.
 */
export const isOverbuilt = (json: string): boolean =>
  ['[', '{', ':'].some((mark) => hasMore(json, mark, MOST_PARTS)) || hasMore(json, ',', MOST_VALUES)

function hasMore (text: string, mark: string, most: number): boolean {
  let count = 0
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
    if (++count > most) return true
  }
  return false
}

/**
 * Finds absurd structure in a body before the validator runs, which reports all errors at once: a body of 28 MB can hold nine million.
 * Returns at most one problem a field, and none when the body is not an object.
 *
 * @example
 * structureProblems({ images: Array(20_000).fill('') }) // [{ field: 'images', msg: 'must have at most 10000 items' }]
 */
export function structureProblems (body: unknown): FieldError[] {
  if (typeof body !== 'object' || body === null) return []
  const entries = Object.entries(body)
  if (entries.length > MOST_FIELDS) return [{ field: '', msg: `The body must have at most ${MOST_FIELDS} fields` }]
  return entries.flatMap(([name, value]) => problemOf(name.slice(0, 200), value) ?? [])
}

function problemOf (field: string, value: unknown): FieldError | undefined {
  if (Array.isArray(value)) {
    if (value.length > LONGEST_LIST) return { field, msg: `must have at most ${LONGEST_LIST} items` }
    for (const [i, item] of value.entries()) {
      if (!Array.isArray(item)) {
        if (isDeep(item, DEEPEST)) return tooDeep(`${field}.${i}`)
        continue
      }
      if (item.length > LONGEST_LIST) return { field: `${field}.${i}`, msg: `must have at most ${LONGEST_LIST} items` }
      // A list in a list must be a vector. A plain loop takes a tenth of the time of findIndex, and there may be millions of numbers.
      for (let at = 0; at < item.length; at++) {
        if (typeof item[at] !== 'number') return { field: `${field}.${i}.${at}`, msg: 'must be a number' }
      }
    }
    return undefined
  }
  return isDeep(value, DEEPEST) ? tooDeep(field) : undefined
}

const tooDeep = (field: string): FieldError => ({ field, msg: `must not be nested deeper than ${DEEPEST} levels` })

function isDeep (value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  // Any other object does not come from JSON: it is the stream of an import.
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return false
  return levels === 0 || Object.values(value).some((inner) => isDeep(inner, levels - 1))
}
