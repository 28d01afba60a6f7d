import { FaceError } from '../errors.ts'
import type { PoolLog } from '../engine/pool.ts'
import type { GalleryUrl } from '../settings/gallery-url.ts'
import type { Gallery } from './contract.ts'
import { openIndexedGallery } from './indexed.ts'
import { openPostgresStore } from './postgres/store.ts'
import { openSearcher } from './search/searcher.ts'
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
  const store = url.kind === 'postgres' ? await openPostgresStore({ url: url.url, log }) : await openSqliteStore({ path: url.path, log })
  return openIndexedGallery({ store, searcher: await openSearcher({ threads, queueLimit, log }), log })
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
