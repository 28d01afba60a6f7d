import { randomBytes } from 'node:crypto'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isErrno } from './async.ts'

const TEMPORARY = /\.[0-9a-f]{12}\.tmp$/

/** A temporary file this old belongs to a process that was killed: none takes an hour to write. */
const STALE_MS = 3_600_000

/**
 * Writes `chunks` in the place of `file`, all or nothing: whoever reads sees the old file or the new one, also after a crash or
 * a power failure at any moment. The new content is on disk when this resolves.
 * @throws the system's error (ENOSPC, EROFS…); `file` is then as it was.
 */
export async function replace (file: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const handle = await open(temporary, 'wx')
    try {
      for await (const chunk of chunks) await handle.writeFile(chunk)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  // The new name must be on disk too, not the new content only.
  const folder = await open(dirname(file))
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Removes what killed processes left in `folder`. */
export async function sweep (folder: string, now: number): Promise<void> {
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
