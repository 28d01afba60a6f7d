import { assemble, type Code, op, type Program } from './wasm.ts'
import './webassembly.ts'

/** Rows that share the loads of the query. */
export const ROWS_AT_ONCE = 4

/**
 * For `count` rows (a multiple of ROWS_AT_ONCE) at address `rows`: writes to `out` the float32 `dot × scale × factor + error`, an upper bound
 * of the row's cosine to the query (quantise.ts). `dot` is of the row's int8 values and the query's int16 values at `query`, summed in
 * int32; `stride` is the length of a row in bytes, a multiple of 16; `scales` and `errors` hold a float32 for each row.
 */
export type Scan = (rows: number, count: number, stride: number, query: number, scales: number, errors: number, factor: number, out: number) => void

const [ROWS, COUNT, STRIDE, QUERY, SCALES, ERRORS, FACTOR, OUT] = [0, 1, 2, 3, 4, 5, 6, 7]
/** Locals: address in each of the rows, end of the first row, place in the query, the values at hand and the sums. */
const [END, PLACE, LOW, HIGH, VALUES] = [12, 13, 14, 15, 16]
const rowAt = (i: number): number => 8 + i
const sumOf = (i: number): number => 17 + i
const each = (code: (i: number) => readonly Code[]): Code[] => Array.from({ length: ROWS_AT_ONCE }, (_, i) => code(i)).flat()

const increased = (local: number, by: Code): Code[] => [op.get(local), by, op.i32Add, op.set(local)]

const PROGRAM: Program = {
  name: 'scan',
  parameters: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'f32', 'i32'],
  locals: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'v128', 'v128', 'v128', 'v128', 'v128', 'v128', 'v128'],
  body: [op.loop(
    // The rows side by side, from their beginnings.
    op.get(ROWS), op.set(rowAt(0)),
    ...each((i) => i === 0 ? [] : [op.get(rowAt(i - 1)), op.get(STRIDE), op.i32Add, op.set(rowAt(i))]),
    op.get(rowAt(1)), op.set(END),
    op.get(QUERY), op.set(PLACE),
    ...each((i) => [op.v128Zero, op.set(sumOf(i))]),
    op.loop(
      op.get(PLACE), op.v128Load(0), op.set(LOW),
      op.get(PLACE), op.v128Load(16), op.set(HIGH),
      ...increased(PLACE, op.i32Const(32)),
      ...each((i) => [
        op.get(rowAt(i)), op.v128Load(), op.set(VALUES),
        op.get(VALUES), op.extendLowI8, op.get(LOW), op.dotI16,
        op.get(VALUES), op.extendHighI8, op.get(HIGH), op.dotI16,
        op.addI32x4, op.get(sumOf(i)), op.addI32x4, op.set(sumOf(i)),
        ...increased(rowAt(i), op.i32Const(16))
      ]),
      op.get(rowAt(0)), op.get(END), op.i32LtU, op.branchIf(0)
    ),
    ...each((i) => [
      op.get(OUT),
      op.get(sumOf(i)), op.lane(0), op.get(sumOf(i)), op.lane(1), op.i32Add,
      op.get(sumOf(i)), op.lane(2), op.i32Add, op.get(sumOf(i)), op.lane(3), op.i32Add,
      op.f32FromI32, op.get(SCALES), op.f32Load(4 * i), op.f32Mul, op.get(FACTOR), op.f32Mul,
      op.get(ERRORS), op.f32Load(4 * i), op.f32Add,
      op.f32Store(4 * i)
    ]),
    // The last row has come to its end, where the next one begins.
    op.get(rowAt(ROWS_AT_ONCE - 1)), op.set(ROWS),
    ...[OUT, SCALES, ERRORS].flatMap((local) => increased(local!, op.i32Const(4 * ROWS_AT_ONCE))),
    op.get(COUNT), op.i32Const(ROWS_AT_ONCE), op.i32Sub, op.set(COUNT),
    op.i32Const(0), op.get(COUNT), op.i32LtU, op.branchIf(0)
  )]
}

let compiled: WebAssembly.Module | undefined

/** The kernel on a memory. */
export function scanOf (memory: WebAssembly.Memory): Scan {
  compiled ??= new WebAssembly.Module(assemble(PROGRAM))
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports['scan'] as Scan
}
