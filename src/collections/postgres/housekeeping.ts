import { randomUUID } from 'node:crypto'
import type { Postgres } from './connection.ts'
import { clear } from './execute-plan.ts'
import type { Following } from './replica-progress.ts'

/** Milliseconds between two notes of how far this instance has read. */
const BEAT_MS = 60_000
/** Milliseconds between two looks for what may be forgotten. */
const PURGE_MS = 3600_000
/** How long an instance that says nothing is waited for, and keys of writes are kept. */
const DAY = "interval '1 day'"
/** How long tombstones stay in any case: for instances that cannot say how far they are, because they read from a standby. */
const HOUR = "interval '1 hour'"
/** Rows that one transaction removes. */
const AT_ONCE = 10_000
/** Names the lock under which one instance at a time cleans up; any number that nobody else uses. */
const LOCK = 0x76697362

/** Notes how far this instance has read, so that no tombstone goes that it has not seen. */
export async function beat ({ query }: Postgres, id: string, following: Following): Promise<void> {
  const keys = [...following.keys()]
  await query(`INSERT INTO visage.replica (id, collection, seq) SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])
    ON CONFLICT (id, collection) DO UPDATE SET seq = excluded.seq, seen_at = now()`, id, keys, keys.map((key) => following.get(key)!.has))
}

/**
 * Removes tombstones that are an hour old and that every instance has seen which was there within a day, keys of writes that are a day
 * old, and what is left of collections that were being dropped when an instance died. A reader that missed a removed tombstone is told by
 * `purged` to start anew.
 */
export async function purge (postgres: Postgres): Promise<void> {
  const { query, transaction } = postgres
  await query(`DELETE FROM visage.replica WHERE seen_at < now() - ${DAY}`)
  await query(`DELETE FROM visage.once WHERE at < now() - ${DAY}`)
  for (const [table, at] of [['face', 'created_at'], ['subject', 'updated_at']] as const) {
    for (let removed = AT_ONCE; removed === AT_ONCE;) {
      removed = await transaction(async (within) => {
        const [{ mine } = {}] = await within('SELECT pg_try_advisory_xact_lock($1) AS mine', LOCK)
        if (mine !== true) return 0
        const rows = await within(`WITH seen AS (SELECT collection, min(seq) AS seq FROM visage.replica GROUP BY collection),
          gone AS (DELETE FROM visage.${table} WHERE key = ANY(ARRAY(
            SELECT key FROM visage.${table} AS old LEFT JOIN seen USING (collection) WHERE old.id IS NULL AND old.${at} < now() - ${HOUR} AND old.seq <= coalesce(seen.seq, old.seq) LIMIT ${AT_ONCE}
          )) RETURNING collection, seq),
          last AS (SELECT collection, max(seq) AS seq, count(*) AS n FROM gone GROUP BY collection)
          UPDATE visage.collection SET purged = greatest(purged, last.seq) FROM last WHERE collection.key = last.collection RETURNING last.n`)
        return rows.reduce((sum, { n }) => sum + (n as number), 0)
      })
    }
  }
  for (const { key } of await query('SELECT key FROM visage.collection WHERE id IS NULL')) await clear(postgres, key as number)
}

export interface HousekeepingOptions {
  readonly postgres: Postgres
  readonly following: Following
  readonly log: { readonly warn: (object: object, message: string) => void }
}

/** Does both from time to time. What fails is tried again the next time. */
export function keepHouse ({ postgres, following, log }: HousekeepingOptions): { readonly close: () => Promise<void> } {
  const id = randomUUID()
  const running = new Set<Promise<void>>()
  const every = (ms: number, work: () => Promise<void>, what: string): NodeJS.Timeout => setInterval(() => {
    const done = work().catch((error: unknown) => log.warn({ err: error }, what)).finally(() => running.delete(done))
    running.add(done)
  }, ms).unref()
  const timers = [
    every(BEAT_MS, () => beat(postgres, id, following), 'this instance could not note how far it has read'),
    every(PURGE_MS, () => purge(postgres), 'old keys and tombstones could not be removed')
  ]
  return {
    async close () {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running)
    }
  }
}
