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

t.test('a line that is too long ends the reading', async (t) => {
  const endless = async function * () { for (;;) yield Buffer.alloc(1000, 'a') }
  await t.rejects(read(linesOf(endless(), 5000)), { code: 'image_too_large', message: /Line 1 is over the limit of 5000/ })
  await t.rejects(read(linesOf(chunks('ab\n', 'abc'), 2)), { code: 'image_too_large', message: /Line 2/ })
})
