import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { renameDurably, writeAtomically } from '../system/atomic-write.ts'
import { MismatchError, StorageError, storing, TruncatedError } from './fetch-failure.ts'
import type { Requested } from './requested.ts'

export interface Receiving {
  /** Where the bytes gather; renamed to the target when all are there. In the same folder as the target. */
  readonly partial: string
  /** So many bytes of `partial` are there from an earlier try; `chunks` go on after them. */
  readonly offset?: number
  /** Bytes of the whole file, where the card does not tell them and the source does. */
  readonly total?: number | undefined
  /** Told how many bytes are there, after each chunk. */
  readonly onBytes?: ((done: number) => void) | undefined
}

/** What a file of unknown size may have at most: an ONNX file, and with it a graph, ends at 2 GiB (protobuf's own limit). */
const MOST = 2 ** 31

/**
 * Writes a published file: all of it, with the right sha256 and safe on the disk, or not at all.
 *
 * When `chunks` breaks off, `partial` stays, and the caller decides whether it can be resumed.
 * @throws {TruncatedError} when the bytes end too early; what `chunks` throws.
 * @throws {MismatchError} when size or sha256 are not those that are requested; `partial` is then gone.
 * @throws {StorageError} when the folder cannot be written; `partial` is then gone.
 */
export async function receive (chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, { file, target, sha256 }: Requested, { partial, offset = 0, total = file.bytes, onBytes }: Receiving): Promise<void> {
  const hash = createHash('sha256')
  try {
    const handle = await storing(async () => {
      await mkdir(dirname(target), { recursive: true })
      if (offset > 0) for await (const chunk of createReadStream(partial, { end: offset - 1 })) hash.update(chunk)
      return await open(partial, offset > 0 ? 'r+' : 'w')
    })
    try {
      let done = offset
      for await (const chunk of chunks) {
        if (done + chunk.length > (total ?? MOST)) throw new MismatchError(`more than its ${total ?? MOST} bytes`)
        hash.update(chunk)
        await storing(() => writeAll(handle, chunk, done))
        done += chunk.length
        onBytes?.(done)
      }
      if (total !== undefined && done < total) throw new TruncatedError(`broke off after ${done} of ${total} bytes`)
      if (sha256 !== undefined && hash.digest('hex') !== sha256) throw new MismatchError('wrong sha256')
      await storing(() => handle.sync())
    } finally {
      await storing(() => handle.close())
    }
    await storing(() => renameDurably(partial, target))
  } catch (error) {
    if (error instanceof MismatchError || error instanceof StorageError) await rm(partial, { force: true })
    throw error
  }
}

/** Writes `bytes` at `target`, whole or not at all. @throws {StorageError} */
export async function storeFile (target: string, bytes: Uint8Array | string): Promise<void> {
  await storing(async () => {
    await mkdir(dirname(target), { recursive: true })
    // Under a name that the next try writes over, so that a killed process leaves nothing for ever.
    await writeAtomically(target, bytes, `${target}.partial`)
  })
}

/** A write may take less than it was given. */
async function writeAll (handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.length - written, position + written)
    written += bytesWritten
  }
}
