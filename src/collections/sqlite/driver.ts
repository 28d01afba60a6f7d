import process from 'node:process'
import type { Row } from '../sql-rows.ts'

/** Value of a parameter. Both drivers accept a Buffer; libsql accepts no other view of memory. */
export type Value = null | number | string | Buffer

export interface Statement {
  readonly get: (...values: Value[]) => Row | undefined
  readonly all: (...values: Value[]) => Row[]
  readonly run: (...values: Value[]) => void
}

/** The few functions of SQLite that are needed, which node:sqlite and libsql both have. All are synchronous and belong in a worker thread. */
export interface Driver {
  readonly exec: (sql: string) => void
  readonly prepare: (sql: string) => Statement
  readonly close: () => void
}

interface Builtin {
  DatabaseSync: new (path: string) => Engine
}

interface Engine {
  exec: (sql: string) => void
  prepare: (sql: string) => { get: (...values: Value[]) => unknown, all: (...values: Value[]) => unknown[], run: (...values: Value[]) => unknown }
  close: () => void
}

/**
 * Opens a file with node:sqlite when the runtime has it (Node 22.13 and later), otherwise with libsql; the same file opens with both.
 * A process must open a file with only one of them: they do not see each other's locks.
 */
export async function openDriver (path: string): Promise<Driver> {
  const builtin = quietly(() => process.getBuiltinModule('node:sqlite') as Builtin | undefined)
  const database = builtin ? new builtin.DatabaseSync(path) : await openLibsql(path)
  return {
    exec: (sql) => { database.exec(sql) },
    prepare (sql) {
      const statement = database.prepare(sql)
      return {
        get: (...values) => statement.get(...values) as Row | undefined,
        all: (...values) => statement.all(...values) as Row[],
        run: (...values) => { statement.run(...values) }
      }
    },
    close: () => database.close()
  }
}

/**
 * Returns the result of `load`, suppressing the warning of Node 22 that node:sqlite is experimental. `load` is synchronous, so no other
 * warning is lost.
 */
function quietly<Result> (load: () => Result): Result {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}

async function openLibsql (path: string): Promise<Engine> {
  const { default: Libsql } = await import('libsql')
  return new Libsql(path) as unknown as Engine
}

/** The bytes of a blob. libsql returns a Buffer for one row and ArrayBuffers for many; node:sqlite returns Uint8Arrays. */
export function bytes (blob: unknown): Buffer {
  if (blob instanceof ArrayBuffer) return Buffer.from(blob)
  const { buffer, byteOffset, byteLength } = blob as Uint8Array
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}

/** The values as they lie in memory, little-endian: every platform that ONNX Runtime has binaries for is. */
export const toBlob = (values: Float32Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength)

/** Writes the values of a blob into `out` from index `at` on. */
export function readFloats (blob: unknown, out: Float32Array, at: number): void {
  const from = bytes(blob)
  new Uint8Array(out.buffer, out.byteOffset + at * 4, from.byteLength).set(from)
}
