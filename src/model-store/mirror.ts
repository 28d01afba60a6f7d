import { createReadStream } from 'node:fs'
import { fetchUrl } from './download.ts'
import { MismatchError, RefusedError, TruncatedError } from './fetch-failure.ts'
import { findBelow } from './local.ts'
import { receive } from './receive-file.ts'
import type { LocalFile, Requested } from './requested.ts'
import type { StoreContext } from './store-context.ts'
import { mirrorNames, partialPaths, shelf } from './store-layout.ts'

export const isUrl = (mirror: string): boolean => /^https?:\/\//i.test(mirror)

/**
 * Copies a file from below a folder, because a mirror may be a disk that is unplugged later.
 * @throws {RefusedError} when there is none with the right sha256; the errors of `receive`, the file system's for the mirror.
 */
export async function copyFromFolder (mirror: string, requested: Requested, signal: AbortSignal): Promise<void> {
  const { found, others } = await findBelow(mirror, requested, signal)
  if (!found) throw new RefusedError(others.length === 0 ? 'has no such file' : 'has it with a wrong sha256')
  await copy(found, requested, signal)
}

/** Copies a file from the disk. Its bytes are verified once more on their way. @throws the errors of `receive`, the file system's. */
export async function copy ({ path, sha256 }: LocalFile, requested: Requested, signal: AbortSignal): Promise<void> {
  await receive(createReadStream(path, { signal, highWaterMark: 1 << 20 }), { ...requested, sha256 }, { partial: partialPaths(requested.target).copy })
}

/**
 * Fetches a file from below a URL: `<mirror>/<published name>`, else as a store shelves it (see `layout.ts`), so that a store's
 * folder `sources` can be served as it is.
 * @throws the last address's error.
 */
export async function fetchFromMirror (context: StoreContext, mirror: string, requested: Requested, startMs: number, signal: AbortSignal): Promise<void> {
  const { file } = requested
  const addresses = [...mirrorNames(file), `${shelf(file)}/${file.name}`].map((path) => `${mirror.replace(/\/+$/, '')}/${path}`)
  for (const [i, address] of addresses.entries()) {
    try {
      await fetchUrl(context, address, requested, { startMs, allowHttp: true }, signal)
      return
    } catch (error) {
      const elsewhere = error instanceof RefusedError || error instanceof MismatchError || error instanceof TruncatedError
      if (!elsewhere || i === addresses.length - 1) throw error
    }
  }
}
