import { noCollection } from '../collection-problems.ts'
import type { Collection, Feed } from '../contract.ts'
import { toFeed } from '../sql-rows.ts'
import type { Database } from './database.ts'
import { readFloats } from './driver.ts'

/** The `changes` of a `RecordStore`, synchronous, on one connection. */
export const feeder = ({ get, all }: Database) => (collection: Collection, after: number, limit: number): Feed => {
  const state = get('SELECT seq, purged FROM collection WHERE key = ?', collection.key)
  if (!state) throw noCollection(collection.id)
  const head = Number(state['seq'])
  const reset = after > 0 && after < Number(state['purged'])
  const rows = (columns: string, table: string) =>
    all(`SELECT ${columns} FROM ${table} WHERE collection = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`, collection.key, reset ? 0 : after, head, limit)
  const faces = rows("seq, key, subject, embedding, details ->> '$.age' AS age", 'face')
  const subjects = rows('seq, key, id, metadata', 'subject')
  return toFeed({ head, reset, limit, subjects, faces }, collection.length, readFloats)
}
