import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { imageTooLarge, validationError } from '../errors.ts'
import { MOST_VALUES, TOO_MANY_PARTS } from '../system/json-structure.ts'
import { type LongString, longString } from './long-string.ts'
import { numberList } from './number-list.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Shortest string that is extracted, in bytes: shorter ones cost nothing in the JSON text. */
const LONG_STRING = 16 * 1024

/** A flat list of numbers that is extracted: shorter ones cost nothing in the JSON text. */
const LONG_LIST = /\[[-+0-9.eE,\t\n\r ]{256}/g
/** The beginning of a list that may become a long one with the next chunk. */
const OPEN_LIST = /\[[-+0-9.eE,\t\n\r ]*$/

/** Most numbers of one list: more than any valid one has, and few enough for V8 to grow the list in a few milliseconds. */
const LONGEST_LIST = 2 ** 20

/**
 * Most bytes of a JSON text without its images and vectors. The largest valid one is a search with a filter: 10,000 subjects of up to 64
 * characters. V8 parses it in 10 ms.
 */
export const MOST_TEXT = 1024 * 1024

/** Prefix of the placeholders; a number follows. Random, so that no client can send one. */
const PLACEHOLDER = randomUUID()

/** A JSON text without its long strings and lists. */
export interface ScannedJson {
  /** The JSON text. In the place of a long string it has its placeholder, in that of a list of numbers a list with its placeholder. */
  readonly text: string
  /** Strings that hold an image or are too long for `text`, by placeholder. */
  readonly strings: ReadonlyMap<string, LongString>
  /** Long lists of numbers by placeholder. */
  readonly lists: ReadonlyMap<string, readonly number[]>
}

export interface JsonScanner {
  /** Takes the next bytes. @throws {FaceError} image_too_large, validation_error at the first excess. @throws {SyntaxError} in a list of numbers. */
  write: (chunk: Buffer) => void
  end: () => ScannedJson
}

/**
 * Scans the bytes of a JSON text as they arrive. Base64 photos and vectors are decoded at once and extracted, so that the text that JSON.parse
 * gets is small: V8 parses 100 MB a second, and nothing else runs meanwhile.
 *
 * A photo is any string that decodes to an image as a whole. Where no image is allowed in its place, or the string is a key, the caller
 * notices when it looks for the placeholders. A malformed or too large photo stays in the text where it is short enough.
 *
 * @example
 * const scanner = scanJson(10 * 2 ** 20)
 * for await (const chunk of body) scanner.write(chunk)
 * const { text, strings, lists } = scanner.end()
 * const { img } = JSON.parse(text)
 * const image = strings.get(img)?.image // undefined when img is no base64 photo
 */
export function scanJson (maxImageBytes: number): JsonScanner {
  const pieces: Buffer[] = []
  const strings = new Map<string, LongString>()
  const lists = new Map<string, readonly number[]>()
  let length = 0
  let numbers = 0

  let isInString = false
  /** Parts of a string that began in an earlier chunk and is not yet a long one. */
  let begun: Buffer[] = []
  let begunLength = 0
  let long: ReturnType<typeof longString> | undefined
  /** Whether the last byte of the chunk before escapes the next. */
  let isEscaped = false
  let list: ReturnType<typeof numberList> | undefined
  /** The end of the chunk before, in which a list may begin. */
  let held: Buffer | undefined

  function keep (piece: Buffer | string): void {
    length += piece.length
    if (length > MOST_TEXT) throw tooMuchText()
    if (piece.length > 0) pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece)
  }

  const placeholder = (number: number): string => `${PLACEHOLDER}.${number}`

  function endLongString (): void {
    const string = long!.end()
    long = undefined
    // Its reader reports it.
    if (string.image instanceof Error && string.source) return string.source.forEach(keep)
    const name = placeholder(strings.size)
    strings.set(name, string)
    keep(name)
  }

  /** Gives back the text of a list that is no list of numbers. */
  function dropList (): void {
    if (!list!.source) throw tooMuchText()
    list!.source.forEach(keep)
    list = undefined
  }

  function endList (): void {
    const values = list!.end()
    list = undefined
    numbers += values.length
    const name = placeholder(lists.size)
    lists.set(name, values)
    keep(JSON.stringify([name]))
  }

  /** Finds lists of numbers in bytes outside of strings, and returns from where on bytes are to be kept. */
  function outside (chunk: Buffer, from: number, to: number, kept: number): number {
    if (!list && to - from < 256 && to < chunk.length) return kept
    const text = chunk.toString('latin1', from, to)
    for (let at = 0; at < text.length;) {
      if (!list) {
        LONG_LIST.lastIndex = at
        const found = LONG_LIST.exec(text)
        if (!found) break
        keep(chunk.subarray(kept, from + found.index))
        list = numberList(MOST_TEXT)
        at = found.index + 1
      }
      const close = text.indexOf(']', at)
      const isFlat = list.write(text.slice(at, close < 0 ? text.length : close))
      if (list.size > LONGEST_LIST || numbers + list.size > MOST_VALUES) throw validationError([TOO_MANY_PARTS])
      if (!isFlat) {
        dropList()
        kept = from + at
      } else {
        at = close < 0 ? text.length : close + 1
        kept = from + at
        if (close >= 0) endList()
      }
    }
    // A string follows, so that it is no list of numbers.
    if (list && to < chunk.length) dropList()
    return kept
  }

  /** Takes bytes of a string, and returns from where on bytes are to be kept. */
  function inside (chunk: Buffer, from: number, to: number, kept: number): number {
    const isClosed = to < chunk.length
    if (long) long.write(chunk.subarray(from, to))
    else if (begunLength + to - from > LONG_STRING) {
      keep(chunk.subarray(kept, from))
      long = longString(Buffer.concat([...begun, chunk.subarray(from, to)]), maxImageBytes, MOST_TEXT)
      begun = []
      begunLength = 0
    } else if (!isClosed) {
      keep(chunk.subarray(kept, from))
      begun.push(chunk.subarray(from, to))
      begunLength += to - from
    } else {
      if (begunLength === 0) return kept
      begun.forEach(keep)
      begun = []
      begunLength = 0
      return from
    }
    if (isClosed && long) endLongString()
    return to
  }

  function scan (chunk: Buffer): void {
    let kept = 0
    for (let at = 0; at < chunk.length;) {
      if (isInString) {
        const start = isEscaped ? at + 1 : at
        const close = closingQuote(chunk, start)
        kept = inside(chunk, at, close, kept)
        isInString = close === chunk.length
        isEscaped = isInString && isEscapedAt(chunk, close, start)
        at = close + 1
      } else {
        const quote = chunk.indexOf(QUOTE, at)
        const to = quote < 0 ? chunk.length : quote
        kept = outside(chunk, at, to, kept)
        isInString = quote >= 0
        at = to + 1
      }
    }
    if (isInString || list) return keep(chunk.subarray(kept))
    const rest = chunk.subarray(kept)
    const open = OPEN_LIST.exec(rest.toString('latin1', Math.max(0, rest.length - 256)))
    if (open) held = rest.subarray(rest.length - open[0].length)
    keep(rest.subarray(0, rest.length - (held?.length ?? 0)))
  }

  return {
    write (chunk) {
      const whole = held ? Buffer.concat([held, chunk]) : chunk
      held = undefined
      scan(whole)
    },
    end () {
      if (held) keep(held)
      // A string that ends too early stays open, so that the text is no JSON.
      if (list) keep('[')
      const whole = Buffer.concat(pieces)
      // Otherwise each wrong byte would silently become a replacement character, in the name of a person too.
      if (!isUtf8(whole)) throw validationError([{ field: '', msg: 'the body must be JSON in UTF-8, and has bytes that are not' }])
      return { text: whole.toString(), strings, lists }
    }
  }
}

/** Index of the quote that ends a string; the length of `chunk` when there is none. */
function closingQuote (chunk: Buffer, from: number): number {
  let quote = chunk.indexOf(QUOTE, from)
  while (quote >= 0 && isEscapedAt(chunk, quote, from)) quote = chunk.indexOf(QUOTE, quote + 1)
  return quote < 0 ? chunk.length : quote
}

/** Whether the byte at `index` is escaped: an odd number of backslashes precedes it. */
function isEscapedAt (chunk: Buffer, index: number, from: number): boolean {
  let first = index
  while (first > from && chunk[first - 1] === BACKSLASH) first--
  return (index - first) % 2 === 1
}

export const tooMuchText = () =>
  imageTooLarge(`The body has more than ${MOST_TEXT} bytes beside its images and embeddings. Send less.`)
