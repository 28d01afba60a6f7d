import type { PoolLog } from '../system/worker-pool.ts'
import { FaceError } from '../errors.ts'
import type { CollectionsUrl } from './collections-url.ts'
import type { Collections } from './contract.ts'
import { openIndexedCollections } from './indexed-collections.ts'
import { openMilvusCollections } from './milvus/milvus-collections.ts'
import { openPostgresStore } from './postgres/postgres-store.ts'
import { openSearcher, type Searcher } from './search/searcher.ts'
import { openSqliteStore } from './sqlite/sqlite-store.ts'

export interface OpenOptions {
  /** Number of search threads. */
  readonly threads: number
  /** Most searches that may wait for a thread. */
  readonly queueLimit: number
  readonly log: PoolLog
}

/**
 * Opens the collections that COLLECTIONS_URL names.
 * @throws {FaceError} service_unavailable when they cannot be opened.
 * @example
 * const collections = await openCollections(parseCollectionsUrl('sqlite:data/faces.db'), { threads: 2, queueLimit: 100, log })
 */
export async function openCollections (url: CollectionsUrl, { threads, queueLimit, log }: OpenOptions): Promise<Collections> {
  if (url.kind === 'none') return absentCollections()
  return openCollectionsWith(await openSearcher({ threads, queueLimit, log }), url, { log })
}

/** The same with another searcher and, for commands, without threads for the store. */
export async function openCollectionsWith (
  searcher: Searcher,
  url: Exclude<CollectionsUrl, { kind: 'none' }>,
  { log, threads = true }: { readonly log: PoolLog, readonly threads?: boolean }
): Promise<Collections> {
  try {
    if (url.kind === 'milvus') return await openMilvusCollections({ address: url.address, searcher, log })
    const store = url.kind === 'postgres' ? await openPostgresStore({ url: url.url, log }) : await openSqliteStore({ path: url.path, log, threads })
    return await openIndexedCollections({ store, searcher, log })
  } catch (error) {
    await searcher.close()
    throw error
  }
}

/** Stands in when no collections are configured: every method rejects with service_unavailable. */
export function absentCollections (): Collections {
  const refuse = (): Promise<never> => Promise.reject(new FaceError('service_unavailable', 'This service keeps no collections: COLLECTIONS_URL is none.'))
  return {
    createCollection: refuse,
    collection: refuse,
    list: refuse,
    updateCollection: refuse,
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
    cluster: refuse,
    named: refuse,
    check: refuse,
    missing: async () => [],
    close: async () => {}
  }
}
