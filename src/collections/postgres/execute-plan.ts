import { collectionExists, keyReused, noCollection } from '../collection-problems.ts'
import type { Change, Collection, NewCollection, Once, RuleChanges, SearchRules, Written } from '../contract.ts'
import { withRules } from '../search-rules.ts'
import { toCollection } from '../sql-rows.ts'
import { type FaceRow, type Plan, planOf, referencesOf, type SubjectRow } from '../write-plan.ts'
import type { Postgres, Query } from './connection.ts'
import { COLLECTION, joinFloats } from './postgres-rows.ts'

/** Most rows of a dropped collection that one transaction removes. */
const CLEAR_BATCH = 10_000

/** The writing methods of `Records`. */
export function writer (postgres: Postgres) {
  type Created = { collection: Collection, replayed?: string }

  async function create (query: Query, { id, length, storePhotos, ...settings }: NewCollection, once?: Once): Promise<Created> {
    const kept = once && await replay(query, once)
    const found = async (): Promise<Collection | undefined> => (await query(`${COLLECTION} WHERE id = $1`, id)).map(toCollection)[0]
    const before = await found()
    if (kept) {
      if (!before) throw noCollection(id)
      return { collection: before, replayed: kept.replayed }
    }
    if (before) throw collectionExists(id)
    await query('INSERT INTO visage.collection (id, length, settings, store_photos) VALUES ($1, $2, $3, $4)', id, length, JSON.stringify(settings), storePhotos)
    if (once) await keep(query, once, 0)
    return { collection: (await found())! }
  }

  return {
    createCollection: (collection: NewCollection, once?: Once) => postgres.transaction((query) => create(query, collection, once)),
    updateCollection: (id: string, rules: RuleChanges) => postgres.transaction(async (query): Promise<Collection> => {
      const [row] = await query(`${COLLECTION} WHERE id = $1 FOR NO KEY UPDATE`, id)
      if (!row) throw noCollection(id)
      const settings = JSON.stringify(withRules(JSON.parse(row['settings'] as string) as SearchRules, rules))
      await query('UPDATE visage.collection SET settings = $2 WHERE id = $1', id, settings)
      return toCollection({ ...row, settings })
    }),
    async dropCollection (id: string): Promise<void> {
      const key = await postgres.transaction(async (query) => {
        const [row] = await query('UPDATE visage.collection SET id = NULL WHERE id = $1 RETURNING key', id)
        if (!row) throw noCollection(id)
        await hint(query, id)
        return row['key'] as number
      })
      await clear(postgres, key)
    },
    write: (id: string, changes: readonly Change[], once?: Once) => postgres.transaction(async (query): Promise<Written> => {
      // Every writer of a collection locks its row first, so that commits are in the order of their numbers.
      const [row] = await query(`${COLLECTION} WHERE id = $1 FOR NO KEY UPDATE`, id)
      if (!row) throw noCollection(id)
      const collection = toCollection(row)
      const kept = once && await replay(query, once)
      if (kept) return kept
      const plan = await planned(query, collection, changes)
      await execute(query, collection, plan)
      await query('UPDATE visage.collection SET seq = $2 WHERE key = $1', collection.key, plan.seq)
      if (once) await keep(query, once, plan.seq)
      await hint(query, id)
      return { version: String(plan.seq) }
    })
  }
}

/** Removes the remains of a dropped collection, in transactions that block others only briefly. */
export async function clear ({ query, transaction }: Postgres, key: number): Promise<void> {
  for (const table of ['face', 'subject']) {
    const remove = `WITH gone AS (DELETE FROM visage.${table} WHERE key = ANY(ARRAY(
      SELECT key FROM visage.${table} WHERE collection = $1 LIMIT ${CLEAR_BATCH}
    )) RETURNING 1) SELECT count(*) AS n FROM gone`
    while ((await transaction((within) => within(remove, key)))[0]!['n'] as number > 0);
  }
  await query('DELETE FROM visage.replica WHERE collection = $1', key)
  await query('DELETE FROM visage.collection WHERE key = $1', key)
}

async function replay (query: Query, { key, fingerprint }: Once): Promise<{ replayed: string, version: string } | undefined> {
  const [row] = await query('SELECT fingerprint, answer, version FROM visage.once WHERE key = $1', key)
  if (row && row['fingerprint'] !== fingerprint) throw keyReused()
  return row && { replayed: row['answer'] as string, version: String(row['version']) }
}

const keep = (query: Query, { key, fingerprint, answer }: Once, version: number) =>
  query('INSERT INTO visage.once (key, fingerprint, answer, version) VALUES ($1, $2, $3, $4)', key, fingerprint, answer, version)

/** Notifies the instances that listen (./watch.ts) when the transaction commits. */
const hint = (query: Query, id: string) => query("SELECT pg_notify('visage', $1)", id)

/** Plans a write, inside its transaction, which has locked the collection. */
async function planned (query: Query, collection: Collection, changes: readonly Change[]): Promise<Plan> {
  const { subjects, faces, deleted, newSubjects, newFaces } = referencesOf(changes)
  const subjectRows = await query('SELECT key, id FROM visage.subject WHERE collection = $1 AND id = ANY($2::text[])', collection.key, subjects)
  const keyOf = new Map(subjectRows.map(({ key, id }) => [id as string, key as number]))
  const owners = deleted.flatMap((id) => keyOf.get(id) ?? [])
  const faceRows = faces.length + deleted.length === 0
    ? []
    : await query(`SELECT key, id, subject FROM visage.face
        WHERE collection = $1 AND (id = ANY($2::text[]) OR subject = ANY($3::bigint[]))`, collection.key, faces, owners)
  const known = new Map(faceRows.map(({ key, id, subject }) => [id as string, { key: key as number, subject: subject as number }]))
  return planOf(changes, { subjects: keyOf, faces: known }, Number(collection.version), {
    subject: await newKeys(query, 'subject', newSubjects),
    face: await newKeys(query, 'face', newFaces)
  })
}

/** Returns unused keys, each greater than all keys of the collection: the lock serialises its writers. */
async function newKeys (query: Query, table: string, count: number): Promise<() => number> {
  const rows = count === 0 ? [] : await query(`SELECT nextval('visage.${table}_key_seq') AS key FROM generate_series(1, $1)`, count)
  const keys = rows.map(({ key }) => key as number).sort((a, b) => b - a)
  return () => keys.pop()!
}

/** Writes the rows of a plan, in a few statements however many there are. */
async function execute (query: Query, collection: Collection, { subjects, faces }: Plan): Promise<void> {
  await deleteFaces(query, faces.filter(({ face }) => !face))
  await deleteSubjects(query, subjects.filter(({ id }) => id === null))
  await putSubjects(query, collection, subjects.filter(({ id }) => id !== null))
  for (const isNew of [true, false]) await putFaces(query, collection, faces, isNew)
}

const keysOf = (rows: ReadonlyArray<SubjectRow | FaceRow>): number[] => rows.map(({ key }) => key)
const seqsOf = (rows: ReadonlyArray<SubjectRow | FaceRow>): number[] => rows.map(({ seq }) => seq)

async function deleteFaces (query: Query, faces: readonly FaceRow[]): Promise<void> {
  if (faces.length === 0) return
  await query('DELETE FROM visage.photo WHERE face = ANY($1::bigint[])', keysOf(faces))
  await query(`UPDATE visage.face SET seq = row.seq, id = NULL, subject = NULL, details = NULL, embedding = NULL, created_at = now()
    FROM unnest($1::bigint[], $2::bigint[]) AS row (key, seq) WHERE face.key = row.key`, keysOf(faces), seqsOf(faces))
}

async function deleteSubjects (query: Query, subjects: readonly SubjectRow[]): Promise<void> {
  if (subjects.length === 0) return
  await query(`UPDATE visage.subject SET seq = row.seq, id = NULL, name = NULL, metadata = NULL, updated_at = now()
    FROM unnest($1::bigint[], $2::bigint[]) AS row (key, seq) WHERE subject.key = row.key`, keysOf(subjects), seqsOf(subjects))
}

async function putSubjects (query: Query, { key: collection }: Collection, subjects: readonly SubjectRow[]): Promise<void> {
  const [made, changed] = [subjects.filter(({ isNew }) => isNew), subjects.filter(({ isNew }) => !isNew)]
  const names = (rows: readonly SubjectRow[]) => rows.map(({ name }) => name ?? null)
  const metadata = (rows: readonly SubjectRow[]) => rows.map(({ metadata }) => metadata === undefined ? null : JSON.stringify(metadata))
  if (made.length > 0) {
    await query(`INSERT INTO visage.subject (collection, key, seq, id, name, metadata)
      SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::json[])`,
    collection, keysOf(made), seqsOf(made), made.map(({ id }) => id), names(made), metadata(made))
  }
  if (changed.length > 0) {
    await query(`UPDATE visage.subject SET seq = row.seq, name = CASE WHEN row.renamed THEN row.name ELSE subject.name END,
        metadata = coalesce(row.metadata, subject.metadata), updated_at = now()
      FROM unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::text[], $5::json[]) AS row (key, seq, renamed, name, metadata)
      WHERE subject.key = row.key`,
    keysOf(changed), seqsOf(changed), changed.map(({ name }) => name !== undefined), names(changed), metadata(changed))
  }
}

/** Writes the faces that are new, or those that are not. */
async function putFaces (query: Query, { key: collection, length, storePhotos }: Collection, faces: readonly FaceRow[], isNew: boolean): Promise<void> {
  const rows = faces.flatMap(({ face, ...row }) => face && row.isNew === isNew ? [{ ...row, ...face }] : [])
  if (rows.length === 0) return
  const vectors = joinFloats(rows.map(({ embedding }) => embedding), length)
  const values = [keysOf(rows), seqsOf(rows), rows.map(({ details }) => JSON.stringify(details)), vectors, 4 * length] as const
  const vector = 'substr($4::bytea, ((row.i - 1) * $5)::integer + 1, $5::integer)'
  if (isNew) {
    await query(`INSERT INTO visage.face (collection, key, seq, details, embedding, id, subject)
      SELECT $6, key, seq, details, ${vector}, id, subject
      FROM unnest($1::bigint[], $2::bigint[], $3::json[], $7::text[], $8::bigint[]) WITH ORDINALITY AS row (key, seq, details, id, subject, i)`,
    ...values, collection, rows.map(({ id }) => id), rows.map(({ subject }) => subject))
  } else {
    await query('DELETE FROM visage.photo WHERE face = ANY($1::bigint[])', values[0])
    await query(`UPDATE visage.face SET seq = row.seq, details = row.details, embedding = ${vector}
      FROM unnest($1::bigint[], $2::bigint[], $3::json[]) WITH ORDINALITY AS row (key, seq, details, i) WHERE face.key = row.key`, ...values)
  }
  for (const { key, photo } of rows) if (photo && storePhotos) await query('INSERT INTO visage.photo (face, bytes) VALUES ($1, $2)', key, Buffer.from(photo))
}
