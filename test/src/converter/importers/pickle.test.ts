import t from 'tap'
import { cursorOver } from '../../../../src/converter/importers/cursor.ts'
import { MAX_OPERATIONS, readPickle } from '../../../../src/converter/importers/pickle/read-pickle.ts'
import { ascii, build, bytes, dict, global, int, joined, list, long, NONE, orderedDict, pickle, raw, reduce, text, TRUE, tuple, u32, u64 } from './pickles.ts'
import { survives } from './survives.ts'

const globals = new Set(['collections.OrderedDict'])
const read = (file: Uint8Array) => readPickle(cursorOver(file, 'The pickle'), { globals })
const listOf = (...items: unknown[]) => ({ kind: 'list', mutable: true, items })
const tupleOf = (...items: unknown[]) => ({ kind: 'list', mutable: false, items })

const values: Record<string, readonly [value: Uint8Array, expected: unknown]> = {
  'whole numbers': [list(int(-5), bytes(0x4b, 255), bytes(0x4d, 1, 2), long('ff'), long('7fffffffffffffffff'), bytes(0x8a, 0)), listOf(-5, 255, 513, -1, 0x7fffffffffffffffffn, 0)],
  'texts, also of Python 2, and bytes': [tuple(text('ü'), ascii('U\x02\xe9a'), raw(bytes(1, 2)), joined(bytes(0x8d), u64(1), ascii('x'))), tupleOf('ü', 'éa', bytes(1, 2), 'x')],
  'a fraction, big-endian': [joined(ascii('G'), bytes(0x3f, 0xf8, 0, 0, 0, 0, 0, 0)), 1.5],
  'None and truth': [tuple(NONE, TRUE), tupleOf(null, true)],
  'tuples of one, two and three': [joined(int(1), bytes(0x85), int(2), bytes(0x86), int(3), int(4), bytes(0x87)), tupleOf(tupleOf(tupleOf(1), 2), 3, 4)],
  'a dictionary': [dict({ a: int(1) }), { kind: 'dict', entries: new Map([['a', 1]]) }],
  'the memo, by number and by order': [tuple(text('a'), ascii('q\x05'), ascii('h\x05'), bytes(0x94), joined(ascii('j'), u32(1))), tupleOf('a', 'a', 'a')],
  'an object is described, not made': [build(reduce(global('collections', 'OrderedDict'), int(1)), text('state')),
    { kind: 'call', callee: 'collections.OrderedDict', args: [1], state: 'state', entries: new Map() }],
  sets: [joined(bytes(0x8f), ascii('('), int(1), bytes(0x90)), listOf(1)]
}
for (const [what, [value, expected]] of Object.entries(values)) t.test(`read: ${what}`, async (t) => t.strictSame(read(pickle(value)), expected))

t.test('a memo bomb is read without growing: shared lists stay shared', async (t) => {
  // Each list contains the previous one twice: expanded, 2^10000 elements.
  const doubled = joined(ascii(']'), ...Array.from({ length: 10_000 }, (_, i) => joined(ascii('r'), u32(i), ascii('0](j'), u32(i), ascii('j'), u32(i), ascii('e'))))
  t.match(read(pickle(doubled)), { kind: 'list', items: { length: 2 } })
})

t.test('deep nesting is read without a deep stack', async (t) => {
  const deep = joined(ascii('N'), ascii('\x85'.repeat(50_000)))
  t.match(read(pickle(deep)), { kind: 'list', mutable: false })
})

const refused: Record<string, readonly [file: Uint8Array, message: RegExp]> = {
  'more operations than any network needs': [ascii('('.repeat(MAX_OPERATIONS + 1)), /more than 200000 operations/],
  'an append to a tuple': [pickle(joined(tuple(), int(1), ascii('a'))), /appends to a list of 0, which is no list/],
  'a key that is a list': [pickle(joined(ascii('}'), list(), int(1), ascii('s'))), /a list of 0 as a key/],
  'half an entry': [pickle(joined(ascii('}('), text('a'), ascii('u'))), /a key without its value/],
  'entries of a number': [pickle(joined(int(3), text('a'), int(1), ascii('s'))), /sets entries of 3/],
  'a value that was never made': [ascii('a.'), /takes a value that it never made/],
  'a value from below a mark': [ascii('N(0.'), /takes a value that it never made/],
  'a mark that was never set': [ascii('t.'), /a mark that it never set/],
  'a memo that was never filled': [ascii('h\x07.'), /value 7 of its memo/],
  'a byte that is no operation': [bytes(0xff), /0xff at 0 is no operation/],
  'a future protocol': [bytes(0x80, 6), /protocol 6/],
  'no end': [ascii('N'), /cut off/],
  'a text longer than the file': [joined(ascii('X'), u32(0xffffffff)), /cut off: 4294967295 bytes are needed/],
  'a whole number of 4 GB': [joined(bytes(0x8b), u32(300), new Uint8Array(300)), /whole number of 300 bytes/],
  'a name that is no text': [joined(int(1), text('x'), bytes(0x93)), /names "x" of 1/],
  'a persistent text': [ascii('Pkey\n.'), /uses PERSID/],
  'buffers from elsewhere': [bytes(0x97), /uses NEXT_BUFFER/]
}
for (const [what, [file, message]] of Object.entries(refused)) t.test(`refused: ${what}`, async (t) => t.throws(() => read(file), { name: 'ConversionError', message }))

t.test('10,000 damaged pickles are read or refused', async (t) =>
  survives(t, pickle(dict({
    a: list(int(1), text('two'), raw(bytes(3))),
    b: orderedDict({ c: tuple(NONE, TRUE), d: long('010203') }),
    e: joined(text('x'), bytes(0x94), ascii('h\x00'), bytes(0x86))
  })), read))
