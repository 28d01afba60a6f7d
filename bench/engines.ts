import { createRequire } from 'node:module'
import { assemble, type Code, op, type Program } from '../src/collections/search/wasm.ts'
import { PAGE } from '../src/collections/search/webassembly.ts'
import { rank } from '../src/match/rank.ts'

/** Unit vectors, row by row, in which the best `k` rows are searched for by cosine. */
export interface Task {
  readonly vectors: Float32Array
  readonly length: number
  readonly k: number
}

/** An exact search by another engine or a plain loop. */
export interface Engine {
  readonly name: string
  /** Number of rows above which the engine is skipped: filling it, or one search, takes too long. */
  readonly most: number
  /** Loads the vectors. Rejects when the package is not installed. */
  readonly open: (task: Task) => Promise<{ readonly search: (query: Float32Array) => readonly number[], readonly close?: () => void }>
}

const ALL = Infinity
/** Limit of the engines that are filled through SQL; above it that takes minutes. */
const SOME = 100_000

/** The packages are benchmark dependencies without types here; the parts in use are declared below. */
const load = async <Module>(name: string): Promise<Module> => await import(name) as Module
interface Usearch {
  exactSearch: (rows: Float32Array, query: Float32Array, length: number, k: number, metric: string, threads: number) => { keys: BigUint64Array }
}
interface Database {
  exec: (sql: string) => void
  prepare: (sql: string) => { run: (...values: unknown[]) => void, all: (...values: unknown[]) => Array<{ id: number }> }
  loadExtension: (path: string) => void
  close: () => void
}

export const ENGINES: readonly Engine[] = [
  {
    name: 'plain JavaScript loop, float32',
    most: ALL,
    open: async ({ vectors, length, k }) => ({
      search: (query) => rank({ vectors, length, query, metric: 'cosine', threshold: Infinity, k }).map(({ row }) => row)
    })
  },
  { name: 'WebAssembly SIMD, float32', most: ALL, open: async (task) => ({ search: simd(task) }) },
  ...[1, 2].map((threads): Engine => ({
    name: `usearch exact, float32, ${threads === 1 ? 'one thread' : 'two threads'}`,
    most: ALL,
    async open ({ vectors, length, k }) {
      const { exactSearch } = await load<Usearch>('usearch')
      // By inner product, which equals the cosine of unit vectors and costs less.
      return { search: (query) => Array.from(exactSearch(vectors, query, length, k, 'ip', threads).keys, Number) }
    }
  })),
  {
    name: 'sqlite-vec, float32',
    most: SOME,
    async open (task) {
      const { getLoadablePath } = await load<{ getLoadablePath: () => string }>('sqlite-vec')
      return sql(task, `CREATE VIRTUAL TABLE face USING vec0 (id integer primary key, v float[${task.length}] distance_metric=cosine)`,
        'SELECT id FROM face WHERE v MATCH ? AND k = ?', getLoadablePath())
    }
  },
  {
    name: 'libsql vector_distance_cos, float32',
    most: SOME,
    open: (task) => sql(task, `CREATE TABLE face (id INTEGER PRIMARY KEY, v F32_BLOB(${task.length}))`,
      'SELECT id FROM face ORDER BY vector_distance_cos(v, ?) LIMIT ?')
  }
]

/** Fills an in-memory table through libsql. */
async function sql ({ vectors, length, k }: Task, table: string, select: string, extension?: string) {
  const database = new (createRequire(import.meta.url)('libsql') as new (path: string) => Database)(':memory:')
  if (extension !== undefined) database.loadExtension(extension)
  database.exec(table)
  const bytes = (vector: Float32Array): Buffer => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
  const [insert, ask] = [database.prepare('INSERT INTO face (id, v) VALUES (?, ?)'), database.prepare(select)]
  // Numbers are bound as floats, which sqlite-vec does not accept as keys; hence BigInt.
  database.exec('BEGIN')
  for (let row = 0; row < vectors.length / length; row++) insert.run(BigInt(row), bytes(vectors.subarray(row * length, (row + 1) * length)))
  database.exec('COMMIT')
  return { search: (query: Float32Array) => ask.all(bytes(query), BigInt(k)).map(({ id }) => id), close: () => database.close() }
}

const [ROWS, COUNT, STRIDE, QUERY, OUT, END, PLACE] = [0, 1, 2, 3, 4, 5, 6]
/** Four sums, so that an addition need not wait for the previous one. */
const SUMS = [7, 8, 9, 10] as const
const increased = (local: number, by: number): Code[] => [op.get(local), op.i32Const(by), op.i32Add, op.set(local)]

/** Products of `count` rows of `stride` bytes (a multiple of 64) with the query: four partial sums for each row. */
const PRODUCTS: Program = {
  name: 'products',
  parameters: ['i32', 'i32', 'i32', 'i32', 'i32'],
  locals: ['i32', 'i32', 'v128', 'v128', 'v128', 'v128'],
  body: [op.loop(
    op.get(ROWS), op.get(STRIDE), op.i32Add, op.set(END),
    op.get(QUERY), op.set(PLACE),
    ...SUMS.flatMap((sum) => [op.v128Zero, op.set(sum)]),
    op.loop(
      ...SUMS.flatMap((sum, i) => [
        op.get(sum), op.get(ROWS), op.v128Load(16 * i), op.get(PLACE), op.v128Load(16 * i), op.mulF32x4, op.addF32x4, op.set(sum)
      ]),
      ...increased(ROWS, 64), ...increased(PLACE, 64),
      op.get(ROWS), op.get(END), op.i32LtU, op.branchIf(0)
    ),
    op.get(OUT), op.get(SUMS[0]), op.get(SUMS[1]), op.addF32x4, op.get(SUMS[2]), op.addF32x4, op.get(SUMS[3]), op.addF32x4, op.v128Store(),
    ...increased(OUT, 16),
    op.get(COUNT), op.i32Const(1), op.i32Sub, op.set(COUNT),
    op.i32Const(0), op.get(COUNT), op.i32LtU, op.branchIf(0)
  )]
}

/** Rows multiplied at a time, so that their products are still in the cache when they are compared. */
const AT_ONCE = 1024

function simd ({ vectors, length, k }: Task): (query: Float32Array) => readonly number[] {
  const count = vectors.length / length
  const [query, out, rows] = [0, 4 * length, 4 * length + 16 * AT_ONCE]
  const pages = Math.ceil((rows + 4 * vectors.length) / PAGE)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  new Float32Array(memory.buffer, rows, vectors.length).set(vectors)
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(PRODUCTS)), { env: { memory } })
  const products = exports['products'] as (...values: number[]) => void
  const [asked, parts] = [new Float32Array(memory.buffer, query, length), new Float32Array(memory.buffer, out, 4 * AT_ONCE)]
  return (vector) => {
    asked.set(vector)
    let best: Array<{ row: number, score: number }> = []
    let worst = -Infinity
    for (let from = 0; from < count; from += AT_ONCE) {
      const here = Math.min(AT_ONCE, count - from)
      products(rows + 4 * from * length, here, 4 * length, query, out)
      for (let i = 0; i < here; i++) {
        const score = parts[4 * i]! + parts[4 * i + 1]! + parts[4 * i + 2]! + parts[4 * i + 3]!
        if (score <= worst) continue
        best = [...best, { row: from + i, score }].sort((a, b) => b.score - a.score).slice(0, k)
        if (best.length === k) worst = best[k - 1]!.score
      }
    }
    return best.map(({ row }) => row)
  }
}
