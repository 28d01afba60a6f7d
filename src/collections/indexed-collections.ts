import { setTimeout as wait } from 'node:timers/promises'
import { FaceError, validationError } from '../errors.ts'
import { euclidean, similarity } from '../match/distance.ts'
import { clusterStored } from './clusters/cluster-stored.ts'
import { snapshotOf } from './clusters/snapshot.ts'
import { noCollection, stale, whyMissing } from './collection-problems.ts'
import type { Collection, Collections, FaceDetails, RecordStore, SearchHit, SearchQuery, SearchResult, Version } from './contract.ts'
import { existingCollection } from './existing-collection.ts'
import { createIndex, type Index } from './memory-index.ts'
import type { Searcher } from './search/searcher.ts'

export interface IndexedOptions {
  readonly store: RecordStore
  readonly searcher: Searcher
  readonly log: { warn: (object: object, message: string) => void }
  /** Milliseconds that a search waits for the version that it requires. */
  readonly patience?: number
}

/** Vectors read at first beyond the k that are asked for: the bounds are so tight that one search in ten needs more. */
const FIRST_MORE = 12
/** Most vectors read at a time, unless k is larger: they are compared on the event loop, in 5 ms. All may be needed where faces are alike. */
const MOST_AT_ONCE = 4096

/** Attempts at a search whose results were changed meanwhile. After the last one the answer mixes both states. */
const TRIES = 4

type Found = Awaited<ReturnType<Index['candidates']>>

const candidatesOf = (index: Index, { vector, k, minScore = -1, filter, signal }: SearchQuery): Promise<Found> =>
  index.candidates(vector, { k, minScore, filter, signal })

/**
 * Adds search to a store. An index in memory, quantised to 8 bits, returns the faces that may be among the best, and their stored vectors decide.
 *
 * A search includes the last write that the store has when it begins, whichever process made it: when the index lacks writes, it takes them in
 * and is searched again. The index holds nothing that the store does not have, and is rebuilt from it at each start.
 */
export function openIndexedCollections ({ store, searcher, log, patience = 2000 }: IndexedOptions): Collections {
  const indexes = new Map<string, { readonly collection: Pick<Collection, 'key' | 'length'>, readonly index: Index }>()

  function indexOf (collection: Collection): Index {
    const known = indexes.get(collection.id)
    if (known?.collection.key === collection.key) return known.index
    const index = createIndex(store, collection, searcher)
    indexes.set(collection.id, { collection, index })
    return index
  }

  // Updates the index ahead of the next search. An error here happens in that search again, and is reported there.
  const stopWatching = store.watch((id) => {
    indexes.get(id)?.index.catchUp().catch((error: unknown) => {
      // The collection was dropped, maybe by another instance: nothing of it may stay in memory.
      if (error instanceof FaceError && error.code === 'not_found') indexes.delete(id)
      else log.warn({ err: error, collection: id }, 'the index could not take in a write; the next search tries again')
    })
  })

  async function collectionAt (id: string, atLeast: Version | undefined): Promise<Collection> {
    const deadline = performance.now() + patience
    for (;;) {
      const collection = await store.collection(id)
      if (!collection) throw noCollection(id)
      if (atLeast === undefined || Number(collection.version) >= Number(atLeast)) return collection
      if (performance.now() >= deadline) throw stale()
      await wait(50)
    }
  }

  /**
   * Starts a search of the index in its current state, which usually includes the last write, while the store is asked for the version of that.
   * An error is handled where `found` is awaited.
   */
  function ahead (id: string, query: SearchQuery): { readonly index: Index, readonly found: Promise<Found> } | undefined {
    const known = indexes.get(id)
    if (known?.collection.length !== query.vector.length) return undefined
    const found = candidatesOf(known.index, query)
    found.catch(() => {})
    return { index: known.index, found }
  }

  /**
   * Returns the best candidates by their stored vectors. `exact` is true when no vector has changed since the index took it in.
   */
  async function ranked (
    collection: Collection, { candidates, seq }: Found, { vector, k, minScore = -1, distances }: SearchQuery
  ): Promise<{ hits: SearchHit[], exact: boolean }> {
    const { length } = collection
    let best: Array<Omit<SearchHit, 'details'> & { readonly key: number, readonly details: string }> = []
    let read = 0
    let isChanged = false
    for (let batch = k + FIRST_MORE; read < candidates.length; batch = Math.max(batch, Math.min(2 * batch, MOST_AT_ONCE))) {
      // Strictly below the last hit: a face with an equal score may be an earlier one.
      if (best.length === k && candidates[read]!.upper < best[k - 1]!.score) break
      const asked = candidates.slice(read, read + batch).map(({ key }) => key)
      const { keys, faces, subjects, seqs, details, embeddings } = await store.vectors(collection, asked)
      isChanged ||= keys.length < asked.length || seqs.some((each) => each > seq)
      const scored = keys.map((key, i) => {
        const stored = embeddings.subarray(i * length, (i + 1) * length)
        const score = similarity(vector, stored)
        return { key, face: faces[i]!, subject: subjects[i]!, score, details: details[i]!, ...distances && { distance: euclidean(vector, stored) } }
      })
      best = [...best, ...scored.filter(({ score }) => score >= minScore)].sort((a, b) => b.score - a.score || a.key - b.key).slice(0, k)
      read += asked.length
    }
    return { hits: best.map(({ key: _, details, ...hit }) => ({ ...hit, details: JSON.parse(details) as FaceDetails })), exact: !isChanged }
  }

  async function search (id: string, query: SearchQuery): Promise<SearchResult> {
    const { vector, atLeast, signal } = query
    if (atLeast !== undefined && !/^[0-9]{1,15}$/.test(atLeast)) {
      throw validationError([{ field: 'at_least', msg: 'must be a version, as the header Collection-Version of a write tells it' }])
    }
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted()
      const early = ahead(id, query)
      const collection = await collectionAt(id, atLeast)
      if (vector.length !== collection.length) {
        const msg = `must have ${collection.length} values, the length of an embedding of ${collection.model}, and has ${vector.length}`
        throw validationError([{ field: 'embedding', msg }])
      }
      const index = indexOf(collection)
      let found = early?.index === index ? await early.found : undefined
      if (!found || found.seq < Number(collection.version)) {
        await index.refresh(Number(collection.version))
        found = await candidatesOf(index, query)
      }
      const { hits, exact } = await ranked(collection, found, query)
      if (exact || tries === TRIES) return { hits, compared: found.compared, asOf: String(found.seq), exact }
    }
  }

  return {
    ...store,
    search,
    group: searcher.group,
    async cluster (id, options) {
      const collection = await existingCollection(store, id)
      return await clusterStored((reading) => snapshotOf(store, collection, reading), collection.length, searcher, options)
    },
    async named (id, asked) {
      const { keys, faces, subjects } = await store.vectors(await existingCollection(store, id), asked)
      return keys.map((key, i) => ({ key, face: faces[i]!, subject: subjects[i]! }))
    },
    async dropCollection (id) {
      // Before, so that the hint of the store does not update the index; after, because a search may have recreated it in between.
      indexes.delete(id)
      await store.dropCollection(id)
      indexes.delete(id)
    },
    async missing () {
      try {
        await store.check()
        return []
      } catch (error) {
        log.warn({ err: error }, 'the store of the collections cannot be used')
        return [whyMissing(error)]
      }
    },
    async close () {
      stopWatching()
      await searcher.close()
      await store.close()
    }
  }
}
