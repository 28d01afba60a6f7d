import { rm } from 'node:fs/promises'
import pacote from 'pacote'
import { Parser, type ReadEntry } from 'tar'
import { unlessAborted } from '../system/async.ts'
import { deadline, type Deadline } from './deadline.ts'
import { RefusedError, StorageError } from './fetch-failure.ts'
import { receive } from './receive-file.ts'
import type { Requested } from './requested.ts'
import type { StoreContext } from './store-context.ts'
import { partialPaths } from './store-layout.ts'

/** A file that is requested from a package. */
export interface Packed extends Requested {
  /** Inside the package. */
  readonly path: string
}

/** What became of each wanted file, by target: undefined when it is there, else why it is not. */
export type Delivered = ReadonlyMap<string, unknown>

/**
 * Takes the wanted files out of an npm package in one download, without keeping the package: its bytes run through the
 * decompressor, and only the requested ones reach the disk. pacote honours npm's registry, proxies and cache.
 * @throws npm's errors, StalledError, StorageError, the signal's reason.
 */
export async function fetchPackage (context: StoreContext, spec: string, requested: readonly Packed[], startMs: number, outer: AbortSignal): Promise<Delivered> {
  const limits = deadline(outer, startMs, context.idleMs)
  // `signal` reaches npm's fetch; the types do not know it. One packument serves both calls.
  const options = {
    ...context.npm,
    packumentCache: new Map(),
    fetchRetries: 1,
    fetchRetryMintimeout: 500,
    timeout: context.idleMs,
    signal: limits.signal
  } as pacote.Options
  let unpacking: Promise<Delivered> | undefined
  try {
    const manifest = await unlessAborted(pacote.manifest(spec, options), limits.signal)
    const { unpackedSize } = manifest['dist'] as { unpackedSize?: number }
    // Directories and padding are not counted, so the end is told apart from the sum.
    const progress = (done: number, total = unpackedSize): void => context.progress({ what: spec, done, total })
    const streaming = pacote.tarball.stream(spec, (stream) => {
      unpacking = unpack(stream, requested, limits, progress)
      return unpacking
    }, options)
    return await unlessAborted(streaming, limits.signal)
  } catch (error) {
    // The deadline's reason says more than the error that its abort caused.
    throw limits.signal.aborted ? limits.signal.reason : error
  } finally {
    limits.clear()
    // No file of ours is still being written when the caller goes on; the outcome is thrown above.
    await Promise.allSettled([unpacking])
  }
}

/** Reads a tarball to its end. pacote may call this again, with another stream, when its cache was damaged. */
async function unpack (stream: NodeJS.ReadableStream, requested: readonly Packed[], limits: Deadline, progress: (done: number, total?: number) => void): Promise<Delivered> {
  const delivered = new Map<string, unknown>(requested.map(({ target }) => [target, new RefusedError('has no such file')]))
  const works: Promise<void>[] = []
  let current: ReadEntry | undefined
  let done = 0

  const ended = new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(error)
      stream.unpipe()
      // An entry whose bytes will not come any more must not be waited for.
      current?.destroy(error)
    }
    const onAbort = (): void => fail(limits.signal.reason)
    const parser = new Parser({
      strict: true,
      onReadEntry (entry) {
        current = entry
        // Told by the stream already; an entry that nobody reads must not end the process.
        entry.on('error', () => {})
        // The first folder of the path is the archive's own, mostly `package`.
        const inside = entry.path.slice(entry.path.indexOf('/') + 1)
        const match = requested.find(({ path }) => path === inside)
        if (match) works.push(keep(entry, match, fail))
        // Listening lets it flow, so only what is not kept is listened to.
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

  async function keep (entry: ReadEntry, match: Packed, fail: (error: Error) => void): Promise<void> {
    const partial = partialPaths(match.target).npm
    try {
      const before = done
      await receive(entry as AsyncIterable<Uint8Array>, match, { partial, onBytes: (bytes) => progress(done = before + bytes) })
      delivered.set(match.target, undefined)
    } catch (error) {
      delivered.set(match.target, error)
      await rm(partial, { force: true })
      if (error instanceof StorageError) fail(error)
      else entry.resume()
    }
  }

  try {
    await ended
  } finally {
    await Promise.all(works)
  }
  progress(done, done)
  return delivered
}
