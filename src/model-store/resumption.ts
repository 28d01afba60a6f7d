import { readFile, rm, stat } from 'node:fs/promises'
import { orMissing } from '../system/errno.ts'
import { storing } from './fetch-failure.ts'
import type { FileRequest } from './file-request.ts'
import { storeFile } from './receive-file.ts'
import { originPath } from './store-layout.ts'

/** Where the bytes of a partial download came from. */
export interface Origin {
  readonly url: string
  /** A strong ETag, else Last-Modified: sent back as If-Range, it shows whether the file has changed since (RFC 9110, 13.1.5). */
  readonly validator?: string
}

/** The point from which a download goes on; `offset` 0 is its start. */
export interface Resumption {
  readonly offset: number
  /** Value of If-Range; undefined where only the sha256 at the end shows whether the rest fits. */
  readonly validator?: string
}

const FROM_THE_START: Resumption = { offset: 0 }

/**
 * Returns how much of the requested file an earlier download left in `partial`. Another URL may continue what the first one began,
 * because the sha256 is checked at the end; a file without a known sha256 always starts again.
 * @throws {StorageError}
 */
export async function resumptionFor (partial: string, url: string, { file, sha256 }: FileRequest): Promise<Resumption> {
  const stats = await storing(() => orMissing(stat(partial)))
  const origin = await readOrigin(partial)
  if (!stats || !origin || sha256 === undefined || (file.bytes !== undefined && stats.size > file.bytes)) return FROM_THE_START
  return { offset: stats.size, ...(origin.url === url && origin.validator !== undefined && { validator: origin.validator }) }
}

/** Removes an earlier partial download and records the origin of the bytes that follow. @throws {StorageError} */
export async function startPartial (partial: string, origin: Origin): Promise<void> {
  await storing(() => rm(partial, { force: true }))
  await storeFile(originPath(partial), JSON.stringify(origin))
}

/** Removes the record of a partial download that has no bytes, because it was completed or dropped. @throws {StorageError} */
export async function removeEmptyPartial (partial: string): Promise<void> {
  await storing(async () => {
    const stats = await orMissing(stat(partial))
    if (stats?.size) return
    await rm(partial, { force: true })
    await rm(originPath(partial), { force: true })
  })
}

/** Returns the validator of a response: a strong ETag, else Last-Modified, else undefined. */
export function validatorOf ({ etag, 'last-modified': lastModified }: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  if (typeof etag === 'string' && etag.startsWith('"')) return etag
  return typeof lastModified === 'string' ? lastModified : undefined
}

/** Reads the record of a partial download. Undefined when it is missing or malformed; the download then starts again. */
async function readOrigin (partial: string): Promise<Origin | undefined> {
  const text = await storing(() => orMissing(readFile(originPath(partial), 'utf8')))
  try {
    const origin = JSON.parse(text ?? 'null')
    return typeof origin?.url === 'string' ? origin : undefined
  } catch {
    return undefined
  }
}
