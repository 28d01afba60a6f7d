import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sourcePath } from '../../../src/model-store/store-layout.ts'
import { A, B, card, file, folderOf, held, host, noise, publish, serving, stallingAfter, store } from './world.ts'

const SPEC = '@scope/weights@1.0.0'

t.test('one download serves every card with files in the package', async (t) => {
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

t.test('after a package without the file, with a wrong one, or a broken one, the next source is used', async (t) => {
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

t.test('a registry that never answers is given up', async (t) => {
  const registry = await host(t)
  registry.routes.set('/mute', () => {})
  const model = card('model', file('a.bin', A, { npm: 'mute@1.0.0', path: 'a.bin' }))
  await t.rejects(store(t, { folder: folderOf(t), npm: { registry: registry.url } }).ensure(model, { patience: 100 }), {
    code: 'model_unavailable', message: /npm package mute@1\.0\.0 \(no answer in time\)/
  })
})

t.test('a registry that stops sending is given up', async (t) => {
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
