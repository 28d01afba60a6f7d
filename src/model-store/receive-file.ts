import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { renameDurably, writeAtomically } from '../system/atomic-write.ts'
import { MismatchError, StorageError, storing, TruncatedError } from './fetch-failure.ts'
import type { FileRequest } from './file-request.ts'

export interface Receiving {
  /** Path that collects the bytes and is renamed to the target at the end. In the same folder as the target. */
  readonly partial: string
  /** Bytes of `partial` that an earlier attempt left; `chunks` continue after them. */
  readonly offset?: number
  /** Bytes of the whole file, where the source knows them and the card does not. */
  readonly total?: number | undefined
  /** Called after each chunk with the number of bytes so far. */
  readonly onBytes?: ((done: number) => void) | undefined
}

/** Limit for a file of unknown size, in bytes: protobuf, and with it an ONNX graph, ends at 2 GiB. */
const MAX_BYTES = 2 ** 31

/**
 * Writes a published file to its target: completely, with the right sha256 and synced to disk, or not at all.
 *
 * When `chunks` breaks off, `partial` stays, and the caller decides whether it can be resumed.
 * @throws {TruncatedError} when the bytes end too early; errors of `chunks`.
 * @throws {MismatchError} when size or sha256 differ from the request; `partial` is then removed.
 * @throws {StorageError} when the folder cannot be written; `partial` is then removed.
 */
export async function receive (
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { file, target, sha256 }: FileRequest,
  { partial, offset = 0, total = file.bytes, onBytes }: Receiving
): Promise<void> {
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
        if (done + chunk.length > (total ?? MAX_BYTES)) throw new MismatchError(`more than its ${total ?? MAX_BYTES} bytes`)
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

/** Writes `bytes` to `target`, all or nothing, and creates its folder. @throws {StorageError} */
export async function storeFile (target: string, bytes: Uint8Array | string): Promise<void> {
  await storing(async () => {
    await mkdir(dirname(target), { recursive: true })
    // A fixed temporary name: the next attempt overwrites what a killed process left.
    await writeAtomically(target, bytes, `${target}.partial`)
  })
}

/** Writes the whole chunk; a single write may take less than it was given. */
async function writeAll (handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.length - written, position + written)
    written += bytesWritten
  }
}
