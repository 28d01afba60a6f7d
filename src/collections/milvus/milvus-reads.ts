import { unlessAborted } from '../../system/async.ts'
import { noSubject } from '../collection-problems.ts'
import { createRows, type Snapshot, type SnapshotOptions } from '../clusters/snapshot.ts'
import type { Collection, EnrolledFace, Kept, Once, Page, Paged, Subject } from '../contract.ts'
import type { Catalogue, Description } from './catalogue.ts'
import { type FaceDoc, facePk, type SubjectDoc, subjectPk } from './milvus-rows.ts'
import { pageOf } from './page.ts'
import { KIND, MOST_ROWS, quoted, type Row, type Table } from './table.ts'

/** Faces that are read at a time for clustering: 2 MB of 512 values. */
const PAGE = 1000

const SUBJECT = ['subject', 'metadata', 'doc'] as const

/**
 * The reading methods of `Records`.
 * @param latest returns a key after all that have been taken so far.
 */
export function reader ({ table: catalogue, described, existing, versioned, recalled }: Catalogue, latest: () => number) {
  const subjectRows = (table: Table, within: number, id: string) => table.query(`pk in ${quoted([subjectPk(within, id)])}`, SUBJECT, 'Strong')

  return {
    async collection (id: string): Promise<Collection | undefined> {
      const collection = await described(id)
      return collection && await versioned(collection)
    },
    list: async (page: Page): Promise<Paged<Collection>> =>
      pageOf(await catalogue(), { filter: `kind == ${KIND.collection}`, fields: ['doc'], least: 0, most: latest() }, page,
        (rows) => Promise.all(rows.map(({ doc }) => versioned(doc as Description)))),
    async counts (id: string): Promise<{ subjects: number, faces: number }> {
      const { key, table } = await existing(id)
      const count = (kind: number) => table.count(`collection == ${key} and kind == ${kind}`, 'Strong')
      const [subjects, faces] = await Promise.all([count(KIND.subject), count(KIND.face)])
      return { subjects, faces }
    },
    async recall (once: Pick<Once, 'key' | 'fingerprint'>): Promise<Kept | undefined> {
      const kept = await recalled(once)
      return kept && { answer: kept.answer, version: kept.version }
    },
    async subject (id: string, subject: string): Promise<Subject | undefined> {
      const { key, table } = await existing(id)
      return (await subjectsOf(table, key, await subjectRows(table, key, subject)))[0]
    },
    async subjects (id: string, page: Page): Promise<Paged<Subject>> {
      const { key, table } = await existing(id)
      const filter = `collection == ${key} and kind == ${KIND.subject}`
      return pageOf(table, { filter, fields: SUBJECT, least: key, most: latest() }, page, (rows) => subjectsOf(table, key, rows))
    },
    async faces (id: string, subject: string, page: Page): Promise<Paged<EnrolledFace>> {
      const { key, table } = await existing(id)
      if ((await subjectRows(table, key, subject)).length === 0) throw noSubject(subject)
      const filter = `collection == ${key} and kind == ${KIND.face} and subject in ${quoted([subject])}`
      return pageOf(table, { filter, fields: ['face', 'doc', 'embedding'], least: key, most: latest() }, page, async (rows) =>
        rows.map(({ face, doc, embedding }): EnrolledFace => {
          const { details, createdAt, pieces } = doc as FaceDoc
          return { id: face, subject, embedding: Float32Array.from(embedding), details, createdAt, hasPhoto: pieces > 0 }
        }))
    },
    /** All faces, with or without those that are enrolled or deleted meanwhile: Milvus has no transactions. */
    async snapshot (id: string, { signal, onProgress }: SnapshotOptions): Promise<Snapshot> {
      const { table, ...collection } = await existing(id)
      const { key, length, version } = await versioned(collection)
      const filter = `collection == ${key} and kind == ${KIND.face}`
      const most = latest()
      const expected = await table.count(filter, 'Strong')
      const taken = createRows(length, expected)
      for (let cursor: string | undefined, more = true; more;) {
        const { next } = await unlessAborted(pageOf(table, { filter, fields: ['doc', 'embedding'], least: key, most }, { limit: PAGE, cursor }, async (rows) => {
          for (const { key, doc, embedding } of rows) taken.put(key, embedding, 0, (doc as FaceDoc).details.age ?? NaN)
          return rows
        }), signal)
        cursor = next
        more = next !== undefined
        onProgress(Math.min(1, taken.count() / Math.max(1, expected)))
      }
      return taken.taken(version)
    },
    async named (id: string, keys: readonly number[]) {
      const { key, table } = await existing(id)
      if (keys.length === 0) return []
      return await table.query(`collection == ${key} and kind == ${KIND.face} and key in [${keys.join(', ')}]`, ['key', 'face', 'subject'], 'Strong')
    },
    async photo (id: string, subject: string, face: string): Promise<Uint8Array | undefined> {
      const { key, table } = await existing(id)
      if ((await subjectRows(table, key, subject)).length === 0) throw noSubject(subject)
      const [row] = await table.query(`pk in ${quoted([facePk(key, face)])}`, ['subject'], 'Strong')
      if (row?.subject !== subject) return undefined
      const pieces = await table.query(`collection == ${key} and kind == ${KIND.photo} and face in ${quoted([face])}`, ['key', 'text'], 'Strong')
      if (pieces.length === 0) return undefined
      return new Uint8Array(Buffer.concat(pieces.sort((a, b) => a.key - b.key).map(({ text }) => Buffer.from(text, 'base64'))))
    },
    async check (): Promise<void> { await (await catalogue()).count(`kind == ${KIND.collection}`, 'Bounded') }
  }
}

/** Converts rows of subjects, adding the number of faces of each. */
async function subjectsOf (table: Table, within: number, rows: ReadonlyArray<Pick<Row, 'subject' | 'metadata' | 'doc'>>): Promise<Subject[]> {
  const counts = new Map<string, number>()
  const faces = (ids: readonly string[]): string => `collection == ${within} and kind == ${KIND.face} and subject in ${quoted(ids)}`
  const found = rows.length === 0 ? [] : await table.query(faces(rows.map(({ subject }) => subject)), ['subject'], 'Strong')
  for (const { subject } of found) counts.set(subject, (counts.get(subject) ?? 0) + 1)
  // There are more faces than one answer may hold: count those of each subject.
  if (found.length === MOST_ROWS) for (const { subject } of rows) counts.set(subject, await table.count(faces([subject]), 'Strong'))
  return rows.map(({ subject, metadata, doc }) => ({
    id: subject, metadata: metadata as Subject['metadata'], faces: counts.get(subject) ?? 0, ...doc as SubjectDoc
  }))
}
