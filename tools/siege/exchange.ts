import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'

/** One connection as its client saw it. */
export interface Answer {
  /** 0 when the connection ended, or the client lost patience, without an answer. */
  readonly status: number
  /** Seconds from the connection to the head of the answer, or to the end when there was none. */
  readonly answered: number
  /** Seconds from the connection to its end; Infinity when the client lost patience before. */
  readonly closed: number
  /** First bytes of the body. */
  readonly body: string
}

/** Writes a request to a socket. It may take its time, and should end when the socket is closed. */
export type Send = (socket: Socket) => void | Promise<void>

/** Bytes of an answer that are kept. */
const KEPT = 2000

/** Milliseconds after which a client gives up. */
const PATIENCE = 60_000

/** Opens a connection of its own, lets `send` write to it, and reads until it is closed. */
export async function exchange (origin: URL, send: Send, { patience = PATIENCE }: { patience?: number } = {}): Promise<Answer> {
  const begin = performance.now()
  const seconds = (): number => (performance.now() - begin) / 1000
  const socket = open(origin)
  let text = ''
  let answered: number | undefined
  socket.on('data', (chunk: Buffer) => {
    answered ??= seconds()
    if (text.length < KEPT) text += chunk.toString('latin1', 0, KEPT)
  })
  let closed = Infinity
  const end = new Promise<void>((resolve) => socket.once('close', () => {
    closed = seconds()
    resolve()
  }))
  const giveUp = new AbortController()
  try {
    await Promise.race([
      // A client that has sent all, or cannot, still reads.
      Promise.resolve(send(socket)).then(() => end),
      end,
      setTimeout(patience, undefined, { signal: giveUp.signal })
    ])
  } finally {
    giveUp.abort()
    socket.destroy()
  }
  const [head = '', ...rest] = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '').split('\r\n\r\n')
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), answered: answered ?? seconds(), closed, body: rest.join('\r\n\r\n') }
}

/** Opens a connection. Its errors end it, which is what a client must bear from a service that defends itself. */
export function open ({ protocol, hostname, port }: URL): Socket {
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = protocol === 'https:' ? connectTls({ host, port: Number(port || 443), servername: host }) : connect({ host, port: Number(port || 80) })
  socket.setNoDelay()
  // An attack may wait for the same socket in many places.
  socket.setMaxListeners(0)
  socket.on('error', () => {})
  return socket
}

/** Writes `bytes` and waits until the socket can take more, or is closed. */
export async function write (socket: Socket, bytes: string | Uint8Array): Promise<void> {
  if (socket.destroyed || socket.write(bytes)) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.once('drain', done).once('close', done)
  })
}

/** Writes `bytes` in pieces of 64 kB. */
export async function writeAll (socket: Socket, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length && !socket.destroyed; at += 65_536) await write(socket, bytes.subarray(at, at + 65_536))
}
