import { type Attack, type Target } from '../attack.ts'
import { type Answer, exchange, write, writeAll } from '../exchange.ts'
import { FORM_TYPE, form, head, JSON_TYPE, REPRESENT, times } from '../requests.ts'

const letters = Buffer.alloc(20_000_000, 'a')

/** Requests that are refused by their head; a client that still sends must be able to read why. */
const REFUSALS: ReadonlyArray<(target: Target) => string> = [
  (target) => head(target, { path: '/api/v1/none', length: letters.length }),
  (target) => head(target, { path: '/health', length: letters.length }),
  (target) => head(target, { path: REPRESENT, length: letters.length }),
  (target) => head(target, { path: REPRESENT, type: 'text/plain', length: letters.length }),
  (target) => head(target, { path: REPRESENT, length: letters.length, headers: { Accept: 'image/png' } })
]

/** Bytes that are no request of HTTP/1.1, or a strange one. */
const STRANGE: readonly string[] = [
  'no HTTP\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'GET / HTTP/1.1\r\n\r\n',
  `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: a\r\n${'X-A: b\r\n'.repeat(10_000)}\r\n`,
  'POST /api/v1/represent HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /api/v1/represent HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n',
  'POST /api/v1/represent HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
  'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'
]

/** Sends the first `share` of a form with a photo and goes away. */
const cut = (target: Target, share: number): Promise<Answer> => exchange(target.origin, async (socket) => {
  const body = form(target.photo)
  const request = Buffer.concat([Buffer.from(head(target, { path: REPRESENT, type: FORM_TYPE, length: body.length })), body])
  await writeAll(socket, request.subarray(0, Math.ceil(request.length * share)))
  socket.destroy()
})

/** Clients that break off, do not wait or do not speak HTTP. */
export const connections: readonly Attack[] = [
  {
    name: 'refused-while-sending',
    sends: '20 MB that are refused by their head, 20 at once, and goes on sending',
    bounds: { statuses: [404, 405, 406, 413, 415], answered: 10 },
    isShort: true,
    run: (target) => times(20, (i) => exchange(target.origin, async (socket) => {
      await write(socket, REFUSALS[i % REFUSALS.length]!(target))
      await writeAll(socket, letters)
    }))
  },
  {
    name: 'cut',
    sends: 'beginnings of a form with a photo, 60 in all, and goes away',
    // All of the photo may have come, and its work begun.
    bounds: { maybeSilent: true, recovered: 40 },
    isShort: true,
    run: (target) => times(60, (i) => cut(target, (i + 1) / 60))
  },
  {
    name: 'pipelined',
    sends: '200 requests at once on each of 10 connections',
    bounds: { statuses: [200], answered: 10 },
    isShort: true,
    run: (target) => times(10, () => exchange(target.origin, (socket) => write(socket,
      `${`GET /health HTTP/1.1\r\nHost: ${target.origin.host}\r\n\r\n`.repeat(199)}GET /health HTTP/1.1\r\nHost: ${target.origin.host}\r\nConnection: close\r\n\r\n`)))
  },
  {
    name: 'strange-requests',
    sends: 'bytes that are no request of HTTP/1.1, or a strange one',
    bounds: { statuses: [400, 404, 405, 413, 414, 422, 431], maybeSilent: true, answered: 10 },
    isShort: true,
    run: (target) => Promise.all(STRANGE.map((text) => exchange(target.origin, async (socket) => {
      await write(socket, Buffer.from(text, 'latin1'))
      socket.end()
    })))
  },
  {
    name: 'flood',
    sends: 'an ordinary photo, 400 at once',
    bounds: { statuses: [200, 429, 503, 504], answered: 40, closed: 50, recovered: 40 },
    run: (target) => {
      const body = form(target.photo)
      return times(400, () => exchange(target.origin, async (socket) => {
        await write(socket, head(target, { path: REPRESENT, type: FORM_TYPE, length: body.length }))
        await writeAll(socket, body)
      }))
    }
  },
  {
    name: 'wrong-base64',
    sends: 'base64 of 13 MB that is none, in JSON, four at once',
    bounds: { statuses: [400, 413, 422, 503] },
    isShort: true,
    run: (target) => times(4, () => exchange(target.origin, async (socket) => {
      const body = Buffer.from(`{"img":"data:image/jpeg;base64,${'!'.repeat(13_000_000)}"}`)
      await write(socket, head(target, { path: REPRESENT, type: JSON_TYPE, length: body.length }))
      await writeAll(socket, body)
    }))
  }
]
