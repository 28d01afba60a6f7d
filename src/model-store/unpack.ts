import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { basename, extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Unzip, UnzipInflate } from 'fflate'
import { Parser } from 'tar'
import type { Packing } from '../models/card.ts'
import type { Answer } from './bunzip2-worker.ts'
import { MismatchError, TruncatedError } from './fetch-failure.ts'

type Bytes = AsyncIterable<Uint8Array>

/** The file that is wanted from an archive. */
interface Wanted {
  readonly name: string
  /** Whether the file at this path is the wanted one; the first such file is taken. */
  readonly isAt: (path: string) => boolean
}

/**
 * Extracts the file called `name` from the bytes of an archive, as they arrive. The reader bounds the size of the file.
 * @throws {Error} when the archive is damaged.
 * @throws {TruncatedError} when the file is missing or incomplete.
 * @throws {MismatchError} when the archive is not the published one, after the last byte of the file.
 *
 * @example
 * const bytes = unpack(body, { packed: 'zip', member: 'weights/net.onnx' }, 'net.onnx')
 */
export const unpack = (bytes: Bytes, { packed, member, archive }: Packing, name: string): Bytes => UNPACK[packed](
  archive ? verified(bytes, archive) : bytes,
  { name: member ?? name, isAt: (path) => member === undefined ? basename(path) === name : path === member }
)

const UNPACK: Readonly<Record<Packing['packed'], (bytes: Bytes, wanted: Wanted) => Bytes>> = { zip: unzip, bz2: unbzip2, tgz: untar }

/** The worker's entry beside this file: .ts when run from source, .js when compiled. */
const BUNZIP2 = new URL(`./bunzip2-worker${extname(import.meta.url)}`, import.meta.url)

/** Passes on the bytes of an archive, up to its size. @throws {MismatchError} at their end when they are not those of `archive`. */
async function * verified (bytes: Bytes, { sha256, bytes: size }: NonNullable<Packing['archive']>): Bytes {
  const hash = createHash('sha256')
  let done = 0
  for await (const chunk of bytes) {
    done += chunk.length
    if (done > size) throw new MismatchError(`more than the archive's ${size} bytes`)
    hash.update(chunk)
    yield chunk
  }
  if (done < size) throw new TruncatedError(`broke off after ${done} of the archive's ${size} bytes`)
  if (hash.digest('hex') !== sha256) throw new MismatchError('wrong sha256 of the archive')
}

/**
 * Most bytes that are inflated at a time. Deflate multiplies by 1032 at most, so that the reader of a bomb refuses it when 17 MB of it
 * are in memory.
 */
const SLICE = 2 ** 14

/** Extracts a file as the bytes arrive (fflate; PKWARE's APPNOTE 6.3.10). */
async function * unzip (bytes: Bytes, { name, isAt }: Wanted): Bytes {
  const ready: Uint8Array[] = []
  let isFound = false
  let isWhole = false
  let failure: Error | undefined
  const archive = new Unzip((file) => {
    if (isFound || !isAt(file.name)) return
    isFound = true
    file.ondata = (error, data, isLast) => {
      failure ??= error ?? undefined
      if (data?.length) ready.push(data)
      isWhole ||= isLast
    }
    file.start()
  })
  archive.register(UnzipInflate)
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += SLICE) {
      if (isWhole) break
      archive.push(chunk.subarray(at, at + SLICE))
      if (failure) throw failure
      yield * ready.splice(0)
    }
  }
  if (!isWhole) throw new TruncatedError(`${name} is not in the archive, or not whole`)
}

/** Does the same for a gzipped tarball, the format of Python's source packages. */
async function * untar (bytes: Bytes, { name, isAt }: Wanted): Bytes {
  const ready: Uint8Array[] = []
  let isFound = false
  let isWhole = false
  let failure: unknown
  const parser = new Parser({
    strict: true,
    onReadEntry (entry) {
      if (isFound || !isAt(entry.path)) return entry.resume()
      isFound = true
      entry.on('data', (data: Uint8Array) => ready.push(data))
      entry.on('end', () => { isWhole = entry.remain === 0 })
    }
  })
  parser.on('error', (error) => { failure ??= error })
  for await (const chunk of bytes) {
    if (isWhole) continue
    parser.write(Buffer.from(chunk))
    yield * ready.splice(0)
    if (failure && !isWhole) throw failure
  }
  if (!isWhole) throw new TruncatedError(`${name} is not in the archive, or not whole`)
}

/** Unpacks a bzip2 file, which holds a single file, in a worker thread: its blocks would hold up the event loop. */
async function * unbzip2 (bytes: Bytes): Bytes {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  const worker = new Worker(BUNZIP2, { workerData: Buffer.concat(chunks) })
  try {
    for (;;) {
      worker.postMessage('next')
      const [answer] = await once(worker, 'message') as [Answer]
      if ('problem' in answer) throw answer.isTruncated ? new TruncatedError(answer.problem) : new Error(answer.problem)
      if (!answer.block) return
      yield answer.block
    }
  } finally {
    await worker.terminate()
  }
}
