import { keyReused, noCollection, noSubject } from '../collection-problems.ts'
import type { Collection, EnrolledFace, Kept, Once, Page, Paged, Subject, VectorRows } from '../contract.ts'
import { paged, positionOf } from '../paging.ts'
import { type Row, toCollection, toFace, toSubject, toVectorRows } from '../sql-rows.ts'
import type { Database } from './database.ts'
import { bytes, readFloats, type Value } from './driver.ts'
import { COLLECTION, FACE, SUBJECT } from './sqlite-rows.ts'

/** The lookups that writes need too. */
export function lookups ({ get }: Database) {
  function collection (id: string): Collection | undefined {
    const row = get(`${COLLECTION} WHERE id = ?`, id)
    return row && toCollection(row)
  }

  return {
    collection,
    /** @throws {FaceError} not_found. */
    existing (id: string): Collection {
      const found = collection(id)
      if (!found) throw noCollection(id)
      return found
    },
    recall ({ key, fingerprint }: Pick<Once, 'key' | 'fingerprint'>): Kept | undefined {
      const row = get('SELECT fingerprint, answer, version FROM once WHERE key = ?', key)
      if (row && row['fingerprint'] !== fingerprint) throw keyReused()
      return row && { answer: row['answer'] as string, version: row['version'] as string }
    }
  }
}

/** The reading methods of `Records`, synchronous, on one connection. */
export function reader (database: Database) {
  const { get, all } = database
  const { collection, existing, recall } = lookups(database)

  function page<Item> (sql: string, values: readonly Value[], page: Page, toItem: (row: Row) => Item): Paged<Item> {
    const rows = all(`${sql} AND key > ? ORDER BY key LIMIT ?`, ...values, positionOf(page), page.limit + 1)
    return paged(rows, page.limit, (row) => Number(row['key']), toItem)
  }

  function subjectKey (within: Collection, id: string): number {
    const row = get('SELECT key FROM subject WHERE collection = ? AND id = ?', within.key, id)
    if (!row) throw noSubject(id)
    return Number(row['key'])
  }

  return {
    collection,
    recall,
    collections: (asked: Page): Paged<Collection> => page(`${COLLECTION} WHERE true`, [], asked, toCollection),
    counts (id: string): { subjects: number, faces: number } {
      const { key } = existing(id)
      const count = (table: string): number => Number(get(`SELECT count(*) AS n FROM ${table} WHERE collection = ? AND id IS NOT NULL`, key)!['n'])
      return { subjects: count('subject'), faces: count('face') }
    },
    subject (id: string, subject: string): Subject | undefined {
      const row = get(`${SUBJECT} WHERE collection = ? AND id = ?`, existing(id).key, subject)
      return row && toSubject(row)
    },
    subjects: (id: string, asked: Page): Paged<Subject> =>
      page(`${SUBJECT} WHERE collection = ? AND id IS NOT NULL`, [existing(id).key], asked, toSubject),
    faces (id: string, subject: string, asked: Page): Paged<EnrolledFace> {
      const within = existing(id)
      return page(`${FACE} WHERE subject = ?`, [subjectKey(within, subject)], asked, (row) => toFace(row, subject, within.length, readFloats))
    },
    photo (id: string, subject: string, face: string): Uint8Array | undefined {
      const within = existing(id)
      const row = get(`SELECT bytes FROM photo JOIN face ON face.key = photo.face
        WHERE face.collection = ? AND face.id = ? AND face.subject = ?`, within.key, face, subjectKey(within, subject))
      return row && new Uint8Array(bytes(row['bytes']))
    },
    vectors ({ length }: Collection, keys: readonly number[]): VectorRows {
      // One statement whose text is always the same takes two thirds of the time of one point read for each key.
      const rows = all(`SELECT face.key, face.seq, face.id, subject.id AS subject, details, embedding FROM json_each(?) AS asked
        JOIN face ON face.key = asked.value JOIN subject ON subject.key = face.subject`, JSON.stringify(keys))
      return toVectorRows(rows, length, readFloats)
    },
    check (): void {
      database.checkFiles()
      get('SELECT 1 FROM collection LIMIT 1')
    }
  }
}
