import { FaceError } from '../../errors.ts'
import { openDriver, type Row, type Statement, type Value } from './driver.ts'
import { asOpeningError } from './failure.ts'
import { MIGRATIONS } from './sqlite-migrations.ts'

/** Milliseconds to wait for another process that writes. */
const BUSY_MS = 10_000
/** Milliseconds that a checkpoint waits for readers. */
const CHECKPOINT_MS = 100

/** One connection. Statements are prepared once and kept. */
export interface Database {
  readonly get: (sql: string, ...values: Value[]) => Row | undefined
  readonly all: (sql: string, ...values: Value[]) => Row[]
  readonly run: (sql: string, ...values: Value[]) => void
  /** Runs `work` as one transaction that no other writer is in: all of it lasts when this returns, or none when it throws. */
  readonly transaction: <Result>(work: () => Result) => Result
  /** Moves what the journal holds into the file and empties it, as far as no reader needs it just now. @throws where there is no room for it. */
  readonly checkpoint: () => void
  /** Copies the whole, as it is at this moment, into a new file. Others may write meanwhile. */
  readonly copyTo: (path: string) => void
  readonly close: () => void
}

export interface DatabaseOptions {
  readonly path: string
  /** For a connection that must not change anything. The file must be there, in the schema of this version. */
  readonly readOnly?: boolean
}

/**
 * Opens a file, makes it where there is none, and brings it to the schema of this version.
 *
 * WAL: readers and a writer do not wait for each other. `synchronous` FULL: a commit returns when it is on the disk, so that it survives a
 * loss of power. 16 KiB pages hold rows of 512 values in one piece. `secure_delete`: what is deleted is overwritten, not only unlinked.
 * @throws {FaceError} service_unavailable when the file cannot be used, or is of a later version.
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
        // SQLite has done it itself where the disk is full or fails.
        if ((rollback as Error).message.includes('no transaction is active')) throw error
        throw new AggregateError([error, rollback], 'A transaction failed and could not be rolled back.')
      }
      throw error
    }
  }

  function migrate (): void {
    const version = Number(driver.prepare('PRAGMA user_version').get()!['user_version'])
    if (version > MIGRATIONS.length) {
      throw new FaceError('service_unavailable', `The file of COLLECTIONS_URL is of a later version of this service (schema ${version}; this one knows ${MIGRATIONS.length}). Use that version, or another file.`)
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
      // The size of pages is fixed when the first table is made, and the mode of the journal before that.
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
      // A backup reads for minutes, and writers must not wait for it: its journal is emptied by a later checkpoint.
      driver.exec(`PRAGMA busy_timeout = ${CHECKPOINT_MS}`)
      driver.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      driver.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
    },
    copyTo (path) {
      // It changes nothing here, yet counts as a change.
      if (readOnly) driver.exec('PRAGMA query_only = OFF')
      driver.prepare('VACUUM INTO ?').run(path)
      if (readOnly) driver.exec('PRAGMA query_only = ON')
    },
    close () {
      try {
        // libsql does not do it.
        if (!readOnly) driver.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      } catch {
        // On a full disk: the next opening reads the journal.
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
