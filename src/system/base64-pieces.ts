/** Bytes that are encoded at a time: a multiple of three, so that only the last piece is padded. 64 KiB of text, as much as a stream takes at once. */
const PIECE = 48 * 1024

/** Yields the base64 of bytes in pieces, so that the text of a large photo is never in memory as a whole, nor made at once. */
export function * base64Pieces ({ buffer, byteOffset, byteLength }: Uint8Array): Generator<string> {
  for (let at = 0; at < byteLength; at += PIECE) {
    yield Buffer.from(buffer, byteOffset + at, Math.min(PIECE, byteLength - at)).toString('base64')
  }
}

/** Characters of the base64 of that many bytes. */
export const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4
