import { clusterStored } from '../clusters/cluster-stored.ts'
import { whyMissing } from '../collection-problems.ts'
import type { Collections } from '../contract.ts'
import type { Searcher } from '../search/searcher.ts'
import { openCatalogue } from './catalogue.ts'
import { asFaceError, connect } from './client.ts'
import { APART_MS, createClock, numberAt } from './clock.ts'
import type { MilvusAddress } from './milvus-address.ts'
import { reader } from './milvus-reads.ts'
import { searchIn } from './milvus-search.ts'
import { writer } from './milvus-writes.ts'
import { KIND } from './table.ts'

export interface MilvusCollectionsOptions {
  readonly address: MilvusAddress
  readonly searcher: Pick<Searcher, 'group' | 'cluster' | 'close'>
  readonly log: { readonly warn: (object: object, message: string) => void }
  /** The clock of this instance in milliseconds, which must agree with that of Milvus to half a second. */
  readonly clock?: () => number
}

/** Milliseconds that idempotency keys are kept. */
const KEPT_MS = 24 * 3600_000
/** Milliseconds between two purges. */
const PURGE_MS = 3600_000

/**
 * Opens collections in Milvus 2.3 or later, which searches by itself: for more faces than one machine can hold. There is one table for all
 * vectors of one length, with all other rows that belong to them.
 *
 * Milvus has no transactions. The rows of one call become visible together; a write that also deletes makes several calls, and may be cut short
 * between them. Writes of one instance to a collection wait for each other; when several instances write the same subject at once, the last
 * one wins. Records are read in their current state (200 ms, a time tick of Milvus), and so are searches with `atLeast`; any other search sees
 * the writes of this instance, and those of other instances that are two seconds old.
 * @throws {FaceError} service_unavailable when the SDK is not installed.
 */
export async function openMilvusCollections ({ address, searcher, log, clock: time = Date.now }: MilvusCollectionsOptions): Promise<Collections> {
  const milvus = await connect(address)
  const catalogue = openCatalogue(milvus, address.index)
  const read = reader(catalogue, () => numberAt(time() + APART_MS))
  const { lastWrite, settled, ...written } = writer(catalogue, createClock(time))
  const search = searchIn({ existing: catalogue.existing, index: address.index, time, lastWrite })

  async function purge (): Promise<void> {
    for (const length of await catalogue.lengths()) {
      const table = await catalogue.tableOf(length)
      await table.remove(`kind == ${KIND.once} and key < ${numberAt(time() - KEPT_MS)}`)
    }
  }
  const timer = setInterval(() => {
    purge().catch((error: unknown) => log.warn({ err: error }, 'old keys of writes could not be removed'))
  }, PURGE_MS).unref()

  const guarded = <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) => async (...args: Args): Promise<Result> => {
    try {
      return await work(...args)
    } catch (error) {
      throw asFaceError(error)
    }
  }
  const check = guarded(read.check)

  return {
    createCollection: guarded(written.createCollection),
    updateCollection: guarded(written.updateCollection),
    dropCollection: guarded(written.dropCollection),
    write: guarded(written.write),
    collection: guarded(read.collection),
    list: guarded(read.list),
    counts: guarded(read.counts),
    recall: guarded(read.recall),
    subject: guarded(read.subject),
    subjects: guarded(read.subjects),
    faces: guarded(read.faces),
    photo: guarded(read.photo),
    check,
    search: guarded(search),
    group: searcher.group,
    async cluster (id, options) {
      try {
        const { length } = await catalogue.existing(id)
        return await clusterStored((reading) => read.snapshot(id, reading), length, searcher, options)
      } catch (error) {
        // The reason of whoever has stopped it is no failure of the store.
        throw options.signal.aborted ? options.signal.reason : asFaceError(error)
      }
    },
    named: guarded(read.named),
    async missing () {
      try {
        await check()
        return []
      } catch (error) {
        log.warn({ err: error }, 'the store of the collections cannot be used')
        return [whyMissing(error)]
      }
    },
    async close () {
      clearInterval(timer)
      await settled()
      await milvus.client.closeConnection()
      await searcher.close()
    }
  }
}
