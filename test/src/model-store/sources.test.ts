import { appendFileSync, chmodSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Converter } from '../../../src/model-store/graph-files.ts'
import { pinPath, sourcePath } from '../../../src/model-store/store-layout.ts'
import { A, B, card, file, folderOf, held, host, noise, serving, sha256, store, unpinned } from './world.ts'

t.test('a folder is searched recursively by published names, and the sha256 decides', async (t) => {
  const mirror = folderOf(t, { 'old/a.bin': noise(A.length, 8), 'deep/er/inside.bin': A })
  const web = await host(t)
  const model = card('model', file('a.bin', A, { npm: 'x@1.0.0', path: 'models/inside.bin' }, { url: `${web.url}/a` }))
  await store(t, { folder: folderOf(t), mirror, offline: true }).ensure(model)
  t.strictSame(web.asked, [])
})

t.test('after a folder with a wrong file, an empty or a missing one, the sources are used', async (t) => {
  const web = await host(t)
  web.routes.set('/a', serving(A))
  const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  for (const mirror of [folderOf(t, { 'a.bin': noise(A.length, 9) }), folderOf(t), join(folderOf(t), 'none')]) {
    await store(t, { folder: folderOf(t), mirror }).ensure(model)
  }
  t.equal(web.asked.length, 3)
})

t.test('a URL serves a file by its name, or at its path in a store', async (t) => {
  const web = await host(t)
  const model = card('model', file('a.bin', A, { url: 'https://192.0.2.1/a.bin' }))
  web.routes.set('/weights/a.bin', serving(A))
  await store(t, { folder: folderOf(t), mirror: `${web.url}/weights/` }).ensure(model)
  web.routes.set('/weights/a.bin', serving(B))
  web.routes.set(`/weights/${model.files[0]!.sha256!.slice(0, 12)}/a.bin`, serving(A))
  await store(t, { folder: folderOf(t), mirror: `${web.url}/weights` }).ensure(model)
})

t.test('offline, nothing is requested', async (t) => {
  const web = await host(t)
  const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  const models = store(t, { folder: folderOf(t), offline: true, mirror: web.url })
  await t.rejects(models.ensure(model), { code: 'model_unavailable', message: /^The weights of model are not here, and MODELS_OFFLINE forbids fetching/ })
  t.equal((await models.statusOf(model)).state, 'unavailable')
  t.strictSame(web.asked, [])
})

t.test('a file that the user has already', async (t) => {
  const NOWHERE = { url: 'https://192.0.2.1/a' }

  t.test('is used in place, by its published name and its sha256, and never written to', async (t) => {
    const web = await host(t)
    const deepface = folderOf(t, { 'a.bin': noise(A.length, 12), 'inside/a.bin': A })
    chmodSync(join(deepface, 'inside/a.bin'), 0o444)
    const before = statSync(join(deepface, 'inside/a.bin'))
    const folder = folderOf(t)
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const read: string[] = []
    const converter: Converter = {
      version: 1,
      async convert (_conversion, files) {
        read.push(...files.values())
        return B
      }
    }
    const models = store(t, { folder, nearby: [join(folder, 'none'), deepface], offline: true, converter })
    t.equal((await models.statusOf(model)).state, 'downloadable')
    await models.ensure(model)
    await models.remove(model)
    t.strictSame(read, [join(deepface, 'inside/a.bin')])
    t.strictSame([held(folder), held(deepface), web.asked], [[], ['a.bin', 'a.bin'], []])
    const after = statSync(join(deepface, 'inside/a.bin'))
    t.strictSame([after.mtimeMs, after.ctimeMs], [before.mtimeMs, before.ctimeMs])
  })

  t.test('may lie anywhere in the folder of the models itself', async (t) => {
    const folder = folderOf(t, { 'a.bin': A })
    const model = card('model', file('a.bin', A, NOWHERE))
    const models = store(t, { folder, offline: true })
    await models.ensure(model)
    t.strictSame(held(folder), ['a.bin', 'model.json', 'model.onnx'])
    await models.remove(model)
    t.strictSame(held(folder), ['a.bin'], 'the user\'s own file stays')
  })

  t.test('may lie in a mirror that is a folder, offline too', async (t) => {
    const model = card('model', file('a.bin', A, NOWHERE))
    t.equal((await store(t, { folder: folderOf(t), mirror: folderOf(t, { 'a.bin': A }), offline: true }).statusOf(model)).state, 'downloadable')
    t.equal((await store(t, { folder: folderOf(t), mirror: folderOf(t, { 'a.bin': B }), offline: true }).statusOf(model)).state, 'unavailable')
  })

  t.test('a folder that cannot be searched is logged and skipped', async (t) => {
    const web = await host(t)
    web.routes.set('/a', serving(A))
    const warnings: string[] = []
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const nearby = [join(folderOf(t, { file: '' }), 'file')]
    await store(t, { folder: folderOf(t), nearby, log: { info () {}, warn: (_object, message) => warnings.push(message) } }).ensure(model)
    t.strictSame(warnings, ['a folder cannot be searched for weights'])
    t.equal((await store(t, { folder: folderOf(t), nearby, offline: true }).statusOf(model)).state, 'unavailable')
  })
})

t.test('a file without a sha256 in the card', async (t) => {
  const prepared = async (t: import('tap').Test) => {
    const web = await host(t)
    web.routes.set('/a', serving(A))
    const folder = folderOf(t)
    const model = card('model', unpinned('a.bin', { url: `${web.url}/a` }))
    await store(t, { folder }).ensure(model)
    return { web, folder, model, source: sourcePath(folder, model.files[0]!) }
  }

  t.test('is pinned to its first copy', async (t) => {
    const { web, folder, model, source } = await prepared(t)
    t.equal(readFileSync(pinPath(folder, model.files[0]!), 'utf8'), `${sha256(A)}\n`)
    t.match(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')), { sources: [sha256(A)] })
    t.equal((await store(t, { folder, offline: true }).statusOf(model)).state, 'ready')
    // The graph is not made from another file in its place.
    rmSync(join(folder, 'model.onnx'))
    rmSync(source)
    web.routes.set('/a', serving(B))
    await t.rejects(store(t, { folder }).ensure(model), { code: 'model_unavailable', message: /wrong sha256/ })
    web.routes.set('/a', serving(A))
    await store(t, { folder }).ensure(model)
  })

  t.test('is fetched again when it is damaged', async (t) => {
    const { folder, model, source } = await prepared(t)
    rmSync(join(folder, 'model.onnx'))
    appendFileSync(source, 'x')
    await store(t, { folder }).ensure(model)
    t.ok(readFileSync(source).equals(A))
  })

  t.test('may be another one after it was removed', async (t) => {
    const { web, folder, model } = await prepared(t)
    const models = store(t, { folder })
    t.strictSame(await models.hashes(model), [sha256(A)])
    await models.remove(model)
    t.strictSame(held(folder), [])
    t.strictSame(await models.hashes(model), [undefined])
    web.routes.set('/a', serving(B))
    await models.ensure(model)
    t.strictSame(await models.hashes(model), [sha256(B)])
    t.equal(readFileSync(pinPath(folder, model.files[0]!), 'utf8'), `${sha256(B)}\n`)
  })

  t.test('is taken from the user\'s first copy', async (t) => {
    const model = card('model', unpinned('a.bin', { url: 'https://192.0.2.1/a' }))
    await store(t, { folder: folderOf(t), nearby: [folderOf(t, { 'a.bin': A })], offline: true }).ensure(model)
  })

  t.test('keeps its graph when the card gets the sha256 that the graph was made from', async (t) => {
    const { folder, model } = await prepared(t)
    const pinned = { ...model, files: [{ ...model.files[0]!, sha256: sha256(A), bytes: A.length }] }
    t.equal((await store(t, { folder, offline: true }).statusOf(pinned)).state, 'ready')
    const other = { ...model, files: [{ ...model.files[0]!, sha256: sha256(B), bytes: B.length }] }
    t.equal((await store(t, { folder, offline: true }).statusOf(other)).state, 'unavailable')
  })

  t.test('is refused when it is an HTML page', async (t) => {
    const web = await host(t)
    web.routes.set('/a', (_request, response) => { response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('Try later') })
    const model = card('model', unpinned('a.bin', { url: `${web.url}/a` }))
    await t.rejects(store(t, { folder: folderOf(t) }).ensure(model), { code: 'model_unavailable', message: /sent a page instead of the file/ })
  })

  t.test('that cannot be converted is reported with a way to fetch it again', async (t) => {
    const { folder, model } = await prepared(t)
    const failing = { version: 2, convert: async () => { throw new Error('no weights') } }
    await t.rejects(store(t, { folder, converter: failing }).ensure(model), { message: /"npm run models -- remove model" and try again/ })
  })

  t.test('is not fetched over plain http, not even from a mirror', async (t) => {
    const model = card('model', unpinned('a.bin', { url: 'https://192.0.2.1/a' }))
    const models = store(t, { folder: folderOf(t), mirror: 'http://192.0.2.1', cards: [model] })
    await t.rejects(models.ensure(model, { patience: 100 }), { message: /MODELS_MIRROR \(is or redirects to an address that is not https\)/ })
  })
})
