import { validationError } from '../../errors.ts'
import { euclidean } from '../../match/distance.ts'
import { stale } from '../collection-problems.ts'
import type { SearchQuery, SearchResult } from '../contract.ts'
import type { Catalogue } from './catalogue.ts'
import { momentAt } from './client.ts'
import { APART_MS, numberAt, timeOf } from './clock.ts'
import { expression } from './filter-expression.ts'
import type { IndexName } from './milvus-address.ts'
import type { FaceDoc } from './milvus-rows.ts'
import type { LastWrite } from './milvus-writes.ts'
import { KIND, MOST_ROWS } from './table.ts'

/** Most age of the data of a search without `atLeast`, in milliseconds. Two seconds are promised; the rest is for clocks that disagree. */
const BOUND_MS = 1500
/** Hits beyond the `k` that are asked for, so that equal scores can be put into order of enrolment. */
const EXTRA_HITS = 32

export interface SearchOptions {
  readonly existing: Catalogue['existing']
  readonly index: IndexName
  /** The clock of this instance, in milliseconds. */
  readonly time: () => number
  /** The last write of this instance to the collection of this key. */
  readonly lastWrite: (collection: number) => LastWrite | undefined
}

/** Returns the `search` of `Collections`. */
export const searchIn = ({ existing, index, time, lastWrite }: SearchOptions) => async (id: string, query: SearchQuery): Promise<SearchResult> => {
  const { vector, k, minScore = -1, filter, distances = false, atLeast, signal } = query
  if (atLeast !== undefined && !/^[0-9]{1,16}$/.test(atLeast)) {
    throw validationError([{ field: 'at_least', msg: 'must be a version, as the header Collection-Version of a write tells it' }])
  }
  if (atLeast !== undefined && timeOf(Number(atLeast)) > time() + APART_MS) throw stale()
  signal?.throwIfAborted()
  const { table, key: within, length, model } = await existing(id)
  if (vector.length !== length) {
    throw validationError([{ field: 'embedding', msg: `must have ${length} values, the length of an embedding of ${model}, and has ${vector.length}` }])
  }
  const at = time()
  const own = lastWrite(within)
  const bound = momentAt(at - BOUND_MS)
  const since = atLeast !== undefined ? 'now' : own && own.moment > bound ? own.moment : bound
  const asOf = String(since === 'now' ? numberAt(at) : Math.max(own?.version ?? 0, numberAt(at - BOUND_MS)))
  if (filter?.subjects?.length === 0) return { hits: [], compared: 0, asOf, exact: true }
  const limit = Math.min(MOST_ROWS, k + EXTRA_HITS)
  const condition = `collection == ${within} and kind == ${KIND.face}${filter ? expression(filter) : ''}`
  const [found, compared] = await Promise.all([table.search(Array.from(vector), condition, limit, since, distances), table.count(condition, 'Bounded')])
  signal?.throwIfAborted()
  const hits = found.filter(({ score }) => score >= minScore).sort((a, b) => b.score - a.score || a.key - b.key).slice(0, k)
  // True when no face that was not returned can belong before the last hit. Of equal scores there may be more than were returned.
  const isWhole = found.length < limit || found.at(-1)!.score < (hits.at(-1)?.score ?? minScore)
  return {
    hits: hits.map(({ key: _, embedding, doc, ...hit }) =>
      ({ ...hit, details: (doc as FaceDoc).details, ...embedding && { distance: euclidean(vector, embedding) } })),
    compared,
    asOf,
    exact: index === 'FLAT' && isWhole
  }
}
