import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { env, execPath } from 'node:process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { buildReal, SAMPLES } from '../real.ts'
import { compiledChild } from './store/compiled.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const server = compiledChild(t, join('src', 'server.ts'))

/** The service as a process of its own, with nothing of our environment but what it needs. */
function start (t: Test, variables: NodeJS.ProcessEnv): { child: ChildProcess, output: () => string } {
  const child = spawn(execPath, [server], {
    cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: env['PATH'], HOME: env['HOME'], MODELS_PATH: env['MODELS_PATH'], HOST: '127.0.0.1', ...variables }
  })
  t.teardown(() => child.kill('SIGKILL'))
  const chunks: string[] = []
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  return { child, output: () => chunks.join('') }
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

  t.test('prints where to go; SIGTERM under load loses no request, and ends it', async (t) => {
    const cache = t.testdir()
    const { child, output } = start(t, { PORT: '0', LOG_LEVEL: 'info', QUEUE_LIMIT: '1000', REQUEST_TIMEOUT_MS: '200000', XDG_CACHE_HOME: cache })
    const closed = once(child, 'close')
    while (!/Try +curl/.test(output())) await once(child.stderr!, 'data')
    const origin = /Documentation +(\S+)\/docs/.exec(output())![1]!
    const photo = await readFile(new URL('sample6.jpg', SAMPLES))
    const body = JSON.stringify({ img: photo.toString('base64') })
    const ask = () => fetch(`${origin}/api/v1/represent`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
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
