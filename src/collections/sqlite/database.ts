import { FaceError } from '../../errors.ts'
import type { Row } from '../sql-rows.ts'
import { openDriver, type Statement, type Value } from './driver.ts'
import { asOpeningError } from './failure.ts'
import { MIGRATIONS } from './sqlite-migrations.ts'

/** Milliseconds to wait for another writing process. */
const BUSY_MS = 10_000
/** Milliseconds that a checkpoint waits for readers. */
const CHECKPOINT_MS = 100

/** One connection, which caches its prepared statements. */
export interface Database {
  readonly get: (sql: string, ...values: Value[]) => Row | undefined
  readonly all: (sql: string, ...values: Value[]) => Row[]
  readonly run: (sql: string, ...values: Value[]) => void
  /** Runs `work` as one transaction, alone among writers: when this returns all of it is durable, when it throws none of it happened. */
  readonly transaction: <Result>(work: () => Result) => Result
  /** Moves the journal into the file and empties it, as far as no reader still needs it. @throws when the disk has no room for it. */
  readonly checkpoint: () => void
  /** Copies a consistent snapshot of the database into a new file. Others may write meanwhile. */
  readonly copyTo: (path: string) => void
  readonly close: () => void
}

export interface DatabaseOptions {
  readonly path: string
  /** Opens a connection that cannot write. The file must exist and have the schema of this version. */
  readonly readOnly?: boolean
}

/**
 * Opens a database file, creates it when there is none, and migrates it to the schema of this version.
 *
 * WAL: readers and a writer do not wait for each other. `synchronous` FULL: a commit returns when it is on the disk, so that it survives a
 * loss of power. 16 KiB pages hold rows of 512 values in one piece. `secure_delete`: deleted data is overwritten, not only unlinked.
 * @throws {FaceError} service_unavailable when the file cannot be used, or is of a later version.
 * @example
 * const database = await openDatabase({ path: 'faces.db', readOnly: true })
 * database.copyTo('backup.db')
 * database.close()
 */
export async function openDatabase ({ path, readOnly = false }: DatabaseOptions): Promise<Database> {
  const driver = await trying(() => openDriver(path))
  const statements = new Map<string, Statement>()
  const statement = (sql: string): Statement => {
    const known = statements.get(sql) ?? driver.prepare(sql)
    statements.set(sql, known)
    return known
  }

  function transaction<Result> (work: () => Result): Result {
    driver.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      driver.exec('COMMIT')
      return result
    } catch (error) {
      try {
        driver.exec('ROLLBACK')
      } catch (rollback) {
        // SQLite has rolled back by itself, as it does when the disk is full or fails.
        if ((rollback as Error).message.includes('no transaction is active')) throw error
        throw new AggregateError([error, rollback], 'A transaction failed and could not be rolled back.')
      }
      throw error
    }
  }

  function migrate (): void {
    const version = Number(driver.prepare('PRAGMA user_version').get()!['user_version'])
    if (version > MIGRATIONS.length) {
      throw new FaceError('service_unavailable',
        `The file of COLLECTIONS_URL is of a later version of this service (schema ${version}; this one knows ${MIGRATIONS.length}). Use that version, or another file.`)
    }
    for (const [i, sql] of MIGRATIONS.entries()) {
      if (i >= version) driver.exec(`${sql}; PRAGMA user_version = ${i + 1}`)
    }
  }

  try {
    driver.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
    if (readOnly) {
      driver.exec('PRAGMA query_only = ON')
    } else {
      // The page size is fixed when the first table is created, and the journal mode must be set before that.
      driver.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON')
      transaction(migrate)
    }
  } catch (error) {
    driver.close()
    throw asOpeningError(error)
  }

  return {
    get: (sql, ...values) => statement(sql).get(...values),
    all: (sql, ...values) => statement(sql).all(...values),
    run: (sql, ...values) => statement(sql).run(...values),
    transaction,
    checkpoint () {
      // A backup reads for minutes, and writers must not wait for it: a later checkpoint empties the journal that it holds.
      driver.exec(`PRAGMA busy_timeout = ${CHECKPOINT_MS}`)
      driver.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      driver.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
    },
    copyTo (path) {
      // VACUUM INTO does not change this file, but query_only forbids it.
      if (readOnly) driver.exec('PRAGMA query_only = OFF')
      driver.prepare('VACUUM INTO ?').run(path)
      if (readOnly) driver.exec('PRAGMA query_only = ON')
    },
    close () {
      try {
        // libsql does not checkpoint on close.
        if (!readOnly) driver.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      } catch {
        // The disk is full. The next opening reads the journal.
      } finally {
        driver.close()
      }
    }
  }
}

async function trying<Result> (work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw asOpeningError(error)
  }
}
