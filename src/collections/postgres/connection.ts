import pg from 'pg'
import { FaceError } from '../../errors.ts'
import { storeFailed, storeFull } from '../collection-problems.ts'

export type Value = null | number | string | boolean | Buffer | ReadonlyArray<number | string | boolean | null>
export type Row = Readonly<Record<string, unknown>>
/** Runs one statement. */
export type Query = (sql: string, ...values: Value[]) => Promise<Row[]>

/** Milliseconds to wait for a connection: to be made, or to become free. */
const CONNECT_MS = 5000
/** Milliseconds that a statement may take, as the server counts them. */
const STATEMENT_MS = 20_000
/** Milliseconds to wait for another writer of the same collection. */
const LOCK_MS = 10_000
/** Milliseconds until a silent server is given up: more than it may take, so that it is asked to stop first. */
const SILENT_MS = STATEMENT_MS + 5000
/**
 * Connections of one instance; a server takes a hundred as it comes. Writers wait for each other inside the server: readers must not wait
 * behind them for a connection.
 */
const MOST_CONNECTIONS = { reading: 6, writing: 4 }

/** Attempts at a transaction that others made impossible. */
const TRIES = 3
/** serialization_failure, deadlock_detected, unique_violation: another transaction was first, and the next attempt sees what it did. */
const AGAIN: ReadonlySet<unknown> = new Set(['40001', '40P01', '23505'])

/** Not in the startup packet, which poolers refuse, but with the transaction. */
const LIMITS = `SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL lock_timeout = ${LOCK_MS}; SET LOCAL idle_in_transaction_session_timeout = ${STATEMENT_MS}`

/** By OID of a type (pg_type.dat): boolean, bigint (sequence numbers and keys stay below 2^53), integer. All else is text. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = { 16: (text) => text === 't', 20: Number, 23: Number }
const types = { getTypeParser: (oid: number) => PARSERS[oid] ?? ((text: string) => text) } as pg.CustomTypesConfig

/** How a client of this service connects. */
export const clientOptions = (url: string): pg.ClientConfig => ({
  connectionString: url,
  application_name: 'visage',
  connectionTimeoutMillis: CONNECT_MS,
  query_timeout: SILENT_MS,
  keepAlive: true,
  types
})

/** A server, through connections that are made when they are needed, and made again when they are lost. */
export interface Postgres {
  readonly query: Query
  /** Runs `work` as one transaction: all of it lasts when this resolves, or none when it rejects with an answer of the server. */
  readonly transaction: <Result>(work: (query: Query) => Promise<Result>) => Promise<Result>
  /** Runs `work`, which only reads, on one state of the data. */
  readonly snapshot: <Result>(work: (query: Query) => Promise<Result>) => Promise<Result>
  readonly close: () => Promise<void>
}

export function connect (url: string, log: { readonly warn: (object: object, message: string) => void }): Postgres {
  function pooled (max: number): pg.Pool {
    const pool = new pg.Pool({ ...clientOptions(url), max })
    // Of idle connections. The pool has dropped it already, and the next query makes another.
    pool.on('error', (error) => log.warn({ err: error }, 'a connection to the store of the collections was lost'))
    return pool
  }
  const reading = pooled(MOST_CONNECTIONS.reading)
  const writing = pooled(MOST_CONNECTIONS.writing)

  async function within<Result> (pool: pg.Pool, begin: string, work: (query: Query) => Promise<Result>): Promise<Result> {
    const client = await pool.connect()
    let broken: Error | undefined
    // Told to the query that is under way; between two, the next one fails.
    const hear = (error: Error): void => { broken = error }
    client.on('error', hear)
    try {
      await client.query(`BEGIN ${begin}; ${LIMITS}`)
      const result = await work(async (sql, ...values) => (await client.query(sql, values)).rows)
      await client.query('COMMIT')
      return result
    } catch (error) {
      // Where the server did not answer nobody knows what it does: that connection is not used again.
      if (error instanceof FaceError || error instanceof pg.DatabaseError) await client.query('ROLLBACK').catch((rollback: Error) => { broken = rollback })
      else broken = error as Error
      throw error
    } finally {
      client.off('error', hear)
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
          if (attempt === TRIES || !AGAIN.has(codeOf(error))) throw error
        }
      }
    },
    snapshot: (work) => within(reading, 'ISOLATION LEVEL REPEATABLE READ READ ONLY', work),
    async close () { await Promise.all([reading.end(), writing.end()]) }
  }
}

const codeOf = (error: unknown): unknown => error instanceof Error && 'code' in error ? error.code : undefined

/** `error` in the terms of the contract: what is no FaceError came from the server or from the way to it. */
export function asFaceError (error: unknown): FaceError {
  if (error instanceof FaceError) return error
  const code = codeOf(error)
  // character_not_in_repertoire, untranslatable_character
  if (code === '22021' || code === '22P05') return new FaceError('validation_error', 'A text holds the character U+0000, which this store cannot keep.', { cause: error })
  // disk_full
  if (code === '53100') return storeFull(error)
  // read_only_sql_transaction
  if (code === '25006') return new FaceError('service_unavailable', 'This instance reads from a standby. Send what writes to an instance whose COLLECTIONS_URL is the primary.', { cause: error })
  return storeFailed(error)
}
