import { StringDecoder } from 'node:string_decoder'
import { FaceError } from '../errors.ts'

/**
 * Yields the lines of a stream, without their line ends. node:readline would buffer a line of any length, and throw outside of any
 * caller once it exceeds the longest possible string.
 * @throws {FaceError} image_too_large when a line is longer than `longest` characters.
 */
export async function * linesOf (stream: AsyncIterable<Uint8Array | string>, longest: number): AsyncGenerator<string> {
  const decoder = new StringDecoder()
  let number = 1
  // Joined once, at the end of the line: a long line arrives in thousands of chunks.
  let chunks: string[] = []
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

  function keep (chunk: string): void {
    length += chunk.length
    if (length > longest) throw new FaceError('image_too_large', `Line ${number} is over the limit of ${longest} characters, which follows from MAX_IMAGE_BYTES.`)
    chunks.push(chunk)
  }

  function line (): string {
    const text = chunks.join('')
    chunks = []
    length = 0
    number++
    return text.endsWith('\r') ? text.slice(0, -1) : text
  }
}
