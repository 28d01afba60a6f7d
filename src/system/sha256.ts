import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** Lower-case hex sha256 of a short text or buffer. Blocks the event loop for about 1 ms a megabyte. */
export const sha256Hex = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

/** Lower-case hex sha256 of `bytes`, computed off the event loop. */
export const sha256OfBytes = async (bytes: Uint8Array): Promise<string> => Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')

/** Lower-case hex sha256 of the file at `path`, read in chunks so that the event loop stays free. @throws the system's error. */
export async function sha256OfFile (path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) })) hash.update(chunk)
  return hash.digest('hex')
}

/** Lower-case hex sha256 of a value's JSON; it depends on the order of object keys. */
export const sha256OfJson = (value: unknown): string => sha256Hex(JSON.stringify(value))
