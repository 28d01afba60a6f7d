/**
 * A minimal assembler for one small WebAssembly function: an instruction is a list of bytes, a program their sequence. Opcodes follow
 * the core specification 2.0 (binary format, section 5.4), vector instructions included.
 */
export type Code = readonly number[]

/** Unsigned LEB128. */
export function unsigned (value: number): number[] {
  const low = value & 0x7f
  return value < 0x80 ? [low] : [low | 0x80, ...unsigned(value >>> 7)]
}

/** Signed LEB128. */
function signed (value: number): number[] {
  const low = value & 0x7f
  const rest = value >> 7
  return (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0) ? [low] : [low | 0x80, ...signed(rest)]
}

export const TYPES = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const
export type ValueType = keyof typeof TYPES

const simd = (opcode: number, ...rest: number[]): Code => [0xfd, ...unsigned(opcode), ...rest]

/** Lanes 0 to 7 of two vectors of four 32-bit numbers. */
export type Lanes = readonly [number, number, number, number]

/** Instructions, named as in the text format. Loads and stores encode the logarithm of their alignment, and an offset. */
export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  i32Const: (value: number): Code => [0x41, ...signed(value)],
  i32Add: [0x6a] as Code,
  i32Sub: [0x6b] as Code,
  i32LtU: [0x49] as Code,
  v128Load: (offset = 0): Code => simd(0, 4, ...unsigned(offset)),
  v128Zero: simd(12, ...new Array<number>(16).fill(0)),
  extendLowI8: simd(0x87),
  extendHighI8: simd(0x88),
  dotI16: simd(0xba),
  addI32x4: simd(0xae),
  splatF32: simd(0x13),
  mulF32x4: simd(0xe6),
  addF32x4: simd(0xe4),
  maxF32x4: simd(0xe9),
  f32x4FromI32x4: simd(0xfa),
  v128Store: (offset = 0): Code => simd(11, 4, ...unsigned(offset)),
  /** Selects four of the eight 32-bit numbers of two vectors: `i8x16.shuffle`, which counts bytes. */
  shuffleI32x4: (lanes: Lanes): Code => simd(13, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))),
  /** A loop that starts again where `branchIf(0)` pops a value other than 0. */
  loop: (...body: readonly Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0b],
  branchIf: (depth: number): Code => [0x0d, ...unsigned(depth)]
}

const section = (id: number, ...items: readonly Code[]): Code => {
  const body = [...unsigned(items.length), ...items.flat()]
  return [id, ...unsigned(body.length), ...body]
}

const text = (value: string): Code => [...unsigned(value.length), ...Buffer.from(value, 'latin1')]

export interface Program {
  readonly name: string
  readonly parameters: readonly ValueType[]
  /** Locals after the parameters. */
  readonly locals: readonly ValueType[]
  readonly body: readonly Code[]
}

/** Most pages (64 KiB) of the shared memory that a module accepts: all that 32-bit addresses reach. */
const MOST_PAGES = 65_536

/** Returns the binary of a module that exports one function without a result, and imports its shared memory as `env.memory`. */
export function assemble ({ name, parameters, locals, body }: Program): Uint8Array<ArrayBuffer> {
  const code = [...unsigned(locals.length), ...locals.flatMap((type) => [1, TYPES[type]]), ...body.flat(), 0x0b]
  return Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [0x60, ...unsigned(parameters.length), ...parameters.map((type) => TYPES[type]), 0]),
    // 0x02: a memory; 0x03: shared, with a minimum and a maximum size.
    ...section(2, [...text('env'), ...text('memory'), 0x02, 0x03, 0, ...unsigned(MOST_PAGES)]),
    ...section(3, [0]),
    ...section(7, [...text(name), 0, 0]),
    ...section(10, [...unsigned(code.length), ...code])
  ])
}
