import { copyFileSync, existsSync, realpathSync, renameSync, statSync } from 'node:fs'
import { FaceError } from '../../errors.ts'
import { journalDamaged, journalOfAnother, storeIsMissing, storeIsNoFile, storeOfOthers, storeVanished, writesLost } from '../collection-problems.ts'
import type { Row } from '../sql-rows.ts'
import { type Acknowledged, openAcknowledged } from './acknowledged.ts'
import { type Driver, openDriver, type Statement, type Value } from './driver.ts'
import { asOpeningError } from './failure.ts'
import { lostCommits } from './journal-damage.ts'
import { MIGRATIONS, TABLES } from './sqlite-migrations.ts'
import { type StoreFiles, watchFiles } from './store-files.ts'

const MEMORY = ':memory:'
/** Milliseconds to wait for another writing process. */
const BUSY_MS = 10_000
/** Milliseconds that a checkpoint waits for readers. */
const CHECKPOINT_MS = 100

/** One connection, which caches its prepared statements. */
export interface Database {
  readonly get: (sql: string, ...values: Value[]) => Row | undefined
  readonly all: (sql: string, ...values: Value[]) => Row[]
  readonly run: (sql: string, ...values: Value[]) => void
  /**
   * Runs `work` as one transaction, alone among writers: when this returns all of it is durable, when it throws none of it happened.
   * @throws {FaceError} service_unavailable when the files were removed, replaced or shortened. What was written at that moment may be in them.
   */
  readonly transaction: <Result>(work: () => Result) => Result
  /** Moves the journal into the file and empties it, as far as no reader still needs it. @throws when the disk has no room for it. */
  readonly checkpoint: () => void
  /** Notes the sequence number of a collection that is acknowledged. A start after a crash refuses to go on without it. */
  readonly acknowledge: (key: number, seq: number) => void
  /** Ends that for a collection that is about to be dropped. */
  readonly forget: (key: number) => void
  /** @throws {FaceError} service_unavailable when the files were removed, replaced or shortened. */
  readonly checkFiles: () => void
  /** Copies a consistent snapshot of the database into a new file. Others may write meanwhile. */
  readonly copyTo: (path: string) => void
  readonly close: () => void
}

export interface DatabaseOptions {
  /** Path of the file, or `:memory:` for tests of one connection. */
  readonly path: string
  /** Opens a connection that cannot write. The file must exist and have the schema of this version. */
  readonly readOnly?: boolean
  /** Opens the file although acknowledged writes are lost. */
  readonly acceptLoss?: boolean
}

/**
 * Opens a database file, creates it when there is none, and migrates it to the schema of this version.
 *
 * WAL: readers and a writer do not wait for each other. `synchronous` FULL: a commit returns when it is on the disk, so that it survives a
 * loss of power. 16 KiB pages hold rows of 512 values in one piece. `secure_delete`: deleted data is overwritten, not only unlinked.
 * @throws {FaceError} service_unavailable when the file cannot be used, is of a later version or of another program, or has lost writes.
 * @example
 * const database = await openDatabase({ path: 'faces.db', readOnly: true })
 * database.copyTo('backup.db')
 * database.close()
 */
export async function openDatabase ({ path, readOnly = false, acceptLoss = false }: DatabaseOptions): Promise<Database> {
  const driver = await trying(async () => {
    if (path !== MEMORY) await checkPlace(path, readOnly, acceptLoss)
    return await openDriver(path)
  })
  let files: StoreFiles | undefined
  let acknowledged: Acknowledged | undefined
  const statements = new Map<string, Statement>()
  const statement = (sql: string): Statement => {
    const known = statements.get(sql) ?? driver.prepare(sql)
    statements.set(sql, known)
    return known
  }

  function transaction<Result> (work: () => Result): Result {
    driver.exec('BEGIN IMMEDIATE')
    let result: Result
    try {
      files?.check()
      result = work()
      driver.exec('COMMIT')
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
    files?.check()
    files?.settle()
    return result
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
    refuseOthers(driver)
    const real = path === MEMORY ? undefined : realpathSync(path)
    if (readOnly) {
      driver.exec('PRAGMA query_only = ON')
    } else {
      if (real !== undefined) {
        acknowledged = openAcknowledged(acknowledgedPath(real), real)
        if (acceptLoss) acknowledged.remove()
        else refuseLoss(driver, acknowledged, journalPath(real))
      }
      // The page size is fixed when the first table is created, and the journal mode must be set before that.
      driver.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON')
      transaction(migrate)
    }
    if (real !== undefined) files = watchFiles(path, journalPath(real), () => Number(driver.prepare('PRAGMA data_version').get()!['data_version']))
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
      files?.settle()
    },
    acknowledge: (key, seq) => acknowledged?.note(key, seq),
    forget: (key) => acknowledged?.forget(key),
    checkFiles: () => files?.check(),
    copyTo (path) {
      // VACUUM INTO does not change this file, but query_only forbids it.
      if (readOnly) driver.exec('PRAGMA query_only = OFF')
      driver.prepare('VACUUM INTO ?').run(path)
      if (readOnly) driver.exec('PRAGMA query_only = ON')
    },
    close () {
      try {
        if (!readOnly) {
          files?.check()
          // libsql does not checkpoint on close.
          driver.exec('PRAGMA wal_checkpoint(TRUNCATE)')
          acknowledged?.remove()
        }
      } catch {
        // The disk is full, or the files are gone. The next opening reads the journal.
      } finally {
        acknowledged?.close()
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

/** Returns the path without symbolic links, beside which SQLite keeps its files; the path itself while there is no file. */
const realPathOf = (path: string): string => existsSync(path) ? realpathSync(path) : path

/**
 * Gets the write-ahead log out of the way of an opening that accepts losses. The log of a file that is gone, or that another one took the
 * place of, is moved, any other one is copied.
 * @returns the path of what was kept; undefined when there is no log, or an empty one.
 */
export function keepJournal (path: string): string | undefined {
  const real = realPathOf(path)
  const journal = journalPath(real)
  if (sizeOf(journal) === 0) return undefined
  const kept = damagedPath(journal)
  const isOfThis = existsSync(path) && openAcknowledged(acknowledgedPath(real), real).owner() !== 'other'
  if (isOfThis) copyFileSync(journal, kept)
  else renameSync(journal, kept)
  return kept
}

/** Path of the write-ahead log of a database, whose path has no symbolic links. */
const journalPath = (real: string): string => `${real}-wal`

/** Path of the copy of a write-ahead log. A log has one, however often the start of a service is tried with it. */
const damagedPath = (journal: string): string => `${journal}.damaged-${statSync(journal).mtime.toISOString().replaceAll(':', '')}`

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

const acknowledgedPath = (real: string): string => `${real}-acknowledged`

/**
 * Checks what lies at the path before SQLite sees it: to open a file is to cut its write-ahead log.
 * @throws {FaceError} service_unavailable.
 */
async function checkPlace (path: string, readOnly: boolean, acceptLoss: boolean): Promise<void> {
  const found = statSync(path, { throwIfNoEntry: false })
  if (readOnly && !found) throw storeIsMissing()
  if (found && !found.isFile()) throw storeIsNoFile()
  if (readOnly || acceptLoss) return
  const real = realPathOf(path)
  const journal = sizeOf(journalPath(real))
  // SQLite removes the log of an empty file.
  if ((!found || found.size === 0) && journal > 0) throw storeVanished()
  if (found && journal > 0 && openAcknowledged(acknowledgedPath(real), real).owner() === 'other') throw journalOfAnother()
  const commits = await lostCommits(journalPath(real))
  if (commits > 0) throw journalDamaged(commits)
}

/** Refuses a database that has other tables than those of this service, before anything in it is changed. */
function refuseOthers (driver: Driver): void {
  const names = driver.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map(({ name }) => name)
  const version = Number(driver.prepare('PRAGMA user_version').get()!['user_version'])
  const isEmpty = names.length === 0 && version === 0
  if (!isEmpty && !TABLES.every((table) => names.includes(table))) throw storeOfOthers()
}

/**
 * Refuses a database that lacks acknowledged writes, before anything in it is changed. SQLite removes the log when the database is closed, so
 * that a copy is kept first.
 */
function refuseLoss (driver: Driver, acknowledged: Acknowledged, journal: string): void {
  const lost = (): number => {
    const expected = acknowledged.read()
    if (expected.size === 0) return 0
    const isMade = driver.prepare("SELECT 1 FROM sqlite_master WHERE name = 'collection'").get() !== undefined
    const found = new Map((isMade ? driver.prepare('SELECT key, seq FROM collection').all() : []).map(({ key, seq }) => [Number(key), Number(seq)]))
    return [...expected].filter(([key, seq]) => (found.get(key) ?? -1) < seq).length
  }
  // A second time, because another process may have dropped a collection between the two readings.
  const count = lost() && lost()
  if (count === 0) return
  if (sizeOf(journal) > 0) copyFileSync(journal, damagedPath(journal))
  throw writesLost(count)
}
