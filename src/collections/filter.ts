import type { Condition, Filter, Json, Metadata } from './contract.ts'

/**
 * Returns a predicate: whether a subject may be found. A field that the metadata lacks, or that holds a list or an object, meets no condition.
 * @example
 * const isAllowed = allowedBy({ metadata: { floor: { gte: 3 } } })
 * isAllowed('ann', { floor: 4 }) // true
 */
export function allowedBy ({ subjects, metadata = {} }: Filter): (id: string, metadata: Metadata) => boolean {
  const ids = subjects && new Set(subjects)
  const conditions = Object.entries(metadata)
  return (id, own) => (!ids || ids.has(id)) && conditions.every(([field, condition]) => Object.hasOwn(own, field) && meets(own[field]!, condition))
}

function meets (value: Json, condition: Condition): boolean {
  if (typeof condition !== 'object') return value === condition
  if ('in' in condition) return condition.in.some((each) => each === value)
  if (typeof value !== 'number') return false
  const { gte = -Infinity, lte = Infinity } = condition
  return value >= gte && value <= lte
}
