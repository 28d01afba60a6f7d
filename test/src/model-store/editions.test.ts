import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Card } from '../../../src/models/card.ts'
import { graphConversion } from '../../../src/models/model-files.ts'
import { A, B, card, counting, file, folderOf, held, host, serving, sha256, store, unpinned } from './world.ts'

/** A model with two editions, `a.bin` and `b.bin`, and a host that serves the given ones. */
async function prepare (t: Test, ...served: string[]) {
  const web = await host(t)
  if (served.includes('a')) web.routes.set('/a', serving(A))
  if (served.includes('b')) web.routes.set('/b', serving(B))
  const model: Card = {
    ...card('model', file('a.bin', A, { url: `${web.url}/a` })),
    alternatives: [{ files: [unpinned('b.bin', { url: `${web.url}/b` })], conversion: { ...graphConversion(card('other')), outputs: ['other'] } }]
  }
  return { web, model, folder: folderOf(t) }
}

t.test('the first edition is fetched when none is on this machine', async (t) => {
  const { web, model, folder } = await prepare(t, 'a', 'b')
  await store(t, { folder }).ensure(model)
  t.strictSame(web.asked, ['/a'])
})

t.test('the other edition is fetched when the first is not available, and its graph is kept', async (t) => {
  const { web, model, folder } = await prepare(t, 'b')
  await store(t, { folder }).ensure(model)
  t.strictSame(web.asked, ['/a', '/b'])
  t.match(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')), { sources: [sha256(B)] })
  const converter = counting()
  await store(t, { folder, converter }).ensure(model)
  t.strictSame([web.asked.length, converter.converted.length], [2, 0])
})

t.test('the other edition is used when it is on this machine', async (t) => {
  const { web, model, folder } = await prepare(t, 'a', 'b')
  const models = store(t, { folder, nearby: [folderOf(t, { 'b.bin': B })] })
  await models.ensure(model)
  t.strictSame(web.asked, [])
})

t.test('without either, the message names the sources of both', async (t) => {
  const { web, model, folder } = await prepare(t)
  await t.rejects(store(t, { folder }).ensure(model), {
    code: 'model_unavailable',
    message: `The weights of model are not here and could not be fetched: a.bin: ${web.url}/a (answered 404). Nor b.bin: ${web.url}/b (answered 404). Put`
  })
  await t.rejects(store(t, { folder, offline: true }).ensure(model), { message: new RegExp(`MODELS_OFFLINE forbids fetching them from ${web.url}/a or ${web.url}/b`) })
})

t.test('adopt takes either edition, one without a sha256 by its name', async (t) => {
  const { model, folder } = await prepare(t)
  const own = folderOf(t, { 'b.bin': B, mine: A, other: B })
  const models = store(t, { folder, offline: true })
  await t.rejects(models.adopt(model, [join(own, 'other')]), {
    code: 'model_unavailable',
    message: /^model is made from a\.bin with sha256 .* Or: model is made from b\.bin, which is not among the files given\.$/
  })
  await models.adopt(model, [join(own, 'b.bin')])
  await models.remove(model)
  t.strictSame(held(folder), [], 'remove deletes the files of both')
  await models.adopt(model, [join(own, 'mine')])
})
