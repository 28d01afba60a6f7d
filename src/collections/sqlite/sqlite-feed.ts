import { noCollection } from '../collection-problems.ts'
import type { Collection, Feed } from '../contract.ts'
import type { Database } from './database.ts'
import { readFloats } from './driver.ts'
import { toMetadata } from './sqlite-rows.ts'

/** What happened to a collection after `after`; see `RecordStore`. */
export const feeder = ({ get, all }: Database) => (collection: Collection, after: number, limit: number): Feed => {
  const state = get('SELECT seq, purged FROM collection WHERE key = ?', collection.key)
  if (!state) throw noCollection(collection.id)
  const head = Number(state['seq'])
  const reset = after > 0 && after < Number(state['purged'])
  const from = reset ? 0 : after

  // Two tables share one counter: the page ends where the one that came to its limit ends.
  const faces = all('SELECT seq, key, subject, embedding FROM face WHERE collection = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?', collection.key, from, head, limit)
  const subjects = all('SELECT seq, key, id, metadata FROM subject WHERE collection = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?', collection.key, from, head, limit)
  const upTo = Math.min(head, ...[faces, subjects].filter((rows) => rows.length === limit).map((rows) => Number(rows.at(-1)!['seq'])))
  const told = faces.filter(({ seq }) => Number(seq) <= upTo)

  const { length } = collection
  const embeddings = new Float32Array(told.length * length)
  told.forEach(({ embedding }, i) => { if (embedding !== null) readFloats(embedding, embeddings, i * length) })
  return {
    upTo,
    head,
    reset,
    subjects: subjects.filter(({ seq }) => Number(seq) <= upTo).map(({ key, id, metadata }) => ({
      key: Number(key), id: id as string | null, metadata: id === null ? null : toMetadata(metadata)
    })),
    faces: { keys: Float64Array.from(told, ({ key }) => Number(key)), subjects: Float64Array.from(told, ({ subject }) => Number(subject ?? 0)), embeddings }
  }
}
