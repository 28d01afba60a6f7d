import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sourcePath } from '../../../src/model-store/store-layout.ts'
import { graphConversion } from '../../../src/models/model-files.ts'
import { A, B, card, counting, file, folderOf, held, host, noise, serving, store } from './world.ts'

const prepared = async (t: import('tap').Test) => {
  const web = await host(t)
  web.routes.set('/a', serving(A))
  const folder = folderOf(t)
  const model = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  const path = await store(t, { folder }).ensure(model)
  return { web, folder, model, path }
}

t.test('an undamaged graph is not made again', async (t) => {
  const { folder, model } = await prepared(t)
  const converter = counting()
  await store(t, { folder, converter, offline: true }).ensure(model)
  t.strictSame(converter.converted, [])
})

t.test('another converter version, or another conversion, makes the graph again from the files that are here', async (t) => {
  const { folder, model, path, web } = await prepared(t)
  const next = counting(2)
  await store(t, { folder, converter: next, offline: true }).ensure(model)
  t.match(readFileSync(path, 'utf8'), 'graph 2 ')
  await store(t, { folder, converter: next }).ensure({ ...model, conversion: { ...graphConversion(model), outputs: ['x'] } })
  t.strictSame([next.converted.length, web.asked.length], [2, 1])
})

t.test('a damaged graph, record or published file is replaced', async (t) => {
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

t.test('a conversion that fails is reported without its details', async (t) => {
  const { folder, model } = await prepared(t)
  const models = store(t, { folder, converter: { version: 9, convert: async () => { throw new TypeError('secret') } } })
  await t.rejects(models.ensure(model), { code: 'model_unavailable', message: 'The weights of model could not be made ready (TypeError). The cause is in the service log.' })
})

t.test('remove deletes the files that no other card needs', async (t) => {
  const { folder, model, web } = await prepared(t)
  const sharing = card('sharing', ...model.files, file('b.bin', B, { url: `${web.url}/b` }))
  web.routes.set('/b', serving(B))
  const models = store(t, { folder, cards: [model, sharing] })
  await models.ensure(sharing)
  await models.remove(sharing)
  t.strictSame(held(folder), ['a.bin', 'model.json', 'model.onnx'])
  t.equal((await models.statusOf(sharing)).state, 'downloadable')
})

t.test('a licence that is not allowed is refused', async (t) => {
  const model = { ...card('model', file('a.bin', A)), licence: { name: 'research only', commercial: false, note: '' } }
  const models = store(t, { folder: folderOf(t), licences: 'commercial' })
  t.strictSame([models.permits(model), models.permits(card('model'))], [false, true])
  await t.rejects(models.ensure(model), { code: 'model_unavailable', message: /MODEL_LICENSES is commercial and its licence \(research only\)/ })
  t.match(await models.statusOf(model), { state: 'unavailable', reason: /research only/ })
})

t.test('a model that cannot be reached', async (t) => {
  t.test('fails in the same way for all concurrent callers, and other models are not affected', async (t) => {
    const web = await host(t)
    web.routes.set('/a', serving(A))
    const hanging = new Promise<void>((resolve) => web.routes.set('/hangs', () => resolve()))
    const lost = card('lost', file('lost.bin', B, { url: `${web.url}/hangs` }))
    const good = card('good', file('a.bin', A, { url: `${web.url}/a` }))
    const models = store(t, { folder: folderOf(t), cards: [lost, good] })
    const callers = [models.ensure(lost, { patience: 1_000 }), models.ensure(lost)]
    const answers = Promise.allSettled(callers)
    await hanging
    callers.push(models.ensure(lost))
    await models.ensure(good)
    const [first, ...others] = (await Promise.allSettled(callers)).map((outcome) => outcome.status === 'rejected' && outcome.reason)
    t.match(first, { code: 'model_unavailable', message: /no answer in time/ })
    t.ok(others.every((other) => other === first))
    t.equal(web.asked.filter((path) => path === '/hangs').length, 1)
    await answers
  })

  t.test('takes no longer than its patience, however many sources and files it has', async (t) => {
    const web = await host(t)
    web.routes.set('/hangs', () => {})
    // Only patience ends these requests: none of them is ever answered.
    const sources = Array.from({ length: 5 }, () => ({ url: `${web.url}/hangs` }))
    const lost = card('lost', file('a.bin', A, ...sources), file('b.bin', B, ...sources))
    await t.rejects(store(t, { folder: folderOf(t) }).ensure(lost, { patience: 50 }), { code: 'model_unavailable' })
  })
})
