import { Readable } from 'node:stream'
import t from 'tap'
import { coalesced, collect } from '../../../src/system/coalesce.ts'

/** A body in chunks of `size` bytes. */
async function * chunks (body: Uint8Array, size: number) {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size)
}

t.test('a body of tiny chunks becomes few large ones, byte for byte', async (t) => {
  const body = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 253))
  for (const size of [1, 7, 65_536, 65_537, 200_000]) {
    const received: Buffer[] = []
    for await (const chunk of coalesced(Readable.from(chunks(body, size)))) received.push(chunk)
    t.ok(Buffer.concat(received).equals(body), `${size}`)
    t.ok(received.length <= 4, `${received.length} chunks of ${size}`)
  }
  t.strictSame(await coalesced(Readable.from([])).toArray(), [])
})

t.test('an error of the source reaches the reader', async (t) => {
  const failing = Readable.from((async function * () {
    yield Buffer.from('a')
    throw new Error('the client went away')
  })())
  await t.rejects(coalesced(failing).toArray(), { message: 'the client went away' })
})

t.test('what is collected owns its memory, and more than the limit is not kept', async (t) => {
  const body = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251))
  for (const size of [1, 1000, 100_000]) {
    const bytes = await collect(chunks(body, size), 100_000)
    t.ok(body.equals(bytes!))
    t.equal(bytes!.buffer.byteLength, 100_000)
    t.equal(await collect(chunks(body, size), 99_999), undefined)
  }
  t.equal((await collect(chunks(Buffer.alloc(0), 1), 10))!.length, 0)
})
