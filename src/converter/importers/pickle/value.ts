import { conversionError } from '../../conversion-error.ts'

/**
 * A value of a pickle, as a description: nothing is looked up or called. A class or function is its name; an object is the name of its
 * constructor with the arguments.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | List | Dict | Global | Call | Persistent

/** A list, a tuple or a set. Lists may be shared and may contain themselves, so code that walks them must limit its depth. */
export interface List { readonly kind: 'list', readonly mutable: boolean, readonly items: Value[] }
export interface Dict { readonly kind: 'dict', readonly entries: Map<string | number, Value> }
/** A class or function, `module.name`. */
export interface Global { readonly kind: 'global', readonly name: string }
/** An object: the call of `callee` with `args`, and the state and entries that would be set on the result. */
export interface Call {
  readonly kind: 'call'
  readonly callee: string
  readonly args: readonly Value[]
  state: Value
  readonly entries: Map<string | number, Value>
}
/** A reference to data that the writing program keeps elsewhere. */
export interface Persistent { readonly kind: 'persistent', readonly id: Value }

type Structured = Extract<Value, { readonly kind: string }>

const structured = (value: Value | undefined): value is Structured => typeof value === 'object' && value !== null && 'kind' in value

export const isKind = <K extends Structured['kind']>(value: Value | undefined, kind: K): value is Extract<Value, { readonly kind: K }> =>
  structured(value) && value.kind === kind

/** True when the value is an object created by `callee`. */
export const isCall = (value: Value | undefined, callee: string): value is Call => isKind(value, 'call') && value.callee === callee

/** Describes a value in a few words, for messages. */
export function describe (value: Value | undefined): string {
  if (value === undefined) return 'nothing'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'string') return value.length > 40 ? `a text of ${value.length} characters` : JSON.stringify(value)
  if (!structured(value)) return String(value)
  if (value.kind === 'global') return value.name
  if (value.kind === 'call') return `an object of ${value.callee}`
  return value.kind === 'list' ? `a list of ${value.items.length}` : `a ${value.kind}`
}

/** Returns the items of a list. @throws {Error} ConversionError when the value is not a list; `what` names it. */
export function items (value: Value | undefined, what: string): readonly Value[] {
  if (isKind(value, 'list')) return value.items
  throw conversionError(`${what} should be a list or tuple, and is ${describe(value)}.`)
}

/** Returns a whole number of at least 0. @throws {Error} ConversionError when the value is not one; `what` names it. */
export function size (value: Value | undefined, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw conversionError(`${what} should be a whole number from 0, and is ${describe(value)}.`)
}

export const sizes = (value: Value | undefined, what: string): number[] => items(value, what).map((item) => size(item, what))

export function text (value: Value | undefined, what: string): string {
  if (typeof value === 'string') return value
  throw conversionError(`${what} should be a text, and is ${describe(value)}.`)
}
