import { Readable } from 'node:stream'
import t from 'tap'
import { collect, joiningChunks } from '../../../src/system/coalesce.ts'

/** A body in chunks of `size` bytes. */
async function * chunks (body: Uint8Array, size: number) {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size)
}

t.test('a body of tiny chunks becomes few large ones, byte for byte', async (t) => {
  const body = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 253))
  for (const size of [1, 7, 65_536, 65_537, 200_000]) {
    const received: Buffer[] = []
    for await (const chunk of Readable.from(chunks(body, size)).pipe(joiningChunks())) received.push(chunk)
    t.ok(Buffer.concat(received).equals(body), `${size}`)
    t.ok(received.length <= 4, `${received.length} chunks of ${size}`)
  }
  t.strictSame(await Readable.from([]).pipe(joiningChunks()).toArray(), [])
})

t.test('chunks and blocks are told; a block that must not pass ends the stream', async (t) => {
  const seen: number[] = []
  const body = Buffer.alloc(200_000)
  const options = {
    arrived: (bytes: number) => seen.push(bytes),
    passes (bytes: number) {
      seen.push(-bytes)
      if (seen.filter((value) => value < 0).length === 3) throw new Error('too many')
    }
  }
  await t.rejects(Readable.from(chunks(body, 50_000)).pipe(joiningChunks(options)).toArray(), { message: 'too many' })
  t.strictSame(seen, [50_000, 50_000, -65_536, 50_000, -65_536, 50_000, -65_536])
  await t.rejects(Readable.from(chunks(body, 1000)).pipe(joiningChunks({ passes (bytes) { if (bytes < 65_536) throw new Error('the rest') } })).toArray(), { message: 'the rest' })
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
