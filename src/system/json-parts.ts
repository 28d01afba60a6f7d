/** Text of JSON that ends with bytes in base64: written only when they are sent, and never held as text. */
export class Base64Text {
  readonly prefix: string
  readonly bytes: Uint8Array

  constructor (prefix: string, bytes: Uint8Array) {
    this.prefix = prefix
    this.bytes = bytes
  }
}

/** Numbers that JSON has as lists of `width` each, such as points, with two decimals: made only when they are sent. */
export class NumberRows {
  readonly values: Float32Array
  readonly width: number

  constructor (values: Float32Array, width: number) {
    this.values = values
    this.width = width
  }
}

/**
 * Values that JSON.stringify writes at once: a number is one, a text one more for every 64 characters. As many numbers take it two milliseconds,
 * and become 160 kB.
 */
const AT_ONCE = 8192

/** Characters of a part, about. */
const PART = 64 * 1024

/** Whether a value is none of those that JSON.stringify writes as they are meant. */
const isBinary = (value: unknown): boolean => value instanceof Base64Text || value instanceof Float32Array || value instanceof NumberRows

/** Whether writing `value` as JSON would take longer than others should wait, or it holds `Base64Text`, `NumberRows` or vectors. */
export const isHeavy = (value: unknown): boolean => weigh(value, 0) > AT_ONCE

/** Adds the weight of `value` to `weight`, and stops when that is over AT_ONCE. */
function weigh (value: unknown, weight: number): number {
  if (typeof value === 'string') return weight + 1 + value.length / 64
  if (typeof value !== 'object' || value === null) return weight + 1
  if (isBinary(value)) return Infinity
  if (Array.isArray(value) && typeof value[0] === 'number') return weight + value.length
  let sum = weight + 1
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    sum = weigh(item, sum)
    if (sum > AT_ONCE) break
  }
  return sum
}

/**
 * Yields a value as JSON, in parts of which each takes a few milliseconds to make. Parts that are bytes stand for their base64. The value must
 * consist of objects, lists, vectors, numbers, texts, booleans, null, `NumberRows` and `Base64Text` alone.
 */
export function * jsonParts (value: unknown): Generator<string | Uint8Array> {
  let text = ''
  for (const piece of pieces(value)) {
    if (typeof piece === 'string') text += piece
    if (typeof piece === 'string' && text.length < PART) continue
    yield text
    text = ''
    if (typeof piece !== 'string') yield piece
  }
  if (text !== '') yield text
}

function * pieces (value: unknown): Generator<string | Uint8Array> {
  if (!isHeavy(value) || typeof value === 'string') {
    yield JSON.stringify(value)
  } else if (value instanceof Base64Text) {
    yield JSON.stringify(value.prefix).slice(0, -1)
    yield value.bytes
    yield '"'
  } else if (value instanceof NumberRows) {
    const { values, width } = value
    for (let at = 0; at < values.length; at += width) {
      yield `${at === 0 ? '[[' : ',['}${Array.from(values.subarray(at, at + width), twoDecimals).join(',')}]`
    }
    yield values.length === 0 ? '[]' : ']'
  } else if (value instanceof Float32Array || (Array.isArray(value) && typeof value[0] === 'number')) {
    yield '['
    for (let at = 0; at < value.length; at += AT_ONCE) yield `${at === 0 ? '' : ','}${value.slice(at, at + AT_ONCE).join(',')}`
    yield ']'
  } else if (Array.isArray(value)) {
    let separator = '['
    for (const item of value) {
      yield separator
      yield * pieces(item)
      separator = ','
    }
    yield ']'
  } else {
    let separator = '{'
    for (const [key, item] of Object.entries(value as object)) {
      if (item === undefined) continue
      yield `${separator}${JSON.stringify(key)}:`
      yield * pieces(item)
      separator = ','
    }
    yield '}'
  }
}

const twoDecimals = (value: number): number => Math.round(value * 100) / 100
