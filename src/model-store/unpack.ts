import { once } from 'node:events'
import { basename, extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Unzip, UnzipInflate } from 'fflate'
import { Parser } from 'tar'
import type { Answer } from './bunzip2-worker.ts'
import { TruncatedError } from './fetch-failure.ts'

type Bytes = AsyncIterable<Uint8Array>

/**
 * Extracts the file called `name` from the bytes of an archive, by kind of archive.
 * @throws {Error} when the archive is damaged.
 * @throws {TruncatedError} when the file is missing or incomplete.
 */
export const UNPACK: Readonly<Record<'zip' | 'bz2' | 'tgz', (bytes: Bytes, name: string) => Bytes>> = { zip: unzip, bz2: unbzip2, tgz: untar }

/** The worker's entry beside this file: .ts when run from source, .js when compiled. */
const BUNZIP2 = new URL(`./bunzip2-worker${extname(import.meta.url)}`, import.meta.url)

/** Extracts the file with this base name, in whatever folder, as the bytes arrive (fflate; PKWARE's APPNOTE 6.3.10). */
async function * unzip (bytes: Bytes, name: string): Bytes {
  const ready: Uint8Array[] = []
  let isWhole = false
  let failure: Error | undefined
  const archive = new Unzip((file) => {
    if (basename(file.name) !== name) return
    file.ondata = (error, data, isLast) => {
      failure ??= error ?? undefined
      if (data?.length) ready.push(data)
      isWhole ||= isLast
    }
    file.start()
  })
  archive.register(UnzipInflate)
  for await (const chunk of bytes) {
    if (isWhole) continue
    archive.push(chunk)
    if (failure) throw failure
    yield * ready.splice(0)
  }
  if (!isWhole) throw new TruncatedError(`${name} is not in the archive, or not whole`)
}

/** Does the same for a gzipped tarball, the format of Python's source packages. */
async function * untar (bytes: Bytes, name: string): Bytes {
  const ready: Uint8Array[] = []
  let isWhole = false
  let failure: unknown
  const parser = new Parser({
    strict: true,
    onReadEntry (entry) {
      if (basename(entry.path) !== name) return entry.resume()
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
