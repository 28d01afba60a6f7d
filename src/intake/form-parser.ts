import { type FaceError, validationError } from '../errors.ts'
import { type PartHeaders, partHeaders } from './part-headers.ts'

/** Longest boundary, in characters; RFC 2046 §5.1.1 allows 70. */
const LONGEST_BOUNDARY = 200
/** Most bytes of the headers of one part: a browser sends 200, and file names have at most a few hundred. */
const MOST_HEADERS = 8 * 1024
/** Most bytes before the first part. Form encoders write none. */
const MOST_PREAMBLE = 8 * 1024
/** Most blanks between a boundary and the end of its line (RFC 2046 §5.1.1). */
const MOST_PADDING = 64

const LINE_END = Buffer.from('\r\n')
const HEADERS_END = Buffer.from('\r\n\r\n')
const [CR, LF, DASH, SPACE, TAB] = [0x0d, 0x0a, 0x2d, 0x20, 0x09]

/** The part of the body that comes next. */
type State = 'preamble' | 'headers' | 'content' | 'end'

/** Takes the content of one part. */
export interface PartSink {
  write: (bytes: Buffer) => void
  end: () => void
}

export interface FormParser {
  /** Takes the next bytes. @throws {FaceError} validation_error at the first fault; what `open` and the sinks throw. */
  write: (chunk: Buffer) => void
  /** @throws {FaceError} validation_error when the last boundary has not come. */
  end: () => void
}

/**
 * Parses multipart/form-data (RFC 7578) that comes piece by piece. Nothing is kept but the headers of one part: whoever opens a part bounds
 * their number and what is in them, and the first excess ends the parsing.
 * @param open returns what takes the content of a part.
 * @throws {FaceError} validation_error when the boundary is missing or too long.
 * @example
 * const parser = formParser(boundary, ({ name }) => ({ write: (bytes) => keep(name, bytes), end: () => {} }))
 * for await (const chunk of body) parser.write(chunk)
 * parser.end()
 */
export function formParser (boundary: string | undefined, open: (headers: PartHeaders) => PartSink): FormParser {
  if (!boundary) throw malformed('has no boundary in its Content-Type')
  if (boundary.length > LONGEST_BOUNDARY) throw malformed(`has a boundary of more than ${LONGEST_BOUNDARY} characters`)
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  let state = 'preamble' as State
  // The first boundary needs no line end before it.
  let rest: Buffer = LINE_END
  let preamble = 0
  let part: PartSink | undefined

  function content (bytes: Buffer): void {
    if (part) return part.write(bytes)
    preamble += bytes.length
    if (preamble > MOST_PREAMBLE) throw malformed(`has more than ${MOST_PREAMBLE} bytes before its first part, or another boundary than its Content-Type says`)
  }

  /** Takes content up to the next boundary; returns from where on more bytes are needed. */
  function toBoundary (bytes: Buffer, from: number): number {
    let at = from
    for (;;) {
      const found = bytes.indexOf(delimiter, at)
      if (found < 0) {
        const safe = Math.max(at, bytes.length - delimiter.length + 1)
        content(bytes.subarray(at, safe))
        return safe
      }
      const next = lineAfter(bytes, found + delimiter.length)
      if (next === 'incomplete') {
        content(bytes.subarray(at, found))
        return found
      }
      if (next === undefined) {
        // A line that only begins like the boundary.
        content(bytes.subarray(at, found + 1))
        at = found + 1
        continue
      }
      content(bytes.subarray(at, found))
      part?.end()
      part = undefined
      state = next.isLast ? 'end' : 'headers'
      return next.end
    }
  }

  /** Takes the headers of a part; returns from where on more bytes are needed. */
  function toContent (bytes: Buffer, from: number): number {
    if (bytes[from] === CR && bytes[from + 1] === LF) throw malformed('has a part without headers')
    const end = bytes.indexOf(HEADERS_END, from)
    const given = bytes.subarray(from, end < 0 ? bytes.length : end)
    if (given.includes(delimiter)) throw malformed('has a part whose headers are malformed')
    if (given.length > MOST_HEADERS) throw malformed(`has a part with more than ${MOST_HEADERS} bytes of headers`)
    if (end < 0) return from
    const headers = partHeaders(given)
    if (typeof headers === 'string') throw malformed(headers)
    part = open(headers)
    state = 'content'
    return end + HEADERS_END.length
  }

  return {
    write (chunk) {
      if (state === 'end') return
      const bytes = Buffer.concat([rest, chunk])
      let at = 0
      let before: State
      do {
        before = state
        at = state === 'headers' ? toContent(bytes, at) : toBoundary(bytes, at)
      } while (state !== before && (state as State) !== 'end')
      rest = bytes.subarray(at)
    },
    end () {
      if (state !== 'end') throw malformed('ended early, or the boundary in Content-Type is not that of the body')
    }
  }
}

/** The end of the line on which a boundary ends at `at`; undefined when other characters follow, so that it is none. */
function lineAfter (bytes: Buffer, at: number): { readonly end: number, readonly isLast: boolean } | 'incomplete' | undefined {
  let end = at
  if (bytes[end] === DASH) {
    if (end + 1 === bytes.length) return 'incomplete'
    return bytes[end + 1] === DASH ? { end: end + 2, isLast: true } : undefined
  }
  while (end - at < MOST_PADDING && (bytes[end] === SPACE || bytes[end] === TAB)) end++
  if (end >= bytes.length || (bytes[end] === CR && end + 1 === bytes.length)) return 'incomplete'
  return bytes[end] === CR && bytes[end + 1] === LF ? { end: end + 2, isLast: false } : undefined
}

const malformed = (msg: string): FaceError => validationError([{ field: '', msg: `The form ${msg}` }])
