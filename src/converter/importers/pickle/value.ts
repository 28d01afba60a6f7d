import { conversionError } from '../../conversion-error.ts'

/**
 * What a pickle says, as a description: nothing is looked up or called. A class or function is its name, an object the name of
 * what would make it and with what.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | List | Dict | Global | Call | Persistent

/** A list, a tuple or a set. They may be shared, and hold themselves: who goes through them must bound how deep. */
export interface List { readonly kind: 'list', readonly mutable: boolean, readonly items: Value[] }
export interface Dict { readonly kind: 'dict', readonly entries: Map<string | number, Value> }
/** A class or function, `module.name`. */
export interface Global { readonly kind: 'global', readonly name: string }
/** An object: what `callee` would make of `args`, with the state and the entries that it would be given afterwards. */
export interface Call { readonly kind: 'call', readonly callee: string, readonly args: readonly Value[], state: Value, readonly entries: Map<string | number, Value> }
/** What the program that wrote the pickle keeps elsewhere. */
export interface Persistent { readonly kind: 'persistent', readonly id: Value }

type Structured = Extract<Value, { readonly kind: string }>

const structured = (value: Value | undefined): value is Structured => typeof value === 'object' && value !== null && 'kind' in value

export const isKind = <K extends Structured['kind']>(value: Value | undefined, kind: K): value is Extract<Value, { readonly kind: K }> =>
  structured(value) && value.kind === kind

/** What `callee` would make, or undefined when the value is something else. */
export const isCall = (value: Value | undefined, callee: string): value is Call => isKind(value, 'call') && value.callee === callee

/** A few words on a value, for messages. */
export function describe (value: Value | undefined): string {
  if (value === undefined) return 'nothing'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'string') return value.length > 40 ? `a text of ${value.length} characters` : JSON.stringify(value)
  if (!structured(value)) return String(value)
  if (value.kind === 'global') return value.name
  if (value.kind === 'call') return `an object of ${value.callee}`
  return value.kind === 'list' ? `a list of ${value.items.length}` : `a ${value.kind}`
}

/** The items of a list. @throws {Error} ConversionError when it is none; `what` says of what. */
export function items (value: Value | undefined, what: string): readonly Value[] {
  if (isKind(value, 'list')) return value.items
  throw conversionError(`${what} should be a list or tuple, and is ${describe(value)}.`)
}

/** A whole number from 0. @throws {Error} ConversionError when it is none; `what` says of what. */
export function size (value: Value | undefined, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw conversionError(`${what} should be a whole number from 0, and is ${describe(value)}.`)
}

export const sizes = (value: Value | undefined, what: string): number[] => items(value, what).map((item) => size(item, what))

export function text (value: Value | undefined, what: string): string {
  if (typeof value === 'string') return value
  throw conversionError(`${what} should be a text, and is ${describe(value)}.`)
}
