import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Peer {
  readonly port: number
  /** `http://<address>:<port>` */
  readonly origin: string
  /** Number of connections so far. */
  readonly connections: () => number
  /** Number of open connections. */
  readonly open: () => number
}

async function listen (t: Test, server: Server | TcpServer, address: string): Promise<Peer> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    // Some tests abort a client in the middle of a response.
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, address)
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, origin: `http://${address}:${port}`, connections: () => connections, open: () => sockets.size }
}

/** Starts an HTTP server on `address` that is closed when `t` ends. */
export const serve = (t: Test, listener: RequestListener, address = '127.0.0.1'): Promise<Peer> =>
  listen(t, createServer(listener), address)

/** Starts a TCP server that lets `say` answer each request with any bytes. */
export const serveRaw = (t: Test, say: (socket: Socket) => void, address = '127.0.0.1'): Promise<Peer> =>
  listen(t, createTcpServer((socket) => { socket.once('data', () => say(socket)) }), address)
