import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Attack, Bounds } from '../attack.ts'
import type { Answer } from '../exchange.ts'
import { JSON_TYPE, post, REPRESENT, times } from '../requests.ts'

/** Servers that give an image slowly, or never. Without ALLOW_PRIVATE_URLS the service does not ask them. */
const SERVERS: Readonly<Record<string, { readonly sends: string, readonly listener: RequestListener }>> = {
  'url-trickles': {
    sends: 'URLs of a server that gives a byte a second',
    async listener (_request, response) {
      response.writeHead(200, { 'Content-Type': 'image/jpeg' })
      while (!response.destroyed) {
        response.write('\xff')
        await setTimeout(1000)
      }
    }
  },
  'url-silent': { sends: 'URLs of a server that never answers', listener: () => {} },
  'url-endless': {
    sends: 'URLs of a server whose image does not end',
    async listener (_request, response) {
      response.writeHead(200, { 'Content-Type': 'image/jpeg' })
      const piece = Buffer.alloc(65_536)
      while (!response.destroyed) {
        if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')])
      }
    }
  },
  'url-redirects': {
    sends: 'URLs of a server that redirects to itself',
    listener (request, response) { response.writeHead(302, { Location: `${request.url}a` }).end() }
  }
}

/** Refused, or given up: the service fetches for less than REQUEST_TIMEOUT_MS. */
const bounds: Partial<Bounds> = { statuses: [400, 413, 503, 504] }

/** Images that other servers have, and names that no resolver knows. */
export const urls: readonly Attack[] = [
  ...Object.entries(SERVERS).map(([name, { sends, listener }]): Attack => ({
    name,
    sends: `${sends}, 16 at once`,
    bounds,
    async run (target): Promise<Answer[]> {
      const server = createServer(listener).listen(0, '127.0.0.1')
      await once(server, 'listening')
      try {
        const { port } = server.address() as AddressInfo
        return await times(16, (i) => post(target, REPRESENT, JSON_TYPE, JSON.stringify({ img: `http://127.0.0.1:${port}/${i}.jpg` })))
      } finally {
        server.closeAllConnections()
        server.close()
      }
    }
  })),
  {
    name: 'url-unknown-names',
    sends: 'URLs of hosts that do not exist, 32 at once',
    bounds,
    run: (target) => times(32, (i) => post(target, REPRESENT, JSON_TYPE, JSON.stringify({ img: `http://siege-${i}.invalid/a.jpg` })))
  }
]
