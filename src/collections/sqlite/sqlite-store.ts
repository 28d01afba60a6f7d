import { mkdir } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import type { FaceError } from '../../errors.ts'
import { createPool, type PoolLog } from '../../system/worker-pool.ts'
import { callOperation, type ResultOf } from '../../system/worker-protocol.ts'
import { isDamage } from '../collection-problems.ts'
import type { RecordStore } from '../contract.ts'
import { openDatabase } from './database.ts'
import { asFaceError, asOpeningError } from './failure.ts'
import { operations, type OperationName, type Operations } from './operations.ts'

export interface SqliteStoreOptions {
  /** Path of the file, whose folder is created when it does not exist. */
  readonly path: string
  readonly log: PoolLog
  /** Whether the connections run in worker threads. Without them every call blocks the caller: for commands and tests. */
  readonly threads?: boolean
}

/** Most calls that may wait for a connection. */
const MOST_WAITING = 10_000

/** Milliseconds between two purges. */
const PURGE_MS = 3600_000

/** The thread's file lies beside this one, as .ts from source and as .js when compiled. */
const ENTRY = new URL(`./sqlite-thread${extname(import.meta.url)}`, import.meta.url)

type Run = <Name extends OperationName>(name: Name, args: Parameters<Operations[Name]>) => Promise<ResultOf<Operations, Name>>

interface Connection {
  readonly run: Run
  readonly close: () => Promise<void>
}

/**
 * Opens a store in one SQLite file. Writes use one connection and reads another, so that a read does not wait for a commit. Several
 * processes on one machine may share the file, but not over a network file system.
 * @throws {FaceError} service_unavailable when the file cannot be used.
 * @example
 * const store = await openSqliteStore({ path: 'data/faces.db', log })
 */
export async function openSqliteStore ({ path, log, threads = true }: SqliteStoreOptions): Promise<RecordStore> {
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => { throw asOpeningError(error) })
  const open = threads ? openThread : openHere
  const writing = await open(path, false, log)
  const reading = threads ? await open(path, true, log) : writing
  const listeners = new Set<(collection: string) => void>()

  /** The first sign of a damaged file. It stays until the service is started with another file. */
  let damage: FaceError | undefined
  const run = <Name extends OperationName>(connection: Connection, name: Name, args: Parameters<Operations[Name]>) =>
    connection.run(name, args).catch((error: unknown) => {
      if (isDamage(error)) damage ??= error
      throw error
    })

  const read = <Name extends OperationName>(name: Name) => (...args: Parameters<Operations[Name]>) => run(reading, name, args)
  const write = <Name extends OperationName>(name: Name) => async (...args: Parameters<Operations[Name]>) => {
    const result = await run(writing, name, args)
    if (typeof args[0] === 'string') for (const notify of listeners) notify(args[0])
    return result
  }

  const purge = (): void => {
    run(writing, 'purge', []).catch((error: unknown) => log.warn({ err: error }, 'old keys and tombstones could not be removed'))
  }
  purge()
  const timer = setInterval(purge, PURGE_MS).unref()

  return {
    createCollection: write('createCollection'),
    updateCollection: write('updateCollection'),
    dropCollection: write('dropCollection'),
    write: write('write'),
    collection: read('collection'),
    list: read('collections'),
    counts: read('counts'),
    recall: read('recall'),
    subject: read('subject'),
    subjects: read('subjects'),
    faces: read('faces'),
    photo: read('photo'),
    changes: read('changes'),
    vectors: read('vectors'),
    async check () {
      if (damage) throw damage
      await run(reading, 'check', [])
    },
    watch (onHint) {
      listeners.add(onHint)
      return () => { listeners.delete(onHint) }
    },
    async close () {
      clearInterval(timer)
      listeners.clear()
      if (reading !== writing) await reading.close()
      await writing.close()
    }
  }
}

/** Milliseconds that one operation may take: far more than the largest write on a slow disk. */
const STATEMENT_MS = 120_000

async function openThread (path: string, readOnly: boolean, log: PoolLog): Promise<Connection> {
  const name = readOnly ? 'sqlite-read' : 'sqlite-write'
  const pool = createPool<Operations>({
    name, entry: ENTRY, size: 1, queueLimit: MOST_WAITING, workerData: { path, readOnly }, failed: asFaceError, jobTimeout: STATEMENT_MS, log
  })
  try {
    await pool.ready
  } catch (error) {
    await pool.close()
    throw error
  }
  const run: Run = (name, args) => pool.run(name, args)
  return {
    run,
    async close () {
      // Earlier calls are completed first.
      await run('close', [])
      await pool.close()
    }
  }
}

async function openHere (path: string, readOnly: boolean): Promise<Connection> {
  const database = await openDatabase({ path, readOnly })
  const table: Operations = operations(database)
  return {
    run: (name, args) => callOperation(table, name, args).catch((error: unknown) => { throw asFaceError(error) }),
    async close () { database.close() }
  }
}
