import { keyReused, noCollection } from '../collection-problems.ts'
import type { Collection, Once } from '../contract.ts'
import type { Milvus } from './client.ts'
import type { IndexName } from './milvus-address.ts'
import { collectionPk, oncePk, type OnceDoc, versionPk } from './milvus-rows.ts'
import { lengths, openTable, quoted, type Table } from './table.ts'

/** Length of the vectors of the table that lists the collections: every table must have some. */
export const CATALOGUE_LENGTH = 2
/** Milliseconds that the description of a collection is cached. */
const CACHED_MS = 1000

/** A collection as the catalogue describes it; its version is a row of its own. */
export type Description = Omit<Collection, 'version'>

/** The tables of Milvus, and the collections that lie in them. */
export interface Catalogue {
  /** Lengths of vectors that there are tables for. */
  readonly lengths: () => Promise<number[]>
  /** The table for vectors of this length, created when there is none. */
  readonly tableOf: (length: number) => Promise<Table>
  /** The table that lists the collections. */
  readonly table: () => Promise<Table>
  readonly described: (id: string) => Promise<Description | undefined>
  /** @throws {FaceError} not_found. */
  readonly existing: (id: string) => Promise<Description & { readonly table: Table }>
  /** Adds the version to a description. */
  readonly versioned: (collection: Description) => Promise<Collection>
  /** Returns the record of a write under its idempotency key. @throws {FaceError} conflict when it belongs to another request. */
  readonly recalled: (once: Pick<Once, 'key' | 'fingerprint'>) => Promise<OnceDoc | undefined>
  /** Drops the cached description of a collection. */
  readonly forget: (id: string) => void
}

export function openCatalogue (milvus: Milvus, index: IndexName): Catalogue {
  const tables = new Map<number, Promise<Table>>()
  const known = new Map<string, { readonly collection: Description, readonly until: number }>()

  function tableOf (length: number): Promise<Table> {
    const opened = tables.get(length) ?? openTable(milvus, length, index)
    tables.set(length, opened)
    opened.catch(() => tables.delete(length))
    return opened
  }
  const table = (): Promise<Table> => tableOf(CATALOGUE_LENGTH)

  async function described (id: string): Promise<Description | undefined> {
    const before = known.get(id)
    if (before && before.until > performance.now()) return before.collection
    const [row] = await (await table()).query(`pk in ${quoted([collectionPk(id)])}`, ['doc'], 'Strong')
    if (!row) {
      known.delete(id)
      return undefined
    }
    const collection = row.doc as Description
    known.set(id, { collection, until: performance.now() + CACHED_MS })
    return collection
  }

  return {
    lengths: () => lengths(milvus),
    tableOf,
    table,
    described,
    async existing (id) {
      const collection = await described(id)
      if (!collection) throw noCollection(id)
      return { ...collection, table: await tableOf(collection.length) }
    },
    async versioned (collection) {
      const [row] = await (await tableOf(collection.length)).query(`pk in ${quoted([versionPk(collection.key)])}`, ['key'], 'Strong')
      return { ...collection, version: String(row?.key ?? collection.key) }
    },
    async recalled ({ key, fingerprint }) {
      for (const length of await lengths(milvus)) {
        const [row] = await (await tableOf(length)).query(`pk in ${quoted([oncePk(key)])}`, ['doc'], 'Strong')
        if (!row) continue
        const kept = row.doc as OnceDoc
        if (kept.fingerprint !== fingerprint) throw keyReused()
        return kept
      }
      return undefined
    },
    forget: (id) => { known.delete(id) }
  }
}
