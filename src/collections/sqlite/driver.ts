import process from 'node:process'

/** What may stand in a row or for a parameter. Both drivers take Buffers; libsql takes no other view of memory. */
export type Value = null | number | string | Buffer
export type Row = Readonly<Record<string, unknown>>

export interface Statement {
  readonly get: (...values: Value[]) => Row | undefined
  readonly all: (...values: Value[]) => Row[]
  readonly run: (...values: Value[]) => void
}

/** The little of SQLite that is needed, as node:sqlite and libsql both have it. Everything is synchronous: it belongs into a thread. */
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
 * Opens a file with node:sqlite where the runtime has it (Node 22.13 and later), else with libsql; the same file opens with both.
 * A process must open a file with one of them only: they do not see each other's locks.
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

/** What `load` returns, without the warning of Node 22 that node:sqlite is experimental. It waits for nothing, so no other warning is lost. */
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

/** The bytes of a blob. libsql gives a Buffer for one row and ArrayBuffers for many, node:sqlite gives Uint8Arrays. */
export const bytes = (blob: unknown): Buffer =>
  blob instanceof ArrayBuffer ? Buffer.from(blob) : Buffer.from((blob as Uint8Array).buffer as ArrayBuffer, (blob as Uint8Array).byteOffset, (blob as Uint8Array).byteLength)

/** Values as they lie in memory; every platform that ONNX Runtime has binaries for is little-endian. */
export const toBlob = (values: Float32Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength)

/** Writes the values of a blob into `out` from `at` on. */
export function readFloats (blob: unknown, out: Float32Array, at: number): void {
  const from = bytes(blob)
  new Uint8Array(out.buffer, out.byteOffset + at * 4, from.byteLength).set(from)
}
