import { randomBytes } from 'node:crypto'
import { open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isErrno } from './errno.ts'

const TEMPORARY = /\.[0-9a-f]{12}\.tmp$/

/** Age in milliseconds from which a temporary file belongs to a killed process: no file takes an hour to write. */
const STALE_MS = 3_600_000

/**
 * Writes `content` to `file`, all or nothing: readers see the old file or the new one, even after a crash or a power failure at any
 * moment. The new content is on disk when this resolves.
 *
 * @param temporary the file that is written first, then renamed to `file`; in the same folder. By default a new name, which
 * `sweepTemporaries` removes after the process was killed.
 * @throws the system's error (ENOSPC, EROFS…); `file` is then as it was.
 *
 * @example
 * await writeAtomically('/models/record.json', JSON.stringify(record))
 */
export async function writeAtomically (
  file: string,
  content: AsyncIterable<Uint8Array> | Uint8Array | string,
  temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
): Promise<void> {
  try {
    const handle = await open(temporary, 'w')
    try {
      await writeFile(handle, content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await renameDurably(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Renames a finished file and makes the rename durable. @throws the system's error. */
export async function renameDurably (from: string, to: string): Promise<void> {
  await rename(from, to)
  const folder = await open(dirname(to), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Removes the temporary files that killed processes left in `folder`. `now` is in milliseconds since 1970. */
export async function sweepTemporaries (folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!TEMPORARY.test(name)) continue
    try {
      const { mtimeMs } = await stat(join(folder, name))
      if (now - mtimeMs > STALE_MS) await rm(join(folder, name), { force: true })
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error
    }
  }
}
