import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import t from 'tap'
import { decode } from '../src/image/decode.ts'
import { openIntake } from '../src/intake/intake.ts'
import { openResolver } from '../src/intake/resolve.ts'
import { build } from './build.ts'
import { dnsServer } from './fixtures/dns-server.ts'
import { memoryLog } from './src/intake/refused.ts'
import { serve } from './src/intake/servers.ts'

/** Requests for names whose server does not answer: more than libuv has threads. */
const SLOW = 24
const DEADLINE_MS = 3_000

t.test('names whose server does not answer hold up neither other URLs nor decoding', async (t) => {
  const image = await sharp({ create: { width: 640, height: 480, channels: 3, background: 'red' } }).jpeg().toBuffer()
  const peer = await serve(t, (_request, response) => response.end(image))
  const silent = Object.fromEntries(Array.from({ length: SLOW }, (_, i) => [`slow${i}.example`, { silent: 'both' as const }]))
  const { address, asked } = await dnsServer(t, { ...silent, 'fast.example': { ipv4: '127.0.0.1' } })
  const app = await build(t, {
    intake: openIntake({
      allowPrivateUrls: true,
      urlAllowedHosts: [],
      maxImageBytes: 1e6,
      urlTimeoutMs: 15_000,
      log: memoryLog(),
      resolve: openResolver({ servers: [address], timeoutMs: DEADLINE_MS })
    }),
    engine: {
      async represent (bytes) {
        await decode(bytes, 1e6, undefined)
        return []
      }
    }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const post = async (img: string) => {
    const begin = performance.now()
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/represent`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ img }) })
    return { status: response.status, body: await response.json() as object, ms: performance.now() - begin }
  }

  const slow = Object.keys(silent).map((name) => post(`http://${name}:${peer.port}/`))
  while (asked().length < SLOW) await post(`data:image/jpeg;base64,${image.toString('base64')}`)
  for (const img of [`http://127.0.0.1:${peer.port}/`, `http://fast.example:${peer.port}/`, `data:image/jpeg;base64,${image.toString('base64')}`]) {
    const { status, ms } = await post(img)
    t.equal(status, 200, img.slice(0, 40))
    t.ok(ms < DEADLINE_MS / 2, `${ms} ms`)
  }
  for (const { status, body, ms } of await Promise.all(slow)) {
    t.match({ status, body }, { status: 400, body: { error_code: 'image_decode_error', message: /could not be fetched/ } })
    t.ok(ms < DEADLINE_MS + 2_000, `${ms} ms`)
  }
})
