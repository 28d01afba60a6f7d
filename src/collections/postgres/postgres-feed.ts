import { noCollection } from '../collection-problems.ts'
import type { Collection, Feed } from '../contract.ts'
import { toFeed } from '../sql-rows.ts'
import type { Postgres } from './connection.ts'
import { readFloats } from './postgres-rows.ts'

/**
 * The `changes` of a `RecordStore`. Writes are numbered by the counter of the collection, in the order of their commits: a sequence of the
 * server would number them in the order they began, and a reader would miss those that commit late.
 */
export const feeder = (postgres: Postgres) => (collection: Collection, after: number, limit: number): Promise<Feed> => postgres.snapshot(async (query) => {
  const [state] = await query('SELECT seq, purged FROM visage.collection WHERE key = $1 AND id IS NOT NULL', collection.key)
  if (!state) throw noCollection(collection.id)
  const { seq: head, purged } = state as { seq: number, purged: number }
  // A reader can also be ahead: of a standby that took over without the last writes.
  const reset = after > 0 && (after < purged || after > head)
  const rows = (columns: string, table: string) =>
    query(`SELECT ${columns} FROM visage.${table} WHERE collection = $1 AND seq > $2 ORDER BY seq LIMIT $3`, collection.key, reset ? 0 : after, limit)
  const faces = await rows("seq, key, subject, embedding, details ->> 'age' AS age", 'face')
  const subjects = await rows('seq, key, id, metadata', 'subject')
  return toFeed({ head, reset, limit, subjects, faces }, collection.length, readFloats)
})
