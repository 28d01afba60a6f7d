import { readFile, rm, stat } from 'node:fs/promises'
import { orMissing } from '../system/errno.ts'
import { storing } from './fetch-failure.ts'
import { storeFile } from './receive-file.ts'
import type { Requested } from './requested.ts'
import { originPath } from './store-layout.ts'

/** What a partial download is the beginning of. */
export interface Origin {
  readonly url: string
  /** What its server gave to tell whether the file has changed since: a strong ETag, else Last-Modified. For If-Range (RFC 9110, 13.1.5). */
  readonly validator?: string
}

/** How a download goes on. `offset` 0: from its start. */
export interface Resumption {
  readonly offset: number
  /** For If-Range; undefined where only the sha256 at the end can tell. */
  readonly validator?: string
}

const FROM_THE_START: Resumption = { offset: 0 }

/**
 * What of `requested` is here already for a download from `url`. Another address may go on with what the first one began, because the
 * sha256 tells in the end; a file without sha256 has nothing that would tell, and starts again.
 * @throws {StorageError}
 */
export async function beginningOf (partial: string, url: string, { file, sha256 }: Requested): Promise<Resumption> {
  const stats = await storing(() => orMissing(stat(partial)))
  const origin = await readOrigin(partial)
  if (!stats || !origin || sha256 === undefined || (file.bytes !== undefined && stats.size > file.bytes)) return FROM_THE_START
  return { offset: stats.size, ...(origin.url === url && origin.validator !== undefined && { validator: origin.validator }) }
}

/** Notes what the bytes that are about to come are, in place of what was there. @throws {StorageError} */
export async function begin (partial: string, origin: Origin): Promise<void> {
  await storing(() => rm(partial, { force: true }))
  await storeFile(originPath(partial), JSON.stringify(origin))
}

/** Forgets a beginning that has no bytes, because it was finished or dropped. @throws {StorageError} */
export async function tidyBeginning (partial: string): Promise<void> {
  await storing(async () => {
    const stats = await orMissing(stat(partial))
    if (stats?.size) return
    await rm(partial, { force: true })
    await rm(originPath(partial), { force: true })
  })
}

/** The validator of an answer, by its headers. */
export function validatorOf ({ etag, 'last-modified': lastModified }: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  if (typeof etag === 'string' && etag.startsWith('"')) return etag
  return typeof lastModified === 'string' ? lastModified : undefined
}

/** Undefined where there is no note, or none that can be read: then the download starts again. */
async function readOrigin (partial: string): Promise<Origin | undefined> {
  const text = await storing(() => orMissing(readFile(originPath(partial), 'utf8')))
  try {
    const origin = JSON.parse(text ?? 'null')
    return typeof origin?.url === 'string' ? origin : undefined
  } catch {
    return undefined
  }
}
