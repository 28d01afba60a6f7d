import { StringDecoder } from 'node:string_decoder'
import { FaceError } from '../errors.ts'

/**
 * The lines of a stream, without their ends. node:readline would keep a line of any length, and throw where nobody can catch it once
 * that is longer than a string may be.
 * @throws {FaceError} image_too_large where a line is longer than `longest` characters.
 */
export async function * linesOf (stream: AsyncIterable<Uint8Array | string>, longest: number): AsyncGenerator<string> {
  const decoder = new StringDecoder()
  let number = 1
  // Joined at the end of a line: a long one comes in thousands of pieces.
  let pieces: string[] = []
  let length = 0

  for await (const bytes of stream) {
    const [first = '', ...rest] = (typeof bytes === 'string' ? bytes : decoder.write(bytes)).split('\n')
    keep(first)
    for (const next of rest) {
      yield line()
      keep(next)
    }
  }
  keep(decoder.end())
  if (length > 0) yield line()

  function keep (piece: string): void {
    length += piece.length
    if (length > longest) throw new FaceError('image_too_large', `Line ${number} is over the limit of ${longest} characters, which follows from MAX_IMAGE_BYTES.`)
    pieces.push(piece)
  }

  function line (): string {
    const text = pieces.join('')
    pieces = []
    length = 0
    number++
    return text.endsWith('\r') ? text.slice(0, -1) : text
  }
}
