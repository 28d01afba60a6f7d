import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** Lower-case hex sha256 of the file at `path`, read in pieces so that the event loop stays free. @throws the file system's error. */
export async function sha256Of (path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) })) hash.update(chunk)
  return hash.digest('hex')
}

/** sha256 of a value's JSON; object keys in the order in which they were written. */
export const sha256OfJson = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')
