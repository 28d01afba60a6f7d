import { type FaceError, imageDecodeError } from '../errors.ts'
import { tooManyBytes } from './problems.ts'

/** White space that encoders write: MIME and Android break lines after 76 characters, PEM after 64. */
const WHITE_SPACE = /[\t\n\r ]+/g

export interface Base64Decoder {
  /** Decodes further characters. @throws {FaceError} image_decode_error, image_too_large as soon as there are more than the limit. */
  write: (text: string) => void
  /** Returns the bytes in memory of their own. @throws {FaceError} image_decode_error when there are none, or the last group is incomplete. */
  end: () => Uint8Array
}

/**
 * Decodes base64 (RFC 4648 §4) that comes piece by piece. White space between the characters is skipped.
 *
 * Node's decoder is fast and lenient. Its leniencies are detected without a scan in JavaScript: it skips foreign characters and stops at
 * padding, and then writes fewer bytes than the length implies; it accepts the URL alphabet, and the low byte of wide characters; and it
 * ignores bits left over in the last group. 10 MB take 10 to 20 ms.
 */
export function base64Decoder (maxBytes: number): Base64Decoder {
  const blocks: Buffer[] = []
  let size = 0
  let seen = 0
  // Up to four characters: the last group may have padding.
  let rest = ''

  /** Decodes whole groups; false when they hold foreign characters, white space or padding. */
  function keep (text: string): boolean {
    if (text.includes('-') || text.includes('_') || Buffer.byteLength(text) !== text.length) throw notBase64()
    // Not Buffer.from: small results would lie in Node's shared pool, which cannot be transferred.
    const block = Buffer.allocUnsafeSlow(text.length / 4 * 3)
    if (block.write(text, 'base64') !== block.length) return false
    if (size + block.length > maxBytes) throw tooManyBytes(maxBytes)
    blocks.push(block)
    size += block.length
    return true
  }

  return {
    write (text) {
      seen += text.length
      // At most one character in four is white space in any encoder's output.
      if (seen > 2 * maxBytes + 1024) throw tooManyBytes(maxBytes)
      let all = rest + text
      let whole = groupsBeforeLast(all)
      if (whole > 0 && !keep(all.slice(0, whole))) {
        const dense = all.replace(WHITE_SPACE, '')
        // Padding may have moved into the last group.
        if (dense.length === all.length) throw notBase64()
        all = dense
        whole = groupsBeforeLast(all)
        if (whole > 0 && !keep(all.slice(0, whole))) throw notBase64()
      }
      rest = all.slice(whole).replace(WHITE_SPACE, '')
    },
    end () {
      if (size === 0 && rest === '') throw imageDecodeError('The image is empty. Send the image in base64.')
      const last = Buffer.from(rest, 'base64')
      if (rest.length % 4 !== 0 || last.toString('base64') !== rest) throw notBase64()
      if (size + last.length > maxBytes) throw tooManyBytes(maxBytes)
      const bytes = Buffer.allocUnsafeSlow(size + last.length)
      let at = 0
      for (const block of [...blocks, last]) at += block.copy(bytes, at)
      return bytes
    }
  }
}

/** The characters of all groups of four but the last, which may be incomplete. */
const groupsBeforeLast = (text: string): number => Math.max(0, Math.ceil(text.length / 4) - 1) * 4

const notBase64 = (): FaceError =>
  imageDecodeError('The image is not valid base64. Use the alphabet A-Z a-z 0-9 + /, and padding.')
