import { conversionError } from '../../conversion-error.ts'
import type { Cursor } from '../cursor.ts'
import type { Opcode } from './opcodes.ts'
import type { Stack } from './stack.ts'
import { type Call, describe, isKind, type Persistent, type Value } from './value.ts'

/** State of a reader between two operations. */
export interface Machine {
  readonly cursor: Cursor
  readonly globals: ReadonlySet<string>
  readonly modules: readonly string[]
  readonly afterBuild: (object: Call) => Value
  readonly onPersistent: (reference: Persistent) => void
  readonly stack: Stack
  readonly memo: Map<number, Value>
}

type Operation = (machine: Machine) => void

/** Maximum length of a whole number in bytes; no network needs a longer one. */
const MAX_LONG = 256

/** Effects of the supported operations. Others are refused by name. */
export const OPERATIONS: Readonly<Partial<Record<Opcode, Operation>>> = {
  PROTO ({ cursor }) {
    const version = cursor.u8()
    if (version > 5) throw conversionError(`The pickle is of protocol ${version}; up to 5 are known.`)
  },
  // A frame only announces how many bytes belong together.
  FRAME: ({ cursor }) => { cursor.take(8) },
  MARK: ({ stack }) => stack.mark(),
  POP: ({ stack }) => { stack.pop() },
  POP_MARK: ({ stack }) => { stack.popToMark() },
  DUP: ({ stack }) => stack.push(stack.top()),

  NONE: ({ stack }) => stack.push(null),
  NEWTRUE: ({ stack }) => stack.push(true),
  NEWFALSE: ({ stack }) => stack.push(false),
  BININT: ({ stack, cursor }) => stack.push(cursor.i32()),
  BININT1: ({ stack, cursor }) => stack.push(cursor.u8()),
  BININT2: ({ stack, cursor }) => stack.push(cursor.u16()),
  LONG1: ({ stack, cursor }) => stack.push(long(cursor.take(cursor.u8()))),
  LONG4: ({ stack, cursor }) => stack.push(long(cursor.take(cursor.u32()))),
  BINFLOAT: ({ stack, cursor }) => stack.push(cursor.f64be()),

  BINUNICODE: ({ stack, cursor }) => stack.push(utf8(cursor.take(cursor.u32()))),
  SHORT_BINUNICODE: ({ stack, cursor }) => stack.push(utf8(cursor.take(cursor.u8()))),
  BINUNICODE8: ({ stack, cursor }) => stack.push(utf8(cursor.take(cursor.u64()))),
  // Python 2 texts are bytes: one character each.
  BINSTRING: ({ stack, cursor }) => stack.push(latin1(cursor.take(cursor.u32()))),
  SHORT_BINSTRING: ({ stack, cursor }) => stack.push(latin1(cursor.take(cursor.u8()))),
  BINBYTES: ({ stack, cursor }) => stack.push(cursor.take(cursor.u32())),
  SHORT_BINBYTES: ({ stack, cursor }) => stack.push(cursor.take(cursor.u8())),
  BINBYTES8: ({ stack, cursor }) => stack.push(cursor.take(cursor.u64())),
  BYTEARRAY8: ({ stack, cursor }) => stack.push(cursor.take(cursor.u64())),

  EMPTY_LIST: ({ stack }) => stack.push(list([])),
  EMPTY_SET: ({ stack }) => stack.push(list([])),
  LIST: ({ stack }) => stack.push(list(stack.popToMark())),
  EMPTY_TUPLE: ({ stack }) => stack.push(tuple([])),
  TUPLE: ({ stack }) => stack.push(tuple(stack.popToMark())),
  TUPLE1: ({ stack }) => stack.push(tuple([stack.pop()])),
  TUPLE2: ({ stack }) => stack.push(tuple([stack.pop(), stack.pop()].reverse())),
  TUPLE3: ({ stack }) => stack.push(tuple([stack.pop(), stack.pop(), stack.pop()].reverse())),
  FROZENSET: ({ stack }) => stack.push(tuple(stack.popToMark())),
  APPEND: ({ stack }) => append(stack, [stack.pop()]),
  APPENDS: ({ stack }) => append(stack, stack.popToMark()),
  ADDITEMS: ({ stack }) => append(stack, stack.popToMark()),
  EMPTY_DICT: ({ stack }) => stack.push({ kind: 'dict', entries: new Map() }),
  DICT ({ stack }) {
    const pairs = stack.popToMark()
    stack.push({ kind: 'dict', entries: new Map() })
    setItems(stack, pairs)
  },
  SETITEM: ({ stack }) => setItems(stack, [stack.pop(), stack.pop()].reverse()),
  SETITEMS: ({ stack }) => setItems(stack, stack.popToMark()),

  GET: ({ stack, memo, cursor }) => stack.push(remembered(memo, Number(latin1(cursor.line())))),
  BINGET: ({ stack, memo, cursor }) => stack.push(remembered(memo, cursor.u8())),
  LONG_BINGET: ({ stack, memo, cursor }) => stack.push(remembered(memo, cursor.u32())),
  PUT: ({ stack, memo, cursor }) => { memo.set(Number(latin1(cursor.line())), stack.top()) },
  BINPUT: ({ stack, memo, cursor }) => { memo.set(cursor.u8(), stack.top()) },
  LONG_BINPUT: ({ stack, memo, cursor }) => { memo.set(cursor.u32(), stack.top()) },
  MEMOIZE: ({ stack, memo }) => { memo.set(memo.size, stack.top()) },

  GLOBAL: (machine) => named(machine, utf8(machine.cursor.line()), utf8(machine.cursor.line())),
  STACK_GLOBAL (machine) {
    const [name, module] = [machine.stack.pop(), machine.stack.pop()]
    if (typeof module !== 'string' || typeof name !== 'string') throw conversionError(`The pickle names ${describe(name)} of ${describe(module)}, which are no texts.`)
    named(machine, module, name)
  },
  BINPERSID ({ stack, onPersistent }) {
    const reference: Persistent = { kind: 'persistent', id: stack.pop() }
    onPersistent(reference)
    stack.push(reference)
  },
  REDUCE ({ stack }) {
    const [args, callee] = [stack.pop(), stack.pop()]
    stack.push(call(callee, args, 'REDUCE'))
  },
  NEWOBJ ({ stack }) {
    const [args, callee] = [stack.pop(), stack.pop()]
    stack.push(call(callee, args, 'NEWOBJ'))
  },
  BUILD ({ stack, afterBuild }) {
    const state = stack.pop()
    const object = stack.pop()
    if (!isKind(object, 'call')) throw conversionError(`The pickle sets the state of ${describe(object)} (BUILD), which is not allowed.`)
    object.state = state
    stack.push(afterBuild(object))
  }
}

const list = (items: Value[]): Value => ({ kind: 'list', mutable: true, items })
const tuple = (items: Value[]): Value => ({ kind: 'list', mutable: false, items })

function append ({ top }: Stack, added: readonly Value[]): void {
  const into = top()
  if (!isKind(into, 'list') || !into.mutable) throw conversionError(`The pickle appends to ${describe(into)}, which is no list.`)
  for (const value of added) into.items.push(value)
}

function setItems ({ top }: Stack, pairs: readonly Value[]): void {
  const into = top()
  if (!isKind(into, 'dict') && !isKind(into, 'call')) throw conversionError(`The pickle sets entries of ${describe(into)}, which is no dictionary.`)
  if (pairs.length % 2 !== 0) throw conversionError('The pickle is damaged: a key without its value.')
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i]
    if (typeof key !== 'string' && typeof key !== 'number') throw conversionError(`The pickle has ${describe(key)} as a key; only texts and numbers are allowed.`)
    into.entries.set(key, pairs[i + 1]!)
  }
}

function named ({ stack, globals, modules }: Machine, module: string, name: string): void {
  const full = `${module}.${name}`
  if (!globals.has(full) && !modules.some((beginning) => full.startsWith(beginning))) {
    const allowed = [...globals, ...modules.map((beginning) => `${beginning}*`)]
    throw conversionError(`The pickle names ${full.slice(0, 80)}, which is not allowed; nothing of it was run. ${allowed.length === 0 ? 'No class or function may be named here' : `Allowed are ${allowed.join(', ')}`}.`)
  }
  stack.push({ kind: 'global', name: full })
}

function call (callee: Value, args: Value, operation: string): Value {
  if (!isKind(callee, 'global') || !isKind(args, 'list') || args.mutable) throw conversionError(`The pickle calls ${describe(callee)} with ${describe(args)} (${operation}), which is not allowed.`)
  return { kind: 'call', callee: callee.name, args: args.items, state: null, entries: new Map() }
}

function remembered (memo: ReadonlyMap<number, Value>, index: number): Value {
  const value = memo.get(index)
  if (value === undefined) throw conversionError(`The pickle is damaged: it takes value ${index} of its memo, which it never put there.`)
  return value
}

const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
/** Decodes one character per byte, unlike TextDecoder's `latin1`, which is Windows-1252. */
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

/** Decodes a whole number in little-endian two's complement: a bigint when a number would be inexact. */
function long (bytes: Uint8Array): number | bigint {
  if (bytes.length > MAX_LONG) throw conversionError(`The pickle has a whole number of ${bytes.length} bytes, which no network needs.`)
  if (bytes.length === 0) return 0
  const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`))
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}
