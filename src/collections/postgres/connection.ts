import pg from 'pg'
import { FaceError } from '../../errors.ts'
import { storeFailed, storeFull } from '../collection-problems.ts'
import type { Row } from '../sql-rows.ts'

export type Value = null | number | string | boolean | Buffer | ReadonlyArray<number | string | boolean | null>
/** Runs one statement. */
export type Query = (sql: string, ...values: Value[]) => Promise<Row[]>

/** Milliseconds to wait for a connection to be made or to become free. */
const CONNECT_MS = 5000
/** Milliseconds that a statement may take, measured by the server. */
const STATEMENT_MS = 20_000
/** Milliseconds to wait for another writer of the same collection. */
const LOCK_MS = 10_000
/** Milliseconds until a server that does not answer is given up: more than STATEMENT_MS, so that the server stops the statement first. */
const SILENT_MS = STATEMENT_MS + 5000
/**
 * Most connections of one instance; a server accepts a hundred by default. Writers wait for each other inside the server, and readers must
 * not wait behind them for a connection.
 */
const MOST_CONNECTIONS = { reading: 6, writing: 4 }

/** Attempts at a transaction that conflicts with others. */
const TRIES = 3
/** serialization_failure, deadlock_detected, unique_violation: another transaction was first, and the next attempt sees its result. */
const RETRIED: ReadonlySet<unknown> = new Set(['40001', '40P01', '23505'])

/** Sent with each transaction, not in the startup packet, where poolers refuse them. */
const LIMITS = `SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL lock_timeout = ${LOCK_MS}; SET LOCAL idle_in_transaction_session_timeout = ${STATEMENT_MS}`

/** Parsers by OID of a type (pg_type.dat): boolean, bigint (sequence numbers and keys stay below 2^53), integer. Other types stay text. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = { 16: (text) => text === 't', 20: Number, 23: Number }
const types = { getTypeParser: (oid: number) => PARSERS[oid] ?? ((text: string) => text) } as pg.CustomTypesConfig

/** Options of every connection to the server. */
export const clientOptions = (url: string): pg.ClientConfig => ({
  connectionString: url,
  application_name: 'visage',
  connectionTimeoutMillis: CONNECT_MS,
  query_timeout: SILENT_MS,
  keepAlive: true,
  types
})

/** A server, through connections that are opened on demand and reopened when they are lost. */
export interface Postgres {
  readonly query: Query
  /**
   * Runs `work` as one transaction: when this resolves all of it is durable, when it rejects with an answer of the server none of it happened.
   * After a conflict with another transaction `work` runs again.
   */
  readonly transaction: <Result>(work: (query: Query) => Promise<Result>) => Promise<Result>
  /** Runs `work`, which only reads, on one snapshot of the data. */
  readonly snapshot: <Result>(work: (query: Query) => Promise<Result>) => Promise<Result>
  readonly close: () => Promise<void>
}

export function connect (url: string, log: { readonly warn: (object: object, message: string) => void }): Postgres {
  function pooled (max: number): pg.Pool {
    const pool = new pg.Pool({ ...clientOptions(url), max })
    // An idle connection was lost. The pool has dropped it already, and the next query opens another.
    pool.on('error', (error) => log.warn({ err: error }, 'a connection to the store of the collections was lost'))
    return pool
  }
  const reading = pooled(MOST_CONNECTIONS.reading)
  const writing = pooled(MOST_CONNECTIONS.writing)

  async function within<Result> (pool: pg.Pool, begin: string, work: (query: Query) => Promise<Result>): Promise<Result> {
    const client = await pool.connect()
    let broken: Error | undefined
    // A running query rejects with this error too; when none is running, the next one fails.
    const onError = (error: Error): void => { broken = error }
    client.on('error', onError)
    try {
      await client.query(`BEGIN ${begin}; ${LIMITS}`)
      const result = await work(async (sql, ...values) => (await client.query(sql, values)).rows)
      await client.query('COMMIT')
      return result
    } catch (error) {
      // When the server did not answer, the state of the connection is unknown, and it is not used again.
      const isAnswered = error instanceof FaceError || error instanceof pg.DatabaseError
      if (isAnswered) await client.query('ROLLBACK').catch((rollback: Error) => { broken = rollback })
      else broken = error as Error
      throw error
    } finally {
      client.off('error', onError)
      client.release(broken)
    }
  }

  return {
    query: async (sql, ...values) => (await reading.query(sql, values)).rows,
    async transaction (work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await within(writing, '', work)
        } catch (error) {
          if (attempt === TRIES || !RETRIED.has(codeOf(error))) throw error
        }
      }
    },
    snapshot: (work) => within(reading, 'ISOLATION LEVEL REPEATABLE READ READ ONLY', work),
    async close () { await Promise.all([reading.end(), writing.end()]) }
  }
}

const codeOf = (error: unknown): unknown => error instanceof Error && 'code' in error ? error.code : undefined

/** Returns `error` as a FaceError of the contract. An error of any other class comes from the server or from the connection. */
export function asFaceError (error: unknown): FaceError {
  if (error instanceof FaceError) return error
  const code = codeOf(error)
  // character_not_in_repertoire, untranslatable_character
  if (code === '22021' || code === '22P05') {
    return new FaceError('validation_error', 'A text holds the character U+0000, which this store cannot keep.', { cause: error })
  }
  // disk_full
  if (code === '53100') return storeFull(error)
  // read_only_sql_transaction
  if (code === '25006') {
    const reason = 'This instance reads from a standby. Send what writes to an instance whose COLLECTIONS_URL is the primary.'
    return new FaceError('service_unavailable', reason, { cause: error })
  }
  return storeFailed(error)
}
