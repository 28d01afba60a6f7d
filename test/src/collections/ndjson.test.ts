import t from 'tap'
import { linesOf } from '../../../src/collections/ndjson.ts'

async function * chunks (...all: Array<string | Uint8Array>) { yield * all }
const read = async (lines: AsyncIterable<string>) => { const all = []; for await (const line of lines) all.push(line); return all }

t.test('lines are whole, however their bytes are divided', async (t) => {
  const é = Buffer.from('é')
  t.strictSame(await read(linesOf(chunks(Buffer.from('a\r\nb'), Buffer.from('c\n\nd'), é.subarray(0, 1), é.subarray(1)), 10)), ['a', 'bc', '', 'dé'])
  t.strictSame(await read(linesOf(chunks('a\n', 'b'), 10)), ['a', 'b'])
  t.strictSame(await read(linesOf(chunks(), 10)), [])
})

t.test('a byte order mark is no part of the first line, and any other encoding is told', async (t) => {
  const utf8 = Buffer.from('\uFEFFa\uFEFF\r\n\uFEFFb')
  t.strictSame(await read(linesOf(chunks(utf8), 10)), ['a\uFEFF', '\uFEFFb'])
  t.strictSame(await read(linesOf(chunks(...[...utf8].map((byte) => Buffer.of(byte))), 10)), ['a\uFEFF', '\uFEFFb'], 'also byte by byte')
  t.strictSame(await read(linesOf(chunks('\uFEFF'), 10)), [''])
  for (const bytes of [Buffer.from('\uFEFF{}\n{}', 'utf16le'), Buffer.from('{}\n', 'utf16le'), Buffer.from('\uFEFFé', 'utf16le'), Buffer.from('\uFEFF{}\n', 'utf16le').swap16()]) {
    await t.rejects(read(linesOf(chunks(bytes), 100)), { code: 'validation_error', message: /line 1 must be in UTF-8/ })
  }
  await t.rejects(read(linesOf(chunks('a\n', Buffer.from('Zo\xeb\n', 'latin1')), 100)), { code: 'validation_error', message: /line 2 or one after it must be in UTF-8/ })
  await t.rejects(read(linesOf(chunks(Buffer.from('a\né').subarray(0, 3)), 100)), { code: 'validation_error', message: /must be in UTF-8/ }, 'the text ends in the middle of a character')
})

t.test('a line that is too long ends the reading', async (t) => {
  const endless = async function * () { for (;;) yield Buffer.alloc(1000, 'a') }
  await t.rejects(read(linesOf(endless(), 5000)), { code: 'image_too_large', message: /Line 1 is over the limit of 5000/ })
  await t.rejects(read(linesOf(chunks('ab\n', 'abc'), 2)), { code: 'image_too_large', message: /Line 2/ })
})

t.test('a line may come byte by byte', async (t) => {
  const text = `${'0123456789'.repeat(500)}\n${'abc'.repeat(1000)}`
  t.strictSame(await read(linesOf(chunks(...text), 5000)), text.split('\n'))
})

t.test('how long lines get is told while they arrive', async (t) => {
  const told: number[] = []
  await read(linesOf(chunks('abc', 'd\nef\n', 'abcde', 'f'), 10, (characters) => told.push(characters)))
  t.strictSame(told, [3, 1, 1, 1])
  const refuse = () => { throw new RangeError('no memory') }
  await t.rejects(read(linesOf(chunks('abc', 'never ends'), 100, refuse)), { message: 'no memory' })
})
