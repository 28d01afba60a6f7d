import { FaceError } from '../errors.ts'
import type { PoolLog } from '../engine/pool.ts'
import type { GalleryUrl } from '../settings/gallery-url.ts'
import type { Gallery } from './contract.ts'
import { openIndexedGallery } from './indexed.ts'
import { openMilvusGallery } from './milvus/gallery.ts'
import { openPostgresStore } from './postgres/store.ts'
import { openSearcher, type Searcher } from './search/searcher.ts'
import { openSqliteStore } from './sqlite/store.ts'

export interface OpenOptions {
  /** Threads that search. */
  readonly threads: number
  /** Searches that may wait for a thread. */
  readonly queueLimit: number
  readonly log: PoolLog
}

/**
 * The gallery that GALLERY_URL names.
 * @throws {FaceError} service_unavailable when it cannot be opened.
 */
export async function openGallery (url: GalleryUrl, { threads, queueLimit, log }: OpenOptions): Promise<Gallery> {
  if (url.kind === 'none') return absentGallery()
  return openGalleryWith(await openSearcher({ threads, queueLimit, log }), url, { log })
}

/** The same with another searcher, and, for commands, without threads for the store. */
export async function openGalleryWith (searcher: Searcher, url: Exclude<GalleryUrl, { kind: 'none' }>, { log, threads = true }: { readonly log: PoolLog, readonly threads?: boolean }): Promise<Gallery> {
  if (url.kind === 'milvus') return openMilvusGallery({ address: url.address, searcher, log })
  const store = url.kind === 'postgres' ? await openPostgresStore({ url: url.url, log }) : await openSqliteStore({ path: url.path, log, threads })
  return openIndexedGallery({ store, searcher, log })
}

/** Stands in where no gallery is configured: whatever is asked of it is refused. */
export function absentGallery (): Gallery {
  const refuse = (): Promise<never> => Promise.reject(new FaceError('service_unavailable', 'This service keeps no collections: GALLERY_URL is none.'))
  return {
    caps: { durableOnAck: false, atomicBatch: false, sharedAcrossProcesses: false, exact: false },
    createCollection: refuse,
    collection: refuse,
    collections: refuse,
    dropCollection: refuse,
    counts: refuse,
    write: refuse,
    recall: refuse,
    subject: refuse,
    subjects: refuse,
    faces: refuse,
    photo: refuse,
    search: refuse,
    group: refuse,
    check: refuse,
    missing: async () => [],
    close: async () => {}
  }
}
