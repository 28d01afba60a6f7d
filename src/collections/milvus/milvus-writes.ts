import { collectionExists, noCollection } from '../collection-problems.ts'
import type { Change, Collection, Metadata, NewCollection, Once, RuleChanges, Written } from '../contract.ts'
import { withRules } from '../search-rules.ts'
import { planOf, referencesOf } from '../write-plan.ts'
import { CATALOGUE_LENGTH, type Catalogue, type Description } from './catalogue.ts'
import type { Moment } from './client.ts'
import type { Clock } from './clock.ts'
import { collectionPk, type FaceDoc, facePk, piecesOf, rowsOf, type SubjectDoc, subjectPk } from './milvus-rows.ts'
import { KIND, quoted, type Row, type Table } from './table.ts'

const SUBJECT = ['pk', 'key', 'subject', 'metadata', 'doc'] as const
const FACE = ['pk', 'key', 'subject', 'face', 'doc'] as const
const WHOLE_FACE = ['pk', 'collection', 'kind', 'key', 'subject', 'face', 'doc', 'text', 'embedding'] as const

/** A write of this instance: its version, and the moment from which searches see it. */
export interface LastWrite {
  readonly version: number
  readonly moment: Moment
}

/** The writing methods of `Records`. */
export function writer ({ table: catalogue, tableOf, described, existing, versioned, recalled, forget }: Catalogue, clock: Clock) {
  /** The last write of this instance, by key of the collection. */
  const wrote = new Map<number, LastWrite>()
  /** The last of the writes that wait for each other, by key of the collection. */
  const writing = new Map<number, Promise<unknown>>()

  /** Runs the writes of this instance to a collection one after another. */
  async function inTurn<Result> (key: number, work: () => Promise<Result>): Promise<Result> {
    const turn = (writing.get(key) ?? Promise.resolve()).catch(() => {}).then(work)
    writing.set(key, turn)
    try {
      return await turn
    } finally {
      if (writing.get(key) === turn) writing.delete(key)
    }
  }

  return {
    lastWrite: (collection: number): LastWrite | undefined => wrote.get(collection),
    /** Resolves when all writes have ended. */
    async settled (): Promise<void> { await Promise.allSettled(writing.values()) },
    async createCollection (made: NewCollection, once?: Once): Promise<{ collection: Collection, replayed?: string }> {
      const kept = once && await recalled(once)
      const before = await described(made.id)
      if (kept) {
        if (!before) throw noCollection(made.id)
        return { collection: await versioned(before), replayed: kept.answer }
      }
      if (before) throw collectionExists(made.id)
      await tableOf(made.length)
      const key = clock.key()
      const collection: Description = { ...made, key, createdAt: new Date().toISOString() }
      const { version, once: onceRow } = rowsOf({ key, length: CATALOGUE_LENGTH })
      const row = { ...version(key), pk: collectionPk(made.id), kind: KIND.collection, doc: collection }
      await (await catalogue()).put([row, ...once ? [onceRow(once, key)] : []])
      return { collection: { ...collection, version: String(key) } }
    },
    async updateCollection (id: string, rules: RuleChanges): Promise<Collection> {
      forget(id)
      const { table: _, ...before } = await existing(id)
      const collection = withRules(before, rules)
      const { version } = rowsOf({ key: collection.key, length: CATALOGUE_LENGTH })
      await (await catalogue()).put([{ ...version(collection.key), pk: collectionPk(id), kind: KIND.collection, doc: collection }])
      forget(id)
      return await versioned(collection)
    },
    async dropCollection (id: string): Promise<void> {
      const { key, table } = await existing(id)
      forget(id)
      await (await catalogue()).remove(`pk in ${quoted([collectionPk(id)])}`)
      await inTurn(key, () => table.remove(`collection == ${key}`))
      forget(id)
      wrote.delete(key)
    },
    async write (id: string, changes: readonly Change[], once?: Once): Promise<Written> {
      const { table, ...collection } = await existing(id)
      return await inTurn(collection.key, async () => {
        const kept = once && await recalled(once)
        if (kept) return { version: kept.version, replayed: kept.answer }
        const written = await execute(table, collection, changes, clock, once)
        wrote.set(collection.key, written)
        return { version: String(written.version) }
      })
    }
  }
}

/**
 * Plans a write and executes the plan: first removes rows, then puts the rows that stay, the version of the collection and the idempotency key
 * in one call.
 */
async function execute (
  table: Table, collection: Description, changes: readonly Change[], clock: Clock, once: Once | undefined
): Promise<LastWrite> {
  const { key: within, storePhotos } = collection
  const { subjects, faces, deleted } = referencesOf(changes)
  const subjectRows = await table.query(`pk in ${quoted(subjects.map((id) => subjectPk(within, id)))}`, SUBJECT, 'Strong')
  const faceRows = [
    ...faces.length === 0 ? [] : await table.query(`pk in ${quoted(faces.map((id) => facePk(within, id)))}`, FACE, 'Strong'),
    ...deleted.length === 0 ? [] : await table.query(facesOf(within, deleted), FACE, 'Strong')
  ]
  const subjectsBefore = new Map(subjectRows.map((row) => [row.key, row]))
  const facesBefore = new Map(faceRows.map((row) => [row.key, row]))
  const keyOf = new Map(subjectRows.map(({ subject, key }) => [subject, key]))
  // A face without its subject is left over from a write that was cut short.
  const known = faceRows.flatMap(({ face, key, subject }) => keyOf.has(subject) ? [[face, { key, subject: keyOf.get(subject)! }] as const] : [])
  const others = await facesOfOthers(table, faceRows, within, keyOf)
  const plan = planOf(changes, { subjects: keyOf, faces: new Map([...known, ...others]) }, 0, { subject: clock.key, face: clock.key })

  const now = new Date().toISOString()
  const make = rowsOf(collection)
  const version = clock.version()
  const put: Row[] = []
  const metadataOf = new Map<number, Metadata>(subjectRows.map(({ key, metadata }) => [key, metadata as Metadata]))
  const idOf = new Map(subjectRows.map(({ key, subject }) => [key, subject]))
  /** Subjects whose metadata changes. */
  const renewed: string[] = []
  for (const { key, id, name, metadata, isNew } of plan.subjects) {
    if (id === null) continue
    const before = subjectsBefore.get(key)?.doc as SubjectDoc | undefined
    if (metadata !== undefined) metadataOf.set(key, metadata)
    if (metadata !== undefined && !isNew) renewed.push(id)
    idOf.set(key, id)
    const doc = { name: name === undefined ? before?.name ?? null : name, createdAt: before?.createdAt ?? now, updatedAt: now }
    put.push(make.subject(id, key, metadataOf.get(key) ?? {}, doc))
  }
  for (const { key, face } of plan.faces) {
    if (!face) continue
    const { id, embedding, details, photo } = face
    const subject = idOf.get(face.subject)!
    const kept = storePhotos ? photo : undefined
    const before = facesBefore.get(key)?.doc as FaceDoc | undefined
    const doc = { details, createdAt: before?.createdAt ?? now, pieces: piecesOf(kept) }
    put.push(make.face(id, subject, key, Array.from(embedding), metadataOf.get(face.subject) ?? {}, doc))
    if (kept) put.push(...make.photo(id, subject, key, kept))
  }
  if (renewed.length > 0) {
    const written = new Set(put.map(({ pk }) => pk))
    const unwritten = (await table.query(facesOf(within, renewed), WHOLE_FACE, 'Strong')).filter(({ pk }) => !written.has(pk))
    put.push(...unwritten.map((row) => ({ ...row, metadata: metadataOf.get(keyOf.get(row.subject)!) ?? {} })))
  }

  const gone = [
    ...plan.subjects.flatMap(({ key, id }) => id === null ? [subjectsBefore.get(key)!.pk] : []),
    ...plan.faces.flatMap(({ key, face }) => face ? [] : [facesBefore.get(key)!.pk])
  ]
  if (gone.length > 0) await table.remove(`pk in ${quoted(gone)}`)
  const changed = plan.faces.flatMap(({ key }) => facesBefore.get(key)?.face ?? [])
  if (storePhotos && changed.length > 0) await table.remove(`collection == ${within} and kind == ${KIND.photo} and face in ${quoted(changed)}`)
  const moment = await table.put([...put, make.version(version), ...once ? [make.once(once, version)] : []])
  return { version, moment }
}

/** Filter for the faces of subjects. */
const facesOf = (within: number, subjects: readonly string[]): string => `collection == ${within} and kind == ${KIND.face} and subject in ${quoted(subjects)}`

/** The faces whose subjects the changes do not name, with the keys of these: such a face must stay with its subject. */
async function facesOfOthers (table: Table, faces: ReadonlyArray<Pick<Row, 'face' | 'key' | 'subject'>>, within: number, known: ReadonlyMap<string, number>) {
  const others = faces.filter(({ subject }) => !known.has(subject))
  if (others.length === 0) return []
  const rows = await table.query(`pk in ${quoted(others.map(({ subject }) => subjectPk(within, subject)))}`, ['key', 'subject'], 'Strong')
  const keyOf = new Map(rows.map(({ subject, key }) => [subject, key]))
  return others.flatMap(({ face, key, subject }) => keyOf.has(subject) ? [[face, { key, subject: keyOf.get(subject)! }] as const] : [])
}
