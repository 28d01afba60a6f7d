import { randomUUID } from 'node:crypto'
import type { Postgres } from './connection.ts'
import { clear } from './execute-plan.ts'
import type { Following } from './replica-progress.ts'

/** Milliseconds between two records of how far this instance has read. */
const BEAT_MS = 60_000
/** Milliseconds between two purges. */
const PURGE_MS = 3600_000
/** Time that tombstones wait for an instance that has stopped reporting, and that idempotency keys are kept. */
const DAY = "interval '1 day'"
/** Time that tombstones are kept in any case, for instances that cannot report how far they have read, because they read from a standby. */
const HOUR = "interval '1 hour'"
/** Most rows that one transaction removes. */
const BATCH = 10_000
/** Key of the advisory lock under which one instance at a time purges; an arbitrary number that no other program uses. */
const LOCK = 0x76697362

/** Records how far this instance has read, so that no tombstone is removed before it has seen it. */
export async function beat ({ query }: Postgres, id: string, following: Following): Promise<void> {
  const keys = [...following.keys()]
  await query(`INSERT INTO visage.replica (id, collection, seq) SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])
    ON CONFLICT (id, collection) DO UPDATE SET seq = excluded.seq, seen_at = now()`, id, keys, keys.map((key) => following.get(key)!.has))
}

/**
 * Removes tombstones that are an hour old and that every instance of the last day has seen, idempotency keys that are a day old, and the
 * remains of collections that were being dropped when an instance died. A reader that missed a removed tombstone starts over, because of
 * `purged`.
 */
export async function purge (postgres: Postgres): Promise<void> {
  const { query, transaction } = postgres
  await query(`DELETE FROM visage.replica WHERE seen_at < now() - ${DAY}`)
  await query(`DELETE FROM visage.once WHERE at < now() - ${DAY}`)
  for (const [table, at] of [['face', 'created_at'], ['subject', 'updated_at']] as const) {
    for (let removed = BATCH; removed === BATCH;) {
      removed = await transaction(async (within) => {
        const [{ mine } = {}] = await within('SELECT pg_try_advisory_xact_lock($1) AS mine', LOCK)
        if (mine !== true) return 0
        const rows = await within(`WITH seen AS (SELECT collection, min(seq) AS seq FROM visage.replica GROUP BY collection),
          gone AS (DELETE FROM visage.${table} WHERE key = ANY(ARRAY(
            SELECT key FROM visage.${table} AS old LEFT JOIN seen USING (collection)
            WHERE old.id IS NULL AND old.${at} < now() - ${HOUR} AND old.seq <= coalesce(seen.seq, old.seq) LIMIT ${BATCH}
          )) RETURNING collection, seq),
          last AS (SELECT collection, max(seq) AS seq, count(*) AS n FROM gone GROUP BY collection)
          UPDATE visage.collection SET purged = greatest(purged, last.seq) FROM last
            WHERE collection.key = last.collection RETURNING last.n`)
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

/** Runs both periodically until closed. A failed run is logged, and tried again at the next interval. */
export function keepHouse ({ postgres, following, log }: HousekeepingOptions): { readonly close: () => Promise<void> } {
  const id = randomUUID()
  const running = new Set<Promise<void>>()
  const every = (ms: number, work: () => Promise<void>, failure: string): NodeJS.Timeout => setInterval(() => {
    const done = work().catch((error: unknown) => log.warn({ err: error }, failure)).finally(() => running.delete(done))
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
