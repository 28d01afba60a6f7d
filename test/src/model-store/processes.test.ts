import { fork } from 'node:child_process'
import { on, once } from 'node:events'
import { readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sourcePath } from '../../../src/model-store/store-layout.ts'
import { compiledChild } from './compiled.ts'
import { A, card, counting, file, folderOf, held, host, serving, stallingAfter, store } from './world.ts'

const CHILD = compiledChild(t)

t.test('two calls share one download', async (t) => {
  const web = await host(t)
  web.routes.set('/a', serving(A))
  const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  const converter = counting()
  const models = store(t, { folder: folderOf(t), converter })
  await Promise.all([models.ensure(model), models.ensure(model)])
  t.strictSame([web.asked, converter.converted], [['/a'], ['a.bin']])
})

t.test('two processes share one download', async (t) => {
  const web = await host(t)
  const folder = folderOf(t)
  const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  const path = join(folder, 'model.onnx')
  const children = [child(folder, model), child(folder, model)]
  const outcomes = children.map(outcome)
  // The first request is answered when all processes have started.
  const all = Promise.all(children.map((process) => sent(process, 'started')))
  web.routes.set('/a', (request, response) => { all.then(() => serving(A)(request, response), t.fail) })
  t.strictSame(await Promise.all([...outcomes, store(t, { folder }).ensure(model, { patience: 60_000 })]), [{ path }, { path }, path])
  t.strictSame(web.asked, ['/a'])
})

t.test('a process killed in the middle of a download leaves nothing that is used', async (t) => {
  const web = await host(t)
  web.routes.set('/a', stallingAfter(A, 50_000))
  const folder = folderOf(t)
  const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  const killed = child(folder, model)
  await sent(killed, 'progress')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  t.equal((await store(t, { folder }).statusOf(model)).state, 'downloadable')
  expireLocks(folder)
  web.routes.set('/a', serving(A))
  await store(t, { folder }).ensure(model)
  t.ok(readFileSync(sourcePath(folder, model.files[0]!)).equals(A))
})

t.test('a download goes on for the next caller when the first one gives up', async (t) => {
  const web = await host(t)
  const asked = new Promise<void>((resolve) => web.routes.set('/a', (request, response) => {
    resolve()
    release.then(() => serving(A)(request, response), t.fail)
  }))
  let go = (): void => {}
  const release = new Promise<void>((resolve) => { go = resolve })
  const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  const models = store(t, { folder: folderOf(t) })
  const hangUp = new AbortController()
  const first = models.ensure(model, { signal: hangUp.signal })
  await asked
  hangUp.abort(new Error('gone'))
  await t.rejects(first, { message: 'gone' })
  go()
  await models.ensure(model)
  t.strictSame(web.asked, ['/a'])
})

t.test('close ends downloads and refuses later calls', async (t) => {
  const web = await host(t)
  const asked = new Promise<void>((resolve) => web.routes.set('/a', (request, response) => {
    stallingAfter(A, 1000)(request, response)
    resolve()
  }))
  const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  const models = store(t, { folder: folderOf(t) })
  const ensuring = models.ensure(model)
  await asked
  const refused = t.rejects(ensuring, { code: 'service_unavailable' })
  await models.close()
  await refused
  await t.rejects(models.ensure(model), { code: 'service_unavailable' })
})

t.test('a failure is returned again for a while, without another attempt', async (t) => {
  const web = await host(t)
  const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  const models = store(t, { folder: folderOf(t), failureMs: 1e9 })
  await t.rejects(models.ensure(model), { code: 'model_unavailable' })
  await t.rejects(models.ensure(model), { code: 'model_unavailable' })
  t.equal(web.asked.length, 1)
})

t.test('after processes were killed at any point, two at a time, the next one succeeds and nothing stale is left', async (t) => {
  const web = await host(t)
  const folder = folderOf(t)
  const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  let seed = 20261124
  const random = (): number => (seed = Math.imul(seed, 1664525) + 1013904223 >>> 0) / 2 ** 32
  for (let round = 0; round < 11; round++) {
    // Each response hangs after a part of the file, so that one child writes while the other waits for the lock.
    web.routes.set('/a', (request, response) => {
      const from = Number(/\d+/.exec(request.headers.range ?? '0')![0])
      const sent = A.subarray(from, from + 1 + random() * 30_000)
      response.writeHead(from === 0 ? 200 : 206, { 'content-length': A.length - from, 'content-range': `bytes ${from}-${A.length - 1}/${A.length}`, etag: '"a"' })
      response.write(sent)
      if (from + sent.length === A.length) response.end()
    })
    const children = [child(folder, model), child(folder, model)]
    const exits = children.map((child) => once(child, 'exit'))
    const words = random() < 0.3 ? ['started'] : ['progress', 'done']
    await Promise.race(children.map((child) => sent(child, ...words)))
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(exits)
    expireLocks(folder)
    const known = ['a.bin', 'a.bin.partial', 'a.bin.partial.json', 'a.bin.partial.json.partial', 'model.json', 'model.json.partial', 'model.onnx', 'model.onnx.partial']
    t.strictSame(held(folder).filter((name) => !known.includes(name)), [])
  }
  web.routes.set('/a', serving(A, '"a"'))
  const models = store(t, { folder })
  await models.ensure(model)
  t.ok(await models.verify(model))
  t.strictSame(held(folder), ['a.bin', 'model.json', 'model.onnx'])
  t.ok(readFileSync(sourcePath(folder, model.files[0]!)).equals(A))
})

/** Sets back the times of all locks, as if the ten seconds had passed for which a lock outlives its owner. */
function expireLocks (folder: string): void {
  for (const lock of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.lock'))) utimesSync(join(folder, lock), 0, 0)
}

/** Starts a process that ensures `model`. */
function child (folder: string, model: unknown) {
  return fork(CHILD, [JSON.stringify({ folder, card: model })], { execArgv: [] })
}

/** Waits until a child has sent one of `words`; `done` stands for any outcome. */
async function sent (process: ReturnType<typeof child>, ...words: string[]): Promise<void> {
  for await (const [message] of on(process, 'message')) if (words.includes(typeof message === 'string' ? message : 'done')) return
}

/** Returns the last message of a child. */
async function outcome (process: ReturnType<typeof child>): Promise<unknown> {
  let last: unknown
  process.on('message', (message) => { last = message })
  await once(process, 'exit')
  return last
}
