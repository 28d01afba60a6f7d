import type { FaceError } from '../errors.ts'
import { imageText } from './image-text.ts'

/** An escape that has begun at the end of a piece. Behind another backslash it is none, but then the string is no base64 either. */
const OPEN_ESCAPE = /\\(?:u[0-9a-fA-F]{0,3})?$/

/** Escapes of the characters of base64 and of line breaks: PHP writes `\/`, .NET `\u002B`. */
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g
const NAMED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/** A string of JSON that is too long to be parsed with the rest. */
export interface LongString {
  /** The image in it, in memory of its own, or why there is none. */
  readonly image: Uint8Array | FaceError
  /** The string as it was sent, without quotes; undefined when it is longer than the JSON beside the images may be. */
  readonly source: readonly Buffer[] | undefined
}

/**
 * Reads a string of JSON that comes piece by piece, and decodes the image in it as it comes.
 * @param first the string's beginning, with all of the header of a data: URI.
 * @param longest most bytes of `source`.
 */
export function longString (first: Buffer, maxImageBytes: number, longest: number) {
  let source: Buffer[] | undefined = [first]
  let length = first.length
  let escape = ''
  const image = imageText(unescaped(first), maxImageBytes)

  function unescaped (piece: Buffer): string {
    const text = escape + piece.toString('latin1')
    if (!text.includes('\\')) return text
    escape = OPEN_ESCAPE.exec(text.slice(-5))?.[0] ?? ''
    return text.slice(0, text.length - escape.length)
      .replace(ESCAPE, (_, code: string | undefined, letter: string) => code === undefined ? NAMED[letter] ?? letter : String.fromCharCode(parseInt(code, 16)))
  }

  return {
    write (piece: Buffer): void {
      length += piece.length
      if (length > longest) source = undefined
      source?.push(piece)
      image.write(unescaped(piece))
    },
    end (): LongString {
      image.write(escape)
      return { image: image.end(), source }
    }
  }
}
