import { rm } from 'node:fs/promises'
import pacote from 'pacote'
import { Parser, type ReadEntry } from 'tar'
import { unlessAborted } from '../system/async.ts'
import { deadline, type Deadline } from './deadline.ts'
import { MismatchError, RefusedError, StorageError } from './fetch-failure.ts'
import type { Packing } from '../models/card.ts'
import type { FileRequest } from './file-request.ts'
import { receive } from './receive-file.ts'
import type { StoreContext } from './store-context.ts'
import { partialPaths } from './store-layout.ts'
import { unpack as unpackMember } from './unpack.ts'

/** A request for a file inside a package. */
export interface PackageFileRequest extends FileRequest {
  /** Path inside the package. */
  readonly path: string
  /** Archive at that path which holds the file; undefined when it is the file. */
  readonly packing: Packing | undefined
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
        const wanted = requests.filter(({ path }) => path === inside)
        if (wanted.some(({ packing }) => packing)) writes.push(writeMembers(entry, wanted, fail))
        else if (wanted[0]) writes.push(write(entry, wanted[0], fail))
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
    const before = done
    const isWritten = await deliver(entry as AsyncIterable<Uint8Array>, request, fail, (bytes) => progress(done = before + bytes))
    if (!isWritten) entry.resume()
  }

  /** Writes the files that are wanted from one archive. It is read as a whole first: the package passes once, and they may be several. */
  async function writeMembers (entry: ReadEntry, wanted: readonly PackageFileRequest[], fail: (error: Error) => void): Promise<void> {
    const archive: Uint8Array[] = []
    try {
      for await (const chunk of entry as AsyncIterable<Uint8Array>) {
        // An entry of another size is refused below, and need not be kept.
        if (wanted.some((request) => sizeOf(request) === entry.size)) archive.push(chunk)
        progress(done += chunk.length)
      }
    } catch {
      // The stream has reported the error; the bytes so far are refused below as cut off.
    }
    for (const request of wanted) {
      const { packing, file } = request
      const bytes = sizeOf(request) === entry.size ? from(archive) : ofAnotherSize(entry.size)
      await deliver(packing ? unpackMember(bytes, packing, file.name) : bytes, request, fail)
    }
  }

  /** Writes a file to its target and notes the outcome. Returns whether it was written. */
  async function deliver (
    bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    request: PackageFileRequest,
    fail: (error: Error) => void,
    onBytes?: (done: number) => void
  ): Promise<boolean> {
    const partial = partialPaths(request.target).npm
    try {
      await receive(bytes, request, { partial, onBytes })
      outcomes.set(request.target, undefined)
      return true
    } catch (error) {
      outcomes.set(request.target, error)
      await rm(partial, { force: true })
      if (error instanceof StorageError) fail(error)
      return false
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

/** Bytes that the package should have at the path of a request. */
const sizeOf = ({ packing, file }: PackageFileRequest): number | undefined => packing ? packing.archive?.bytes : file.bytes

/** @throws {MismatchError} when the first byte is read. */
async function * ofAnotherSize (size: number): AsyncIterable<Uint8Array> {
  throw new MismatchError(`its archive has ${size} bytes`)
}

async function * from (chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield * chunks
}
