import type { Dispatcher } from 'undici'
import { collect } from '../system/coalesce.ts'
import { badUrl, tooManyBytes } from './problems.ts'

/**
 * Reads the body of a response into memory of its own. Bytes are counted as they arrive: Content-Length may be missing or wrong.
 * @throws {FaceError} image_decode_error, image_too_large
 */
export async function receive ({ headers, body }: Dispatcher.ResponseData, maxBytes: number): Promise<Uint8Array> {
  if (isCompressed(String(headers['content-encoding'] ?? ''))) throw badUrl('was answered with a content encoding that was not asked for')
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooManyBytes(maxBytes)
  const bytes = await collect(body, maxBytes).catch((error: unknown) => { throw badUrl('was answered with an image that ended early', error) })
  if (bytes === undefined) throw tooManyBytes(maxBytes)
  if (bytes.length === 0) throw badUrl('was answered with nothing')
  return bytes
}

/** Content codings that change the bytes: the HTTP Content Coding Registry of IANA. */
const COMPRESSIONS = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'compress', 'x-compress', 'dcb', 'dcz', 'exi', 'pack200-gzip', 'aes128gcm'])

/** True when a Content-Encoding names a compression. Stores keep what clients once sent them: nothing, `aws-chunked`, `UTF-8`, `binary`. */
const isCompressed = (encoding: string): boolean => encoding.toLowerCase().split(',').some((coding) => COMPRESSIONS.has(coding.trim()))
