import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Peer {
  readonly port: number
  /** `http://<address>:<port>` */
  readonly origin: string
  /** Connections that were made to it. */
  readonly connections: () => number
  /** Connections that are open. */
  readonly open: () => number
}

async function listen (t: Test, server: Server | TcpServer, address: string): Promise<Peer> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    // A client that goes away in the middle is what some tests are about.
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

/** An HTTP server on `address` that closes when `t` ends. */
export const serve = (t: Test, listener: RequestListener, address = '127.0.0.1'): Promise<Peer> =>
  listen(t, createServer(listener), address)

/** A server that answers every request with the bytes of `say`, whatever they are. */
export const serveRaw = (t: Test, say: (socket: Socket) => void, address = '127.0.0.1'): Promise<Peer> =>
  listen(t, createTcpServer((socket) => { socket.once('data', () => say(socket)) }), address)
