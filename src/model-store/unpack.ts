import { once } from 'node:events'
import { basename, extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Unzip, UnzipInflate } from 'fflate'
import { Parser } from 'tar'
import type { Answer } from './bunzip2-worker.ts'
import { TruncatedError } from './fetch-failure.ts'

type Bytes = AsyncIterable<Uint8Array>

/** How the file called `name` comes out of the bytes of what it is packed in. @throws {Error} when those are damaged; {TruncatedError} when it is not in them, whole. */
export const UNPACK: Readonly<Record<'zip' | 'bz2' | 'tgz', (bytes: Bytes, name: string) => Bytes>> = { zip: unzip, bz2: unbzip2, tgz: untar }

/** The worker's file lies beside this one, as .ts from source and as .js when compiled. */
const BUNZIP2 = new URL(`./bunzip2-worker${extname(import.meta.url)}`, import.meta.url)

/** The file of an archive that has this name, in whatever folder. PKWARE's APPNOTE 6.3.10, by fflate, as the bytes come. */
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

/** The same of a tarball, as Python's source packages are. */
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

/** The one file that bzip2 packs, in a thread of its own: its blocks would hold the event loop. */
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
