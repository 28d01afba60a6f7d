import type { Condition, Filter, Scalar } from '../contract.ts'
import { quoted } from './table.ts'

/** Returns a filter in the expression language of Milvus, with ` and ` before each condition. */
export function expression ({ subjects, metadata = {} }: Filter): string {
  const conditions = Object.entries(metadata).map(([field, condition]) => meets(`metadata[${JSON.stringify(field)}]`, condition))
  if (subjects) conditions.unshift(`subject in ${quoted(subjects)}`)
  return conditions.map((condition) => ` and ${condition}`).join('')
}

function meets (value: string, condition: Condition): string {
  const equals = (scalar: Scalar): string => `${value} == ${JSON.stringify(scalar)}`
  if (typeof condition !== 'object') return equals(condition)
  // No value is in an empty list: a condition that is always false.
  if ('in' in condition) return condition.in.length === 0 ? 'kind < 0' : `(${condition.in.map(equals).join(' or ')})`
  const { gte, lte } = condition
  const bounds = [gte !== undefined && `${value} >= ${gte}`, lte !== undefined && `${value} <= ${lte}`].filter((bound) => bound !== false)
  return bounds.length === 0 ? `(${value} >= 0 or ${value} < 0)` : bounds.join(' and ')
}
