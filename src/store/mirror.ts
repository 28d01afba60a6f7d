import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceFile } from '../models/card.ts'
import type { StoreContext } from './context.ts'
import { MismatchError, RefusedError, TruncatedError } from './failure.ts'
import { sha256Of } from './hash.ts'
import { mirrorNames, shelf } from './layout.ts'
import { receive } from './receive.ts'
import { fetchUrl } from './url.ts'

export const isUrl = (mirror: string): boolean => /^https?:\/\//i.test(mirror)

/**
 * Copies `file` from a folder that is searched recursively by the file's published names; links to folders are not followed.
 * @throws {RefusedError} when there is none with the right sha256; the errors of `receive`, the file system's for the mirror.
 */
export async function copyFromFolder (mirror: string, file: SourceFile, target: string, signal: AbortSignal): Promise<void> {
  const names = new Set(mirrorNames(file))
  const entries = await readdir(mirror, { recursive: true, withFileTypes: true })
  const candidates = entries.filter((entry) => names.has(entry.name) && !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  for (const candidate of candidates) {
    const { size } = await stat(candidate)
    if (size !== file.bytes || await sha256Of(candidate, signal) !== file.sha256) continue
    await receive(createReadStream(candidate, { signal }), file, { partial: `${target}.copy.partial`, target })
    return
  }
  throw new RefusedError(candidates.length === 0 ? 'has no such file' : 'has it with a wrong sha256')
}

/**
 * Fetches `file` from below a URL: `<mirror>/<published name>`, else as a store shelves it (see `layout.ts`), so that a store's
 * folder `sources` can be served as it is.
 * @throws the last address's error.
 */
export async function fetchFromMirror (context: StoreContext, mirror: string, file: SourceFile, target: string, startMs: number, signal: AbortSignal): Promise<void> {
  const names = mirrorNames(file)
  const addresses = [...names, `${shelf(file)}/${file.name}`].map((path) => `${mirror.replace(/\/+$/, '')}/${path}`)
  for (const [i, address] of addresses.entries()) {
    try {
      await fetchUrl(context, address, file, { target, startMs, allowHttp: true }, signal)
      return
    } catch (error) {
      const elsewhere = error instanceof RefusedError || error instanceof MismatchError || error instanceof TruncatedError
      if (!elsewhere || i === addresses.length - 1) throw error
    }
  }
}
