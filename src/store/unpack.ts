import { basename } from 'node:path'
import { Unzip, UnzipInflate } from 'fflate'
import { bunzip2 } from './bunzip2.ts'
import { TruncatedError } from './failure.ts'

type Bytes = AsyncIterable<Uint8Array>

/** How the file called `name` comes out of the bytes of what it is packed in. @throws {Error} when those are damaged; {TruncatedError} when it is not in them, whole. */
export const UNPACK: Readonly<Record<'zip' | 'bz2', (bytes: Bytes, name: string) => Bytes>> = { zip: unzip, bz2: bunzip2 }

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
