import type { Dispatcher } from 'undici'
import { badUrl, tooManyBytes } from './problems.ts'

/**
 * Reads the body of a response into memory of its own. Bytes are counted as they arrive: Content-Length may be missing or wrong.
 * @throws {FaceError} image_decode_error, image_too_large
 */
export async function receive ({ headers, body }: Dispatcher.ResponseData, maxBytes: number): Promise<Uint8Array> {
  if (isCompressed(String(headers['content-encoding'] ?? ''))) throw badUrl('was answered with a content encoding that was not asked for')
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooManyBytes(maxBytes)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > maxBytes) throw tooManyBytes(maxBytes)
      chunks.push(chunk)
    }
  } catch (error) {
    throw size > maxBytes ? error : badUrl('was answered with an image that ended early', error)
  }
  if (size === 0) throw badUrl('was answered with nothing')
  return join(chunks, size)
}

/** Content codings that change the bytes: the HTTP Content Coding Registry of IANA. */
const COMPRESSIONS = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'compress', 'x-compress', 'dcb', 'dcz', 'exi', 'pack200-gzip', 'aes128gcm'])

/** True when a Content-Encoding names a compression. Stores keep what clients once sent them: nothing, `aws-chunked`, `UTF-8`, `binary`. */
const isCompressed = (encoding: string): boolean => encoding.toLowerCase().split(',').some((coding) => COMPRESSIONS.has(coding.trim()))

function join (chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
