import type { FieldError } from '../errors.ts'

/** More fields than any request has. */
const MOST_FIELDS = 64
/** Longer than any list of a request, but those of numbers in a list. */
const LONGEST_LIST = 10_000
/** Lists and objects of a text, and names of fields: more than any request has. */
const MOST_PARTS = 10_000
/** Values of a text: 2,000 vectors of the longest recogniser, the most that a request may have. */
const MOST_VALUES = 2_000 * 4_096
/** Deeper than metadata of any use. What walks a value calls itself, and must not run out of stack. */
const DEEPEST = 32

/**
 * Whether JSON has so many lists, objects, fields or values that reading it would hold up everybody else: a list of empty lists takes
 * V8 ten times as long as a photo of the same size. Photos and embeddings have none of what is counted first, so that this is a search
 * for single characters, which stops early.
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
 * What is absurd about a body, before the validator sees it: that one tells all errors at once, and a body of 28 MB can hold nine million.
 * One problem a field; none where the body is no object.
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
      // No request has other lists in a list.
      const wrong = item.findIndex((number) => typeof number !== 'number')
      if (wrong >= 0) return { field: `${field}.${i}.${wrong}`, msg: 'must be a number' }
    }
    return undefined
  }
  return isDeep(value, DEEPEST) ? tooDeep(field) : undefined
}

const tooDeep = (field: string): FieldError => ({ field, msg: `must not be nested deeper than ${DEEPEST} levels` })

function isDeep (value: unknown, levels: number): boolean {
  // What is neither a list nor a plain object is not of JSON: the stream of an import.
  if (typeof value !== 'object' || value === null || !(Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)) return false
  return levels === 0 || Object.values(value).some((inner) => isDeep(inner, levels - 1))
}
