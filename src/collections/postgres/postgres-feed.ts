import { noCollection } from '../collection-problems.ts'
import type { Collection, Feed } from '../contract.ts'
import type { Postgres } from './connection.ts'
import { readFloats, toMetadata } from './postgres-rows.ts'

/**
 * What happened to a collection after `after`; see `RecordStore`. A sequence of the server would number writes in the order they began,
 * and a reader would miss those that commit late: the counter of the collection numbers them in the order of their commits.
 */
export const feeder = (postgres: Postgres) => (collection: Collection, after: number, limit: number): Promise<Feed> => postgres.snapshot(async (query) => {
  const [state] = await query('SELECT seq, purged FROM visage.collection WHERE key = $1 AND id IS NOT NULL', collection.key)
  if (!state) throw noCollection(collection.id)
  const { seq: head, purged } = state as { seq: number, purged: number }
  // A reader may also be ahead: of a standby that took over without the last writes.
  const reset = after > 0 && (after < purged || after > head)
  const from = reset ? 0 : after

  // Two tables share one counter: the page ends where the one that came to its limit ends.
  const faces = await query('SELECT seq, key, subject, embedding FROM visage.face WHERE collection = $1 AND seq > $2 ORDER BY seq LIMIT $3', collection.key, from, limit)
  const subjects = await query('SELECT seq, key, id, metadata FROM visage.subject WHERE collection = $1 AND seq > $2 ORDER BY seq LIMIT $3', collection.key, from, limit)
  const upTo = Math.min(head, ...[faces, subjects].filter((rows) => rows.length === limit).map((rows) => rows.at(-1)!['seq'] as number))
  const told = faces.filter(({ seq }) => seq as number <= upTo)

  const { length } = collection
  const embeddings = new Float32Array(told.length * length)
  told.forEach(({ embedding }, i) => { if (embedding !== null) readFloats(embedding, embeddings, i * length) })
  return {
    upTo,
    head,
    reset,
    subjects: subjects.filter(({ seq }) => seq as number <= upTo).map(({ key, id, metadata }) => ({
      key: key as number, id: id as string | null, metadata: id === null ? null : toMetadata(metadata)
    })),
    faces: { keys: Float64Array.from(told, ({ key }) => key as number), subjects: Float64Array.from(told, ({ subject }) => subject as number | null ?? 0), embeddings }
  }
})
