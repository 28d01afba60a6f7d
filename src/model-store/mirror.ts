import { createReadStream } from 'node:fs'
import { fetchUrl } from './download.ts'
import { MismatchError, RefusedError, TruncatedError } from './fetch-failure.ts'
import type { FileRequest, LocalFile } from './file-request.ts'
import { findInFolder } from './find-in-folder.ts'
import { receive } from './receive-file.ts'
import type { StoreContext } from './store-context.ts'
import { mirrorNames, partialPaths, shelf } from './store-layout.ts'

export const isUrl = (mirror: string): boolean => /^https?:\/\//i.test(mirror)

/**
 * Copies a file out of a mirror that is a folder. It is copied, not used in place, because a mirror may be a disk that is unplugged later.
 * @throws {RefusedError} when the mirror has no file with the right sha256; errors of `receive`; the file system's for the mirror.
 */
export async function copyFromFolder (mirror: string, request: FileRequest, signal: AbortSignal): Promise<void> {
  const { match, mismatches } = await findInFolder(mirror, request, signal)
  if (!match) throw new RefusedError(mismatches.length === 0 ? 'has no such file' : 'has it with a wrong sha256')
  await copy(match, request, signal)
}

/** Copies a file to the request's target and verifies its bytes on the way. @throws errors of `receive` and the file system's. */
export async function copy ({ path, sha256 }: LocalFile, request: FileRequest, signal: AbortSignal): Promise<void> {
  await receive(createReadStream(path, { signal, highWaterMark: 1 << 20 }), { ...request, sha256 }, { partial: partialPaths(request.target).copy })
}

/**
 * Fetches a file from a mirror that is a URL: `<mirror>/<published name>`, else at the path that it has below `sources` in a store (see
 * `store-layout.ts`), so that this folder can be served unchanged.
 * @throws the error of the last address tried.
 */
export async function fetchFromMirror (
  context: StoreContext, mirror: string, request: FileRequest, startMs: number, signal: AbortSignal
): Promise<void> {
  const { file } = request
  const addresses = [...mirrorNames(file), `${shelf(file)}/${file.name}`].map((path) => `${mirror.replace(/\/+$/, '')}/${path}`)
  for (const [i, address] of addresses.entries()) {
    try {
      await fetchUrl(context, address, request, { startMs, allowHttp: true }, signal)
      return
    } catch (error) {
      const mayBeElsewhere = error instanceof RefusedError || error instanceof MismatchError || error instanceof TruncatedError
      if (!mayBeElsewhere || i === addresses.length - 1) throw error
    }
  }
}
