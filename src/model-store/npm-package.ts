import { rm } from 'node:fs/promises'
import pacote from 'pacote'
import { Parser, type ReadEntry } from 'tar'
import { unlessAborted } from '../system/async.ts'
import { deadline, type Deadline } from './deadline.ts'
import { RefusedError, StorageError } from './fetch-failure.ts'
import type { FileRequest } from './file-request.ts'
import { receive } from './receive-file.ts'
import type { StoreContext } from './store-context.ts'
import { partialPaths } from './store-layout.ts'

/** A request for a file inside a package. */
export interface PackageFileRequest extends FileRequest {
  /** Path inside the package. */
  readonly path: string
}

/** Outcome of each request, by target: undefined when the file was delivered, else the error. */
export type Outcomes = ReadonlyMap<string, unknown>

/**
 * Extracts the requested files from an npm package in one download, without keeping the package: its bytes are decompressed as they
 * arrive, and only the requested files reach the disk. pacote honours npm's registry, proxies and cache.
 * @throws npm's errors, StalledError, StorageError, the signal's reason.
 */
export async function fetchPackage (
  context: StoreContext, spec: string, requests: readonly PackageFileRequest[], startMs: number, outer: AbortSignal
): Promise<Outcomes> {
  const limits = deadline(outer, startMs, context.idleMs)
  // npm's fetch accepts `signal`, which pacote's types omit. Both calls share one packument.
  const options = {
    ...context.npm,
    packumentCache: new Map(),
    fetchRetries: 1,
    fetchRetryMintimeout: 500,
    timeout: context.idleMs,
    signal: limits.signal
  } as pacote.Options
  let unpacking: Promise<Outcomes> | undefined
  try {
    const manifest = await unlessAborted(pacote.manifest(spec, options), limits.signal)
    const { unpackedSize } = manifest['dist'] as { unpackedSize?: number }
    // `unpackedSize` leaves out folders and padding, so the sum of the bytes does not show the end.
    const progress = (done: number, total = unpackedSize): void => context.progress({ what: spec, done, total })
    const streaming = pacote.tarball.stream(spec, (stream) => {
      unpacking = unpack(stream, requests, limits, progress)
      return unpacking
    }, options)
    return await unlessAborted(streaming, limits.signal)
  } catch (error) {
    // The deadline's reason says more than the error that its abort caused.
    throw limits.signal.aborted ? limits.signal.reason : error
  } finally {
    limits.clear()
    // Wait until no file is being written any more; the outcome itself was returned or thrown above.
    await Promise.allSettled([unpacking])
  }
}

/** Reads a tarball to its end. pacote may call this again, with another stream, when its cache was damaged. */
async function unpack (
  stream: NodeJS.ReadableStream,
  requests: readonly PackageFileRequest[],
  limits: Deadline,
  progress: (done: number, total?: number) => void
): Promise<Outcomes> {
  const outcomes = new Map<string, unknown>(requests.map(({ target }) => [target, new RefusedError('has no such file')]))
  const writes: Promise<void>[] = []
  let current: ReadEntry | undefined
  let done = 0

  const ended = new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(error)
      stream.unpipe()
      // The rest of this entry will not arrive; without this its reader would wait for ever.
      current?.destroy(error)
    }
    const onAbort = (): void => fail(limits.signal.reason)
    const parser = new Parser({
      strict: true,
      onReadEntry (entry) {
        current = entry
        // The stream reports the error already; on an entry that is not read it would be unhandled and end the process.
        entry.on('error', () => {})
        // The first folder of the path is the archive's own, usually `package`.
        const inside = entry.path.slice(entry.path.indexOf('/') + 1)
        const request = requests.find(({ path }) => path === inside)
        if (request) writes.push(write(entry, request, fail))
        // A listener makes the entry flow, so only entries that are not written get one.
        else entry.on('data', (chunk: Uint8Array) => progress(done += chunk.length))
      }
    })
    limits.signal.addEventListener('abort', onAbort, { once: true })
    parser.on('end', () => {
      limits.signal.removeEventListener('abort', onAbort)
      resolve()
    })
    parser.on('error', fail)
    stream.on('error', fail)
    stream.on('data', limits.alive)
    stream.pipe(parser as unknown as NodeJS.WritableStream)
  })

  async function write (entry: ReadEntry, request: PackageFileRequest, fail: (error: Error) => void): Promise<void> {
    const partial = partialPaths(request.target).npm
    try {
      const before = done
      await receive(entry as AsyncIterable<Uint8Array>, request, { partial, onBytes: (bytes) => progress(done = before + bytes) })
      outcomes.set(request.target, undefined)
    } catch (error) {
      outcomes.set(request.target, error)
      await rm(partial, { force: true })
      if (error instanceof StorageError) fail(error)
      else entry.resume()
    }
  }

  try {
    await ended
  } finally {
    await Promise.all(writes)
  }
  progress(done, done)
  return outcomes
}
