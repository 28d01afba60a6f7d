import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Converter } from '../../../src/model-store/graph-files.ts'
import type { Card } from '../../../src/models/card.ts'
import { graphConversion, partsOf } from '../../../src/models/model-files.ts'
import { A, B, card, file, folderOf, held, store } from './world.ts'

/** Returns its one file unchanged. */
const converter: Converter = { version: 1, convert: (_card, files) => readFile([...files.values()][0]!) }
const raw = { format: 'raw' } as const
const model: Card = { ...card('model', file('a.xml', A)), conversion: raw, parts: { eye: { files: [file('b.dat', B)], conversion: raw } } }

t.test('the parts of a model are ensured one by one, unconverted where they are not graphs', async (t) => {
  t.strictSame(partsOf(model).map(({ name }) => name), ['model', 'model.eye'])
  const folder = folderOf(t)
  const models = store(t, { folder, mirror: folderOf(t, { 'a.xml': A, 'deep/b.dat': B }), cards: [model], converter })
  t.equal((await models.statusOf(model)).state, 'downloadable')
  const [face, eye] = partsOf(model)
  t.strictSame(readFileSync(await models.ensure(face)), A)
  t.equal((await models.statusOf(model)).state, 'downloadable', 'a part is missing')
  t.equal(await models.verify(model), false)
  t.equal(await models.ensure(eye!), join(folder, 'model.eye.dat'))
  t.equal((await models.statusOf(model)).state, 'ready')
  t.ok(await models.verify(model))
  await models.remove(model)
  t.strictSame(held(folder), [])
})

t.test('offline, a model is unavailable when one of its parts is', async (t) => {
  const models = store(t, { folder: folderOf(t), mirror: folderOf(t, { 'a.xml': A }), offline: true, cards: [model] })
  t.match(await models.statusOf(model), { state: 'unavailable', reason: /^The weights of model\.eye are not here/ })
})

t.test('adopt needs the files of all parts at once', async (t) => {
  const own = folderOf(t, { x: A, y: B })
  const folder = folderOf(t)
  const models = store(t, { folder, offline: true, cards: [model], converter })
  t.equal(await models.adopt(model, [join(own, 'y'), join(own, 'x')]), join(folder, 'model.xml'))
  t.ok(existsSync(join(folder, 'model.eye.dat')))
  await t.rejects(models.adopt(model, [join(own, 'x')]), { code: 'model_unavailable', message: /^model is made from b\.dat with sha256/ })
})

t.test('removing a model keeps the files of another one', async (t) => {
  const other: Card = { ...card('other', file('c.xml', A)), conversion: raw, parts: { eye: model.parts!['eye']! } }
  const folder = folderOf(t)
  const models = store(t, { folder, mirror: folderOf(t, { 'a.xml': A, 'b.dat': B, 'c.xml': A }), cards: [model, other], converter })
  for (const part of [model, other].flatMap(partsOf)) await models.ensure(part)
  await models.remove(model)
  t.ok(await models.verify(other))
  t.ok(held(folder).includes('b.dat'))
})

t.test('a file that is used unconverted has no graph', async (t) => {
  t.throws(() => graphConversion(model), { message: 'model has no graph.' })
})
