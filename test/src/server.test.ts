import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import process from 'node:process'
import t from 'tap'
import { pngBomb } from '../fixtures/images.ts'
import { origin, serviceStarter } from '../fixtures/service-process.ts'
import { buildReal, SAMPLES } from '../real.ts'

const start = serviceStarter(t)

/** Memory that a process has of the machine, in bytes; NaN where the kernel does not tell. */
async function resident ({ pid }: ChildProcess): Promise<number> {
  if (process.platform !== 'linux') return NaN
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))![1])
}

t.test('a wrong configuration ends the start with a sentence a variable', async (t) => {
  const { child, output } = start(t, { PORT: 'http', PRELOAD_MODELS: 'Facenet9', API_KEYS: 'hunter2', TRUST_PROXY: 'my-proxy' })
  t.strictSame(await once(child, 'close'), [1, null])
  t.strictSame(output().trimEnd().split('\n'), [
    'PORT is "http"; it must be a whole number from 0 to 65535.',
    output().match(/^PRELOAD_MODELS holds "Facenet9"; it must hold models of this version: SFace, .*$/m)![0],
    'API_KEYS: entry 1 has a key of 7 characters; it must have 16 to 256.',
    'TRUST_PROXY holds "my-proxy"; it must be true, false, a number of hops, or addresses and networks such as 10.0.0.0/8, loopback, linklocal, uniquelocal.'
  ])
})

t.test('a process', async (t) => {
  // Fetches the weights where they are not here.
  const real = await buildReal(t, {})
  if (typeof real === 'string') return t.pass('needs weights', { skip: real })

  t.test('a port that is taken is told', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    t.teardown(() => other.close())
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const { child, output } = start(t, { PORT: String(port), PRELOAD_MODELS: 'emotion', WORKERS: '1' })
    t.strictSame(await once(child, 'close'), [1, null])
    t.match(output(), `PORT is ${port}, which is taken on 127.0.0.1`)
  })

  t.test('bombs, floods and torn files are refused with the right code and without much memory', async (t) => {
    const { child, output } = start(t, { PORT: '0', WORKERS: '1', LOG_LEVEL: 'warn', LOG_FORMAT: 'text' })
    const represent = `${await origin(child, output)}/api/v1/represent`
    const send = async (init: RequestInit) => {
      const response = await fetch(represent, { method: 'POST', ...init })
      return { status: response.status, ...await response.json() as object }
    }
    const json = (body: object) => send({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    const form = (file: Buffer) => {
      const body = new FormData()
      body.set('img', new Blob([Uint8Array.from(file)]))
      return send({ body })
    }
    const photo = await readFile(new URL('sample6.jpg', SAMPLES))
    const noise = Buffer.alloc(11 * 1024 * 1024, 'noise')
    const hostile: ReadonlyArray<readonly [what: string, ask: () => Promise<object>, status: number, code: string]> = [
      ['60,000 × 60,000 pixels in a few KB', () => form(pngBomb(60_000, 60_000)), 413, 'image_too_large'],
      ['the same in base64', () => json({ img: pngBomb(60_000, 60_000).toString('base64') }), 413, 'image_too_large'],
      ['a file of 11 MB', () => form(noise), 413, 'image_too_large'],
      ['11 MB in base64', () => json({ img: Buffer.concat([photo.subarray(0, 1000), noise]).toString('base64') }), 413, 'image_too_large'],
      ['a text of 11 MB', () => json({ img: noise.toString('latin1') }), 400, 'image_decode_error'],
      ['11 MB of unknown field', () => json({ img: 'a', x: noise.toString('latin1') }), 413, 'image_too_large'],
      ['a torn JPEG', () => form(photo.subarray(0, photo.length / 2)), 400, 'image_decode_error'],
      ['the head of a JPEG', () => form(photo.subarray(0, 100)), 400, 'image_decode_error'],
      ['a file that is no image', () => form(noise.subarray(0, 1000)), 400, 'image_decode_error']
    ]
    t.match(await json({ img: photo.toString('base64') }), { status: 200 })
    const before = await resident(child)
    const growth: number[] = []
    for (let round = 0; round < 4; round++) {
      for (const [what, ask, status, code] of hostile) t.match(await ask(), { status, error_code: code }, what)
      growth.push((await resident(child) - before) / 1e6)
    }
    if (process.platform !== 'linux') return
    const told = `MB more after each round: ${growth.map(Math.round).join(', ')}`
    t.ok(growth[0]! < 100, told)
    // Garbage comes and goes; were any of 48 MB a round kept, later ones would all have more.
    t.ok(Math.min(...growth.slice(1)) < 100, told)
  })

  t.test('prints where to go; SIGTERM under load loses no request, and ends it', async (t) => {
    const cache = t.testdir()
    const { child, output } = start(t, { PORT: '0', LOG_LEVEL: 'info', QUEUE_LIMIT: '1000', REQUEST_TIMEOUT_MS: '200000', XDG_CACHE_HOME: cache })
    const closed = once(child, 'close')
    const address = await origin(child, output)
    const photo = await readFile(new URL('sample6.jpg', SAMPLES))
    const body = JSON.stringify({ img: photo.toString('base64') })
    const ask = () => fetch(`${address}/api/v1/represent`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    const answers = Array.from({ length: 16 }, ask)
    // The first answer comes while the others wait.
    await Promise.race(answers)
    child.kill('SIGTERM')
    for (const answer of await Promise.all(answers)) {
      t.ok([200, 503].includes(answer.status))
      t.match(await answer.json(), answer.status === 200 ? { count: 4 } : { error_code: 'service_unavailable' })
    }
    t.strictSame(await closed, [0, null])
    t.match(output(), /"msg":"shutting down"/)
    // As Node 22 would say of node:sqlite.
    t.notMatch(output(), 'ExperimentalWarning')
    t.notOk((await readdir(cache)).includes('Microsoft'), 'ONNX Runtime keeps nothing of what it would send')
  })
})
