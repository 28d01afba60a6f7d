import { appendFileSync, chmodSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { pinPath, sourcePath } from '../../../src/model-store/store-layout.ts'
import { A, B, card, file, folderOf, held, host, noise, serving, sha256, store, unpinned } from './world.ts'

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
  web.routes.set(`/weights/${model.files[0]!.sha256!.slice(0, 12)}/a.bin`, serving(A))
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

t.test('what the user has already', async (t) => {
  const NOWHERE = { url: 'https://192.0.2.1/a' }

  t.test('is used from where it lies, by its published name and its sha256, and never written to', async (t) => {
    const web = await host(t)
    const deepface = folderOf(t, { 'a.bin': noise(A.length, 12), 'inside/a.bin': A })
    chmodSync(join(deepface, 'inside/a.bin'), 0o444)
    const before = statSync(join(deepface, 'inside/a.bin'))
    const folder = folderOf(t)
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const read: string[] = []
    const converter = { version: 1, async convert (_card: unknown, files: ReadonlyMap<string, string>) { read.push(...files.values()); return B } }
    const models = store(t, { folder, nearby: [join(folder, 'none'), deepface], offline: true, converter })
    t.equal((await models.statusOf(model)).state, 'downloadable')
    await models.ensure(model)
    await models.remove(model)
    t.strictSame(read, [join(deepface, 'inside/a.bin')])
    t.strictSame([held(folder), held(deepface), web.asked], [[], ['a.bin', 'a.bin'], []])
    const after = statSync(join(deepface, 'inside/a.bin'))
    t.strictSame([after.mtimeMs, after.ctimeMs], [before.mtimeMs, before.ctimeMs])
  })

  t.test('or anywhere in the folder of the models itself', async (t) => {
    const folder = folderOf(t, { 'a.bin': A })
    const model = card('model', file('a.bin', A, NOWHERE))
    const models = store(t, { folder, offline: true })
    await models.ensure(model)
    t.strictSame(held(folder), ['a.bin', 'model.json', 'model.onnx'])
    await models.remove(model)
    t.strictSame(held(folder), ['a.bin'], 'the user\'s own file stays')
  })

  t.test('or a folder that is a mirror, offline too', async (t) => {
    const model = card('model', file('a.bin', A, NOWHERE))
    t.equal((await store(t, { folder: folderOf(t), mirror: folderOf(t, { 'a.bin': A }), offline: true }).statusOf(model)).state, 'downloadable')
    t.equal((await store(t, { folder: folderOf(t), mirror: folderOf(t, { 'a.bin': B }), offline: true }).statusOf(model)).state, 'unavailable')
  })

  t.test('a folder that cannot be searched is told and passed over', async (t) => {
    const web = await host(t)
    web.routes.set('/a', serving(A))
    const warnings: string[] = []
    const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
    const models = store(t, { folder: folderOf(t), nearby: [join(folderOf(t, { file: '' }), 'file')], log: { info () {}, warn: (_object, message) => warnings.push(message) } })
    await models.ensure(model)
    t.strictSame(warnings, ['a folder cannot be searched for weights'])
    t.equal((await store(t, { folder: folderOf(t), nearby: [join(folderOf(t, { file: '' }), 'file')], offline: true }).statusOf(model)).state, 'unavailable')
  })
})

t.test('a file whose sha256 nobody tells', async (t) => {
  const prepared = async (t: import('tap').Test) => {
    const web = await host(t)
    web.routes.set('/a', serving(A))
    const folder = folderOf(t)
    const model = card('model', unpinned('a.bin', { url: `${web.url}/a` }))
    await store(t, { folder }).ensure(model)
    return { web, folder, model, source: sourcePath(folder, model.files[0]!) }
  }

  t.test('is kept to as it first came', async (t) => {
    const { web, folder, model, source } = await prepared(t)
    t.equal(readFileSync(pinPath(folder, model.files[0]!), 'utf8'), `${sha256(A)}\n`)
    t.match(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')), { sources: [sha256(A)] })
    t.equal((await store(t, { folder, offline: true }).statusOf(model)).state, 'ready')
    // Gone, and another one in its place: the graph cannot be made from it.
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

  t.test('the first copy of the user\'s is taken', async (t) => {
    const model = card('model', unpinned('a.bin', { url: 'https://192.0.2.1/a' }))
    await store(t, { folder: folderOf(t), nearby: [folderOf(t, { 'a.bin': A })], offline: true }).ensure(model)
  })

  t.test('keeps a graph that was made from what the card has come to tell', async (t) => {
    const { folder, model } = await prepared(t)
    const told = { ...model, files: [{ ...model.files[0]!, sha256: sha256(A), bytes: A.length }] }
    t.equal((await store(t, { folder, offline: true }).statusOf(told)).state, 'ready')
    const other = { ...model, files: [{ ...model.files[0]!, sha256: sha256(B), bytes: B.length }] }
    t.equal((await store(t, { folder, offline: true }).statusOf(other)).state, 'unavailable')
  })

  t.test('is no page', async (t) => {
    const web = await host(t)
    web.routes.set('/a', (_request, response) => { response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('Try later') })
    const model = card('model', unpinned('a.bin', { url: `${web.url}/a` }))
    await t.rejects(store(t, { folder: folderOf(t) }).ensure(model), { code: 'model_unavailable', message: /sent a page instead of the file/ })
  })

  t.test('that becomes no graph is told how to be had again', async (t) => {
    const { folder, model } = await prepared(t)
    const failing = { version: 2, convert: async () => { throw new Error('no weights') } }
    await t.rejects(store(t, { folder, converter: failing }).ensure(model), { message: /"npm run models -- remove model" and try again/ })
  })

  t.test('does not come over plain http, from a mirror either', async (t) => {
    const model = card('model', unpinned('a.bin', { url: 'https://192.0.2.1/a' }))
    await t.rejects(store(t, { folder: folderOf(t), mirror: 'http://192.0.2.1', cards: [model] }).ensure(model, { patience: 100 }), { message: /MODELS_MIRROR \(is or redirects to an address that is not https\)/ })
  })
})
