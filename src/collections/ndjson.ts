import { FaceError, validationError } from '../errors.ts'

/** The byte order mark, which spreadsheets and PowerShell write before the first line. */
const MARK = '\uFEFF'

/** UTF-16 and UTF-32 without a byte order mark read as UTF-8: full of NUL, which JSON escapes. */
const OTHER_ENCODING = /\0/

/** Pieces of a line that are joined at a time: a client may send a line of megabytes byte by byte. */
const JOINED = 1024

/**
 * Yields the lines of a stream, without their line ends and without a byte order mark. node:readline would buffer a line of any length, and
 * throw outside of any caller once it exceeds the longest possible string.
 * @param onLonger receives the characters by which a line gets longer than all before it, while it arrives. What it throws ends the reading.
 * @throws {FaceError} image_too_large when a line is longer than `longest` characters; validation_error when it is not UTF-8.
 */
export async function * linesOf (
  stream: AsyncIterable<Uint8Array | string>,
  longest: number,
  onLonger: (characters: number) => void = () => {}
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let number = 1
  // Joined at the end of the line, and a thousand at a time before: a long line arrives in thousands of chunks, or millions.
  let joined: string[] = []
  let chunks: string[] = []
  let length = 0
  let most = 0

  for await (const bytes of stream) {
    const [first = '', ...rest] = (typeof bytes === 'string' ? bytes : decoded(bytes)).split('\n')
    keep(first)
    for (const next of rest) {
      yield line()
      keep(next)
    }
  }
  keep(decoded())
  if (length > 0) yield line()

  /** Decodes the next bytes, or ends the text. A wrong byte is not replaced: it may be in the name of a person. */
  function decoded (bytes?: Uint8Array): string {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined })
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      throw notUtf8()
    }
  }

  function notUtf8 (): FaceError {
    return validationError([{ field: number === 1 ? 'line 1' : `line ${number} or one after it`, msg: 'must be in UTF-8; the encoding is another one, such as UTF-16' }])
  }

  function keep (chunk: string): void {
    length += chunk.length
    if (length > longest) throw new FaceError('image_too_large', `Line ${number} is over the limit of ${longest} characters, which follows from MAX_IMAGE_BYTES.`)
    if (length > most) onLonger(length - most)
    most = Math.max(most, length)
    if (chunks.push(chunk) < JOINED) return
    joined.push(chunks.join(''))
    chunks = []
  }

  function line (): string {
    const text = [...joined, ...chunks].join('')
    if (number === 1 && OTHER_ENCODING.test(text)) throw notUtf8()
    const begin = number === 1 && text.startsWith(MARK) ? MARK.length : 0
    joined = []
    chunks = []
    length = 0
    number++
    return text.slice(begin, text.endsWith('\r') ? -1 : undefined)
  }
}
