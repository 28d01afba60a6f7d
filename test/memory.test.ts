import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { peakMemory } from './fixtures/peak-memory.ts'
import { parse, readAll } from './fixtures/raw-http.ts'
import { origin as originOf, serviceStarter } from './fixtures/service-process.ts'
import { SAMPLES } from './real.ts'

/** Megabytes for bodies and answers, and those that may be taken besides: garbage, buffers of connections. */
const [BUDGET, SLACK] = [128, 150]
const MB = 2 ** 20

t.test('memory that clients hold has a bound', { timeout: 300_000 }, async (t) => {
  const variables = { PORT: '0', LOG_FORMAT: 'json', COLLECTIONS_URL: 'none', WORKERS: '2', MAX_IN_FLIGHT_MB: String(BUDGET), MAX_ANSWER_BYTES: String(16 * MB) }
  const { child, output } = serviceStarter(t)(t, variables)
  const peak = () => peakMemory(child.pid!)
  if (peak() === undefined) return t.pass('needs the peak of a process', { skip: 'this system does not tell it' })
  const origin = await Promise.race([originOf(child, output), once(child, 'exit').then(() => undefined)])
  if (origin === undefined) return t.match(output(), /The weights of/, 'needs weights', { skip: 'the weights cannot be had' })
  const port = Number(new URL(origin).port)
  const photo = await readFile(new URL('sample6.jpg', SAMPLES))
  const ask = async (path: string, body: FormData) => {
    const response = await fetch(origin + path, { method: 'POST', body })
    return { status: response.status, ...await response.json() as Record<string, unknown> }
  }
  const form = (image: Uint8Array, fields: Record<string, string> = {}) => {
    const body = new FormData()
    body.set('img', new Blob([Uint8Array.from(image)]))
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    return body
  }
  /** An ordinary request is answered meanwhile. */
  const answers = async () => t.match(await ask('/api/v1/represent', form(photo)), { status: 200 }, 'an ordinary photo is answered')
  // Several at once, so that each worker has the memory that its networks keep.
  await Promise.all([answers(), answers(), answers(), answers()])
  peak()
  await Promise.all([answers(), answers(), answers(), answers()])
  const rest = peak()!
  const isBounded = (t: Test, name: string, before = rest): void => {
    const highest = peak()!
    t.ok(highest < before + BUDGET + SLACK, `${name}: peak of ${highest.toFixed()} MB, ${before.toFixed()} MB at rest`)
  }

  function open (path: string, headers: readonly string[]): { socket: Socket, text: Promise<string> } {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    // Each megabyte that is sent waits for its end.
    socket.setMaxListeners(0)
    t.teardown(() => socket.destroy())
    socket.write([`POST ${path} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json', ...headers, '', ''].join('\r\n'))
    return { socket, text: readAll(socket) }
  }
  // A photo: a body of anything else is refused by its first megabytes.
  const beginning = Buffer.from('{"img1":"/9j/4AAQ'.padEnd(MB, 'A'))
  const filling = Buffer.alloc(MB, 'A')

  for (const [name, path, count, megabytes, isChunked] of [
    ['40 bodies of 20 MB of which the last byte is missing', '/api/v1/verify', 40, 20, false],
    ['the same in chunks', '/api/v1/verify', 40, 20, true],
    ['100 bodies of 13 MB', '/api/v1/represent', 100, 13, false]
  ] as const) {
    t.test(name, async (t) => {
      const clients = Array.from({ length: count }, () => open(path, [isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${megabytes * MB}`]))
      await Promise.all(clients.map(async ({ socket }) => {
        for (let i = 0; i < megabytes && !socket.destroyed && !socket.readableEnded; i++) {
          const piece = i === 0 ? beginning : i === megabytes - 1 ? filling.subarray(1) : filling
          const isFree = socket.write(isChunked ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]) : piece)
          if (!isFree) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), new Promise((resolve) => socket.once('close', resolve)), sleep(2_000)])
        }
      }))
      await sleep(500)
      await answers()
      for (const { socket } of clients) socket.end()
      const statuses = (await Promise.all(clients.map(async ({ text }) => parse(await text).status)))
      t.ok(statuses.filter((status) => status === 503).length >= count / 2, `most are refused: ${statuses.join(' ')}`)
      isBounded(t, name)
    })
  }

  t.test('answers that nobody reads', async (t) => {
    const large = await sharp(photo).resize({ width: 2400 }).jpeg({ quality: 100 }).toBuffer()
    const body = Buffer.from(JSON.stringify({ img: `data:image/jpeg;base64,${large.toString('base64')}`, expand_percentage: 100 }))
    // The memory of the workers for such photos is another question.
    await Promise.all([1, 2].map(() => ask('/api/v1/extract_faces', form(large, { expand_percentage: '100' }))))
    const before = peak()!
    const clients = Array.from({ length: 12 }, () => open('/api/v1/extract_faces', [`Content-Length: ${body.length}`]))
    for (const { socket } of clients) {
      socket.write(body)
      socket.pause()
    }
    await sleep(8_000)
    await answers()
    isBounded(t, 'answers', before)
    for (const { socket } of clients) socket.destroy()
  })

  t.test('crops that are larger than an answer may be are refused with advice', async (t) => {
    const large = await sharp(photo).resize({ width: 7800 }).jpeg().toBuffer()
    t.match(await ask('/api/v1/extract_faces', form(large, { expand_percentage: '100' })), { status: 413, message: /MAX_ANSWER_BYTES \(16777216\).*max_faces/ })
    t.match(await ask('/api/v1/extract_faces', form(large, { max_faces: '1' })), { status: 200 })
  })
})
