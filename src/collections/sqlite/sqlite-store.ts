import { mkdir } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { createPool, type PoolLog } from '../../system/worker-pool.ts'
import { callOperation, type ResultOf } from '../../system/worker-protocol.ts'
import type { RecordStore } from '../contract.ts'
import { openDatabase } from './database.ts'
import { asFaceError, asOpeningError } from './failure.ts'
import { operations, type OperationName, type Operations } from './operations.ts'

export interface SqliteStoreOptions {
  /** The file; its folder is made where there is none. */
  readonly path: string
  readonly log: PoolLog
  /** Whether the database has threads of its own. Without them every call holds up the caller: for commands and tests. */
  readonly threads?: boolean
}

/** Calls that may wait for a connection. */
const MOST_WAITING = 10_000

/** Milliseconds between two looks for what may be forgotten. */
const PURGE_MS = 3600_000

/** The thread's file lies beside this one, as .ts from source and as .js when compiled. */
const ENTRY = new URL(`./sqlite-thread${extname(import.meta.url)}`, import.meta.url)

/** Runs an operation on a connection. */
type Run = <Name extends OperationName>(name: Name, args: Parameters<Operations[Name]>) => Promise<ResultOf<Operations, Name>>

interface Connection {
  readonly run: Run
  readonly close: () => Promise<void>
}

/**
 * The records in one SQLite file. Writes go through one connection, reads through another, so that a read does not wait for a commit.
 * Several processes of one machine may share the file; a network file system will not do.
 * @throws {FaceError} service_unavailable when the file cannot be used.
 */
export async function openSqliteStore ({ path, log, threads = true }: SqliteStoreOptions): Promise<RecordStore> {
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => { throw asOpeningError(error) })
  const open = threads ? openThread : openHere
  const writing = await open(path, false, log)
  const reading = threads ? await open(path, true, log) : writing
  const hearers = new Set<(collection: string) => void>()

  const read = <Name extends OperationName>(name: Name) => (...args: Parameters<Operations[Name]>) => reading.run(name, args)
  const write = <Name extends OperationName>(name: Name) => async (...args: Parameters<Operations[Name]>) => {
    const result = await writing.run(name, args)
    if (typeof args[0] === 'string') for (const hear of hearers) hear(args[0])
    return result
  }

  const purge = (): void => {
    writing.run('purge', []).catch((error: unknown) => log.warn({ err: error }, 'old keys and tombstones could not be removed'))
  }
  purge()
  const timer = setInterval(purge, PURGE_MS).unref()

  return {
    caps: { durableOnAck: true, atomicBatch: true, sharedAcrossProcesses: true },
    createCollection: write('createCollection'),
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
    check: read('check'),
    watch (onHint) {
      hearers.add(onHint)
      return () => { hearers.delete(onHint) }
    },
    async close () {
      clearInterval(timer)
      hearers.clear()
      if (reading !== writing) await reading.close()
      await writing.close()
    }
  }
}

async function openThread (path: string, readOnly: boolean, log: PoolLog): Promise<Connection> {
  const name = readOnly ? 'sqlite-read' : 'sqlite-write'
  const pool = createPool<Operations>({ name, entry: ENTRY, size: 1, queueLimit: MOST_WAITING, workerData: { path, readOnly }, failed: asFaceError, log })
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
      // What was asked before is done before.
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
