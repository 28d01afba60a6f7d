import { validationError } from '../../errors.ts'
import { euclidean } from '../../match/distance.ts'
import { collectionExists, keyReused, noCollection, noSubject, stale } from '../collection-problems.ts'
import type { Collection, EnrolledFace, Collections, NewCollection, Once, Page, SearchQuery, SearchResult, Subject } from '../contract.ts'
import type { Searcher } from '../search/searcher.ts'
import { asFaceError, connect, type Moment, momentAt } from './client.ts'
import { createClock, numberAt, timeOf } from './clock.ts'
import { expression } from './filter-expression.ts'
import type { MilvusAddress } from './milvus-address.ts'
import { collectionPk, type FaceDoc, facePk, oncePk, type OnceDoc, rowsOf, type SubjectDoc, subjectPk, versionPk } from './milvus-rows.ts'
import { write } from './milvus-writes.ts'
import { pageOf } from './page.ts'
import { KIND, lengths, MOST_ROWS, openTable, quoted, type Row, type Table } from './table.ts'

export interface MilvusCollectionsOptions {
  readonly address: MilvusAddress
  readonly searcher: Pick<Searcher, 'group' | 'close'>
  readonly log: { readonly warn: (object: object, message: string) => void }
  /** Milliseconds by the clock of this instance, which must agree with that of Milvus to half a second. */
  readonly clock?: () => number
}

/** Length of the vectors of the table that lists the collections: it has to have some. */
const CATALOGUE = 2
/** How old a search may be that asks for nothing newer, in milliseconds; two seconds are promised, of which clocks may be apart by the rest. */
const BOUND_MS = 1500
/** How long the description of a collection is believed, in milliseconds. */
const BELIEVED_MS = 1000
/** How far the clocks of instances may be apart, in milliseconds. */
const APART_MS = 60_000
/** Hits beyond those that are asked for: equal scores are put into the order of enrolment. */
const MORE = 32
/** How long keys of writes are kept, and how often is looked for old ones, in milliseconds. */
const KEPT_MS = 24 * 3600_000
const PURGE_MS = 3600_000

/**
 * A collections in Milvus 2.3 or later, which searches by itself: for so many faces that no machine holds them. There is one table for all
 * vectors of one length, with everything that belongs to them.
 *
 * Milvus has no transactions. The rows of one call are seen together; a write that also deletes makes several calls, and may be cut short
 * between them. Writes of one instance to a collection wait for each other; of several that write the same subject at once, the last one
 * holds. Records are read as they are (200 ms, a time tick of Milvus), and so is searched with `atLeast`; another search sees what this
 * instance wrote, and what others wrote two seconds ago.
 * @throws {FaceError} service_unavailable when the SDK is not installed.
 */
export async function openMilvusCollections ({ address, searcher, log, clock: time = Date.now }: MilvusCollectionsOptions): Promise<Collections> {
  const milvus = await connect(address)
  const clock = createClock(time)
  const tables = new Map<number, Promise<Table>>()
  const known = new Map<string, { readonly collection: Omit<Collection, 'version'>, readonly until: number }>()
  /** By key of a collection: what this instance wrote to it last, and the end of what it writes. */
  const wrote = new Map<number, { readonly version: number, readonly moment: Moment }>()
  const writing = new Map<number, Promise<unknown>>()

  function tableOf (length: number): Promise<Table> {
    const opened = tables.get(length) ?? openTable(milvus, length, address.index)
    tables.set(length, opened)
    opened.catch(() => tables.delete(length))
    return opened
  }
  const catalogue = (): Promise<Table> => tableOf(CATALOGUE)
  const now = (): number => numberAt(time() + APART_MS)

  async function described (id: string): Promise<Omit<Collection, 'version'> | undefined> {
    const before = known.get(id)
    if (before && before.until > performance.now()) return before.collection
    const [row] = await (await catalogue()).query(`pk in ${quoted([collectionPk(id)])}`, ['doc'], 'Strong')
    if (!row) {
      known.delete(id)
      return undefined
    }
    const collection = row.doc as Omit<Collection, 'version'>
    known.set(id, { collection, until: performance.now() + BELIEVED_MS })
    return collection
  }

  async function versioned (collection: Omit<Collection, 'version'>): Promise<Collection> {
    const [row] = await (await tableOf(collection.length)).query(`pk in ${quoted([versionPk(collection.key)])}`, ['key'], 'Strong')
    return { ...collection, version: String(row?.key ?? collection.key) }
  }

  async function existing (id: string): Promise<Omit<Collection, 'version'> & { readonly table: Table }> {
    const collection = await described(id)
    if (!collection) throw noCollection(id)
    return { ...collection, table: await tableOf(collection.length) }
  }

  async function recalled ({ key, fingerprint }: Pick<Once, 'key' | 'fingerprint'>): Promise<OnceDoc | undefined> {
    for (const length of await lengths(milvus)) {
      const [row] = await (await tableOf(length)).query(`pk in ${quoted([oncePk(key)])}`, ['doc'], 'Strong')
      if (!row) continue
      const kept = row.doc as OnceDoc
      if (kept.fingerprint !== fingerprint) throw keyReused()
      return kept
    }
    return undefined
  }

  /** One after the other, within this instance. */
  async function inTurn<Result> (key: number, work: () => Promise<Result>): Promise<Result> {
    const turn = (writing.get(key) ?? Promise.resolve()).catch(() => {}).then(work)
    writing.set(key, turn)
    try {
      return await turn
    } finally {
      if (writing.get(key) === turn) writing.delete(key)
    }
  }

  async function createCollection (made: NewCollection, once?: Once): Promise<{ collection: Collection, replayed?: string }> {
    const kept = once && await recalled(once)
    const before = await described(made.id)
    if (kept) {
      if (!before) throw noCollection(made.id)
      return { collection: await versioned(before), replayed: kept.answer }
    }
    if (before) throw collectionExists(made.id)
    await tableOf(made.length)
    const key = clock.key()
    const collection = { ...made, key, createdAt: new Date().toISOString() }
    const { version, once: onceRow } = rowsOf({ key, length: CATALOGUE })
    await (await catalogue()).put([{ ...version(key), pk: collectionPk(made.id), kind: KIND.collection, doc: collection }, ...once ? [onceRow(once, key)] : []])
    return { collection: { ...collection, version: String(key) } }
  }

  async function subjectsOf (table: Table, within: number, rows: ReadonlyArray<Pick<Row, 'subject' | 'metadata' | 'doc'>>): Promise<Subject[]> {
    const counts = new Map<string, number>()
    const faces = (ids: readonly string[]): string => `collection == ${within} and kind == ${KIND.face} and subject in ${quoted(ids)}`
    const found = rows.length === 0 ? [] : await table.query(faces(rows.map(({ subject }) => subject)), ['subject'], 'Strong')
    for (const { subject } of found) counts.set(subject, (counts.get(subject) ?? 0) + 1)
    // More than one answer tells: counted one by one.
    if (found.length === MOST_ROWS) for (const { subject } of rows) counts.set(subject, await table.count(faces([subject]), 'Strong'))
    return rows.map(({ subject, metadata, doc }) => ({ id: subject, metadata: metadata as Subject['metadata'], faces: counts.get(subject) ?? 0, ...doc as SubjectDoc }))
  }

  const SUBJECT = ['subject', 'metadata', 'doc'] as const
  const oneSubject = (table: Table, within: number, id: string) => table.query(`pk in ${quoted([subjectPk(within, id)])}`, SUBJECT, 'Strong')

  async function search (id: string, { vector, k, minScore = -1, filter, distances = false, atLeast, signal }: SearchQuery): Promise<SearchResult> {
    if (atLeast !== undefined && !/^[0-9]{1,16}$/.test(atLeast)) throw validationError([{ field: 'at_least', msg: 'must be a version, as the header Collection-Version of a write tells it' }])
    if (atLeast !== undefined && timeOf(Number(atLeast)) > time() + APART_MS) throw stale()
    signal?.throwIfAborted()
    const { table, key: within, length, model } = await existing(id)
    if (vector.length !== length) throw validationError([{ field: 'embedding', msg: `must have ${length} values, the length of an embedding of ${model}, and has ${vector.length}` }])
    const at = time()
    const own = wrote.get(within)
    const bound = momentAt(at - BOUND_MS)
    const since = atLeast !== undefined ? 'now' : own && own.moment > bound ? own.moment : bound
    const asOf = String(since === 'now' ? numberAt(at) : Math.max(own?.version ?? 0, numberAt(at - BOUND_MS)))
    if (filter?.subjects?.length === 0) return { hits: [], asOf, exact: true }
    const limit = Math.min(MOST_ROWS, k + MORE)
    const found = await table.search(Array.from(vector), `collection == ${within} and kind == ${KIND.face}${filter ? expression(filter) : ''}`, limit, since, distances)
    signal?.throwIfAborted()
    const hits = found.filter(({ score }) => score >= minScore).sort((a, b) => b.score - a.score || a.key - b.key).slice(0, k)
    // Whether none that was not told may belong before the last: of equal ones there may be more.
    const isWhole = found.length < limit || found.at(-1)!.score < (hits.at(-1)?.score ?? minScore)
    return { hits: hits.map(({ key: _, embedding, ...hit }) => ({ ...hit, ...embedding && { distance: euclidean(vector, embedding) } })), asOf, exact: address.index === 'FLAT' && isWhole }
  }

  const purge = async (): Promise<void> => {
    for (const length of await lengths(milvus)) await (await tableOf(length)).remove(`kind == ${KIND.once} and key < ${numberAt(time() - KEPT_MS)}`)
  }
  const timer = setInterval(() => { purge().catch((error: unknown) => log.warn({ err: error }, 'old keys of writes could not be removed')) }, PURGE_MS).unref()

  const guarded = <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) => async (...args: Args): Promise<Result> => {
    try {
      return await work(...args)
    } catch (error) {
      throw asFaceError(error)
    }
  }
  const check = guarded(async () => { await (await catalogue()).count(`kind == ${KIND.collection}`, 'Bounded') })

  return {
    createCollection: guarded(createCollection),
    collection: guarded(async (id) => {
      const collection = await described(id)
      return collection && await versioned(collection)
    }),
    list: guarded(async (page) => pageOf(await catalogue(), `kind == ${KIND.collection}`, ['doc'], page, { least: 0, most: now() },
      (rows) => Promise.all(rows.map(({ doc }) => versioned(doc as Omit<Collection, 'version'>))))),
    dropCollection: guarded(async (id: string) => {
      const { key, table } = await existing(id)
      known.delete(id)
      await (await catalogue()).remove(`pk in ${quoted([collectionPk(id)])}`)
      await inTurn(key, () => table.remove(`collection == ${key}`))
      known.delete(id)
      wrote.delete(key)
    }),
    counts: guarded(async (id: string) => {
      const { key, table } = await existing(id)
      const [subjects, faces] = await Promise.all([KIND.subject, KIND.face].map((kind) => table.count(`collection == ${key} and kind == ${kind}`, 'Strong')))
      return { subjects: subjects!, faces: faces! }
    }),
    write: guarded(async (id, changes, once) => {
      const { table, ...described } = await existing(id)
      return inTurn(described.key, async () => {
        const kept = once && await recalled(once)
        if (kept) return { version: kept.version, replayed: kept.answer }
        const written = await write(table, { ...described, version: '' }, changes, clock, once)
        wrote.set(described.key, written)
        return { version: String(written.version) }
      })
    }),
    recall: guarded(async (once) => {
      const kept = await recalled(once)
      return kept && { answer: kept.answer, version: kept.version }
    }),
    subject: guarded(async (id: string, subject: string) => {
      const { key, table } = await existing(id)
      return (await subjectsOf(table, key, await oneSubject(table, key, subject)))[0]
    }),
    subjects: guarded(async (id: string, page: Page) => {
      const { key, table } = await existing(id)
      return pageOf(table, `collection == ${key} and kind == ${KIND.subject}`, SUBJECT, page, { least: key, most: now() }, (rows) => subjectsOf(table, key, rows))
    }),
    faces: guarded(async (id: string, subject: string, page: Page) => {
      const { key, table } = await existing(id)
      if ((await oneSubject(table, key, subject)).length === 0) throw noSubject(subject)
      return pageOf(table, `collection == ${key} and kind == ${KIND.face} and subject in ${quoted([subject])}`, ['face', 'doc', 'embedding'], page, { least: key, most: now() }, async (rows) => rows.map(({ face, doc, embedding }): EnrolledFace => {
        const { details, createdAt, pieces } = doc as FaceDoc
        return { id: face, subject, embedding: Float32Array.from(embedding), details, createdAt, hasPhoto: pieces > 0 }
      }))
    }),
    photo: guarded(async (id: string, subject: string, face: string) => {
      const { key, table } = await existing(id)
      if ((await oneSubject(table, key, subject)).length === 0) throw noSubject(subject)
      const [row] = await table.query(`pk in ${quoted([facePk(key, face)])}`, ['subject'], 'Strong')
      if (row?.subject !== subject) return undefined
      const pieces = await table.query(`collection == ${key} and kind == ${KIND.photo} and face in ${quoted([face])}`, ['key', 'text'], 'Strong')
      return pieces.length === 0 ? undefined : new Uint8Array(Buffer.concat(pieces.sort((a, b) => a.key - b.key).map(({ text }) => Buffer.from(text, 'base64'))))
    }),
    check,
    search: guarded(search),
    group: searcher.group,
    async missing () {
      try {
        await check()
        return []
      } catch (error) {
        log.warn({ err: error }, 'the store of the collections cannot be used')
        return ['The store of the collections (COLLECTIONS_URL) cannot be used.']
      }
    },
    async close () {
      clearInterval(timer)
      await Promise.allSettled(writing.values())
      await milvus.client.closeConnection()
      await searcher.close()
    }
  }
}
