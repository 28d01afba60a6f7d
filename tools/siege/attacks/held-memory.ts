import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { type Attack, REFUSED, type Target } from '../attack.ts'
import { crowd } from '../crowd.ts'
import { type Answer, exchange, open, write, writeAll } from '../exchange.ts'
import { EXTRACT, FORM_TYPE, form, head, LARGEST, REPRESENT, times } from '../requests.ts'

/** Milliseconds for which clients hold what they have. */
const HELD = 15_000
/** Bodies of the largest routes at the default MAX_IMAGE_BYTES: eight images and one image in base64. */
const EIGHT_IMAGES = 112_000_000
const ONE_IMAGE = 14_000_000
const letters = Buffer.alloc(1 << 20, 'a')

/** Waits, or until the socket is closed. */
async function hold (socket: Socket, milliseconds: number): Promise<void> {
  const stop = new AbortController()
  socket.once('close', () => stop.abort())
  await setTimeout(milliseconds, undefined, { signal: stop.signal }).catch(() => {})
}

/** Sends all of a JSON body but its last byte, and then nothing. */
const heldBack = (target: Target, path: string, length: number): Promise<Answer> => exchange(target.origin, async (socket) => {
  await write(socket, head(target, { path, length }) + '{"img":"')
  for (let left = length - 9; left > 0 && !socket.destroyed; left -= letters.length) await writeAll(socket, letters.subarray(0, left))
  await hold(socket, HELD)
  socket.destroy()
})

/** Sends a request and does not read what is answered. */
async function unread (target: Target, request: Buffer): Promise<Answer> {
  const socket = open(target.origin)
  const begin = performance.now()
  await writeAll(socket, request)
  await hold(socket, HELD)
  socket.destroy()
  const seconds = (performance.now() - begin) / 1000
  return { status: 0, answered: seconds, closed: seconds, body: '' }
}

/** Sends one byte a second until the service ends the connection. */
const trickled = (target: Target, beginning: string): Promise<Answer> => exchange(target.origin, async (socket) => {
  await write(socket, beginning)
  for (;!socket.destroyed;) {
    await write(socket, 'a')
    await hold(socket, 1000)
  }
})

const lenient = { statuses: [404, ...REFUSED], maybeSilent: true }

/** Clients that make the service keep bytes: of bodies that do not end, of answers that are not read. */
export const heldMemory: readonly Attack[] = [
  { name: 'held-112MB', sends: '112 MB but the last byte, 30 at once', bounds: lenient, run: (target) => times(30, () => heldBack(target, LARGEST, EIGHT_IMAGES)) },
  { name: 'held-14MB', sends: '14 MB but the last byte, 100 at once', bounds: lenient, isShort: true, run: (target) => times(100, () => heldBack(target, REPRESENT, ONE_IMAGE)) },
  {
    name: 'unread-crops',
    sends: '400 faces to extract_faces 12 times, and reads no answer',
    // Their work stops when they go, but a worker may be in the midst of it.
    bounds: { maybeSilent: true, recovered: 40 },
    async run (target) {
      const body = form(await crowd(20, 200), { expand_percentage: '100' })
      const request = Buffer.concat([Buffer.from(head(target, { path: EXTRACT, type: FORM_TYPE, length: body.length })), body])
      return await times(12, () => unread(target, request))
    }
  },
  {
    name: 'unread-documents',
    sends: '500 requests for the document on each of 20 connections, and reads no answer',
    bounds: { maybeSilent: true },
    run: (target) => times(20, () => unread(target, Buffer.from(`GET /docs/json HTTP/1.1\r\nHost: ${target.origin.host}\r\n\r\n`.repeat(500))))
  },
  {
    name: 'trickled-json',
    sends: 'a JSON body of one byte a second, 50 at once',
    bounds: lenient,
    run: (target) => times(50, () => trickled(target, head(target, { path: REPRESENT, length: 1_000_000 }) + '{"img":"'))
  },
  {
    name: 'trickled-form',
    sends: 'a form of one byte a second, 50 at once',
    bounds: lenient,
    run: (target) => times(50, () => trickled(target, head(target, { path: REPRESENT, type: FORM_TYPE, length: 1_000_000 })))
  },
  {
    name: 'trickled-head',
    sends: 'a head of one byte a second, 50 at once',
    bounds: { ...lenient, answered: 65, closed: 70 },
    run: (target) => times(50, () => trickled(target, `POST ${REPRESENT} HTTP/1.1\r\nHost: ${target.origin.host}\r\nX-Slow: `))
  },
  {
    name: 'idle-connections',
    sends: 'nothing, on 300 connections',
    bounds: { maybeSilent: true },
    isShort: true,
    run: (target) => times(300, () => exchange(target.origin, async (socket) => {
      await hold(socket, 5000)
      socket.destroy()
    }))
  }
]
