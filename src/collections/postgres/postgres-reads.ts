import { keyReused, noCollection, noSubject } from '../collection-problems.ts'
import type { Collection, EnrolledFace, Kept, Once, Page, Paged, Subject, VectorRows } from '../contract.ts'
import { paged, positionOf } from '../paging.ts'
import { type Row, toCollection, toFace, toSubject, toVectorRows } from '../sql-rows.ts'
import type { Query, Value } from './connection.ts'
import { COLLECTION, FACE, readFloats, SUBJECT, toBytes } from './postgres-rows.ts'

/** The reading methods of `Records`. */
export function reader (query: Query) {
  const first = async (sql: string, ...values: Value[]): Promise<Row | undefined> => (await query(sql, ...values))[0]

  async function page<Item> (sql: string, values: readonly Value[], page: Page, toItem: (row: Row) => Item): Promise<Paged<Item>> {
    const [from, most] = [values.length + 1, values.length + 2]
    const rows = await query(`${sql} AND key > $${from} ORDER BY key LIMIT $${most}`, ...values, positionOf(page), page.limit + 1)
    return paged(rows, page.limit, (row) => row['key'] as number, toItem)
  }

  async function collection (id: string): Promise<Collection | undefined> {
    const row = await first(`${COLLECTION} WHERE id = $1`, id)
    return row && toCollection(row)
  }

  async function existing (id: string): Promise<Collection> {
    const found = await collection(id)
    if (!found) throw noCollection(id)
    return found
  }

  async function subjectKey (within: Collection, id: string): Promise<number> {
    const row = await first('SELECT key FROM visage.subject WHERE collection = $1 AND id = $2', within.key, id)
    if (!row) throw noSubject(id)
    return row['key'] as number
  }

  return {
    collection,
    collections: (asked: Page): Promise<Paged<Collection>> => page(`${COLLECTION} WHERE id IS NOT NULL`, [], asked, toCollection),
    async counts (id: string): Promise<{ subjects: number, faces: number }> {
      const { key } = await existing(id)
      const count = (table: string): string => `(SELECT count(*) FROM visage.${table} WHERE collection = $1 AND id IS NOT NULL) AS ${table}s`
      return (await first(`SELECT ${count('subject')}, ${count('face')}`, key)) as { subjects: number, faces: number }
    },
    async recall ({ key, fingerprint }: Pick<Once, 'key' | 'fingerprint'>): Promise<Kept | undefined> {
      const row = await first('SELECT fingerprint, answer, version FROM visage.once WHERE key = $1', key)
      if (row && row['fingerprint'] !== fingerprint) throw keyReused()
      return row && { answer: row['answer'] as string, version: String(row['version']) }
    },
    async subject (id: string, subject: string): Promise<Subject | undefined> {
      const row = await first(`${SUBJECT} WHERE collection = $1 AND id = $2`, (await existing(id)).key, subject)
      return row && toSubject(row)
    },
    subjects: async (id: string, asked: Page): Promise<Paged<Subject>> =>
      page(`${SUBJECT} WHERE collection = $1 AND id IS NOT NULL`, [(await existing(id)).key], asked, toSubject),
    async faces (id: string, subject: string, asked: Page): Promise<Paged<EnrolledFace>> {
      const within = await existing(id)
      return page(`${FACE} WHERE subject = $1`, [await subjectKey(within, subject)], asked, (row) => toFace(row, subject, within.length, readFloats))
    },
    async photo (id: string, subject: string, face: string): Promise<Uint8Array | undefined> {
      const within = await existing(id)
      const row = await first(`SELECT bytes FROM visage.photo JOIN visage.face ON face.key = photo.face
        WHERE face.collection = $1 AND face.id = $2 AND face.subject = $3`, within.key, face, await subjectKey(within, subject))
      return row && new Uint8Array(toBytes(row['bytes']))
    },
    async vectors ({ length }: Collection, keys: readonly number[]): Promise<VectorRows> {
      const rows = await query(`SELECT face.key, face.seq, face.id, subject.id AS subject, details, embedding
        FROM visage.face JOIN visage.subject ON subject.key = face.subject WHERE face.key = ANY($1::bigint[])`, keys)
      return toVectorRows(rows, length, readFloats)
    },
    async check (): Promise<void> { await query('SELECT 1 FROM visage.collection LIMIT 1') }
  }
}
