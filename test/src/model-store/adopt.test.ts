import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { A, B, card, file, folderOf, held, noise, sha256, store, unpinned } from './world.ts'

const NOWHERE = { url: 'https://192.0.2.1/published.bin' }

t.test('published files of the user, whatever their names, become the model', async (t) => {
  const folder = folderOf(t)
  const own = folderOf(t, { 'mine.1': A, 'mine.2': B })
  const model = card('model', file('a.bin', A, NOWHERE), file('b.bin', B, NOWHERE))
  const models = store(t, { folder, offline: true })
  t.equal(await models.adopt(model, [join(own, 'mine.2'), join(own, 'mine.1')]), join(folder, 'model.onnx'))
  t.strictSame(held(folder), ['a.bin', 'b.bin', 'model.json', 'model.onnx'])
  t.strictSame(held(own), ['mine.1', 'mine.2'])
  t.ok(await models.verify(model))
})

t.test('files with another sha256, too many files and missing files are refused', async (t) => {
  const own = folderOf(t, { 'a.bin': noise(A.length, 20), 'b.bin': B, 'real.bin': A })
  const model = card('model', file('a.bin', A, NOWHERE))
  const folder = folderOf(t)
  const models = store(t, { folder, offline: true })
  const adopting = (...names: string[]) => models.adopt(model, names.map((name) => join(own, name)))
  await t.rejects(adopting('a.bin'), { code: 'model_unavailable', message: new RegExp(`model is made from a\\.bin with sha256 ${sha256(A)}; a\\.bin has [0-9a-f]{64}\\. Weights of your own need a card of their own`) })
  await t.rejects(adopting('real.bin', 'b.bin'), { code: 'model_unavailable', message: /b\.bin: no published file of model, which is made from a\.bin\./ })
  await t.rejects(adopting('none.bin'), { code: 'model_unavailable', message: /none\.bin cannot be read \(ENOENT\)/ })
  t.strictSame(held(folder), [])
})

t.test('a licence that is not allowed is refused', async (t) => {
  const model = { ...card('model', file('a.bin', A)), licence: { name: 'research only', commercial: false, note: '' } }
  await t.rejects(store(t, { folder: folderOf(t), licences: 'commercial' }).adopt(model, []), { code: 'model_unavailable', message: /MODEL_LICENSES/ })
})

t.test('a file without a sha256 in the card', async (t) => {
  const own = folderOf(t, { 'published.bin': A, 'other.bin': B })
  const folder = folderOf(t)
  const model = card('model', unpinned('a.bin', NOWHERE))
  const models = store(t, { folder, offline: true })

  t.test('is pinned to the first one given', async (t) => {
    await models.adopt(model, [join(own, 'other.bin')])
    t.match(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')), { sources: [sha256(B)] })
  })
  t.test('stays pinned to it', async (t) => {
    await t.rejects(models.adopt(model, [join(own, 'published.bin')]), { code: 'model_unavailable', message: /^model was made from another file before/ })
    await models.adopt(model, [join(own, 'other.bin')])
  })
  t.test('until the model is removed', async (t) => {
    await models.remove(model)
    await models.adopt(model, [join(own, 'published.bin')])
    t.match(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')), { sources: [sha256(A)] })
  })
  t.test('is not kept when it cannot be converted', async (t) => {
    const folder = folderOf(t)
    const failing = store(t, { folder, offline: true, converter: { version: 1, convert: async () => { throw new Error('no weights') } } })
    await t.rejects(failing.adopt(model, [join(own, 'other.bin')]), { code: 'model_unavailable', message: /could not be made ready/ })
    t.strictSame(held(folder), [])
    await store(t, { folder, offline: true }).adopt(model, [join(own, 'published.bin')])
  })
  t.test('is matched by its name where there are several', async (t) => {
    const two = card('two', unpinned('published.bin', NOWHERE), unpinned('other.bin', { url: 'https://192.0.2.1/other' }))
    await store(t, { folder: folderOf(t), offline: true }).adopt(two, [join(own, 'other.bin'), join(own, 'published.bin')])
    await t.rejects(store(t, { folder: folderOf(t), offline: true }).adopt(two, [join(own, 'other.bin')]), { message: 'two is made from published.bin, which is not among the files given.' })
  })
})
