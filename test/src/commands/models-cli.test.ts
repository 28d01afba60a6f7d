import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { HELP, runModels } from '../../../src/commands/models-cli.ts'
import { card, file, folderOf, host, noise, serving, store } from '../model-store/world.ts'

const A = noise(1000, 1)

/** Prepares a store with one model that is available and one that is not. */
async function prepare (t: Test) {
  const web = await host(t)
  web.routes.set('/a', serving(A))
  const cards = [card('good', file('a.bin', A, { url: `${web.url}/a` })), card('lost', file('b.bin', noise(10, 2), { url: `${web.url}/b` }))]
  const folder = folderOf(t)
  const models = store(t, { folder, cards })
  const run = async (...args: string[]) => {
    let out = ''
    let err = ''
    const code = await runModels(args, { store: models, cards, out: (text) => { out += text }, err: (text) => { err += text } })
    return { code, out, err }
  }
  return { run, folder }
}

t.test('usage', async (t) => {
  const { run } = await prepare(t)
  t.strictSame(await run('--help'), { code: 0, out: HELP, err: '' })
  for (const args of [[], ['dance'], ['fetch'], ['fetch', 'none'], ['list', '--fast'], ['list', '--as', 'good'], ['convert', 'a.bin'], ['convert', '--as', 'good'], ['convert', 'a.bin', '--as', 'none']]) {
    const { code, err } = await run(...args)
    t.equal(code, 2, args.join(' '))
    t.match(err, HELP)
  }
})

t.test('list, fetch, verify, remove', async (t) => {
  const { run, folder } = await prepare(t)
  t.match((await run('list')).out, /^good +detection +downloadable +MIT \(commercial use permitted\)$/m)
  t.match(await run('verify'), { code: 0, out: 'There is no model here.\n' })
  t.match(await run('fetch', 'good'), { code: 0, out: `good ${join(folder, 'good.onnx')}\n` })
  t.match(await run('verify'), { code: 0, out: 'good is whole\n' })
  writeFileSync(join(folder, 'good.onnx'), '')
  t.match(await run('verify'), { code: 1, out: /^good is damaged/ })
  t.match(await run('remove', 'good'), { code: 0, out: 'good removed\n' })
  t.match((await run('list')).out, /^good +detection +downloadable/m)
})

t.test('convert', async (t) => {
  const { run, folder } = await prepare(t)
  const own = folderOf(t, { mine: A, other: noise(1000, 3) })
  t.match(await run('convert', join(own, 'other'), '--as', 'good'), { code: 1, out: '', err: /^good is made from a\.bin with sha256 / })
  t.match(await run('convert', join(own, 'mine'), '--as', 'good'), { code: 0, out: `good ${join(folder, 'good.onnx')}\n` })
  t.match(await run('verify'), { code: 0, out: 'good is whole\n' })
})

t.test('fetch all takes each card once, also that of a detector with another name', async (t) => {
  const web = await host(t)
  web.routes.set('/a', serving(A))
  const cards = [card('dlib-hog', file('a.bin', A, { url: `${web.url}/a` }))]
  const folder = folderOf(t)
  const models = store(t, { folder, cards })
  t.strictSame((await models.status()).map(({ name }) => name), ['dlib', 'skip', 'dlib-hog'])
  let told = ''
  const place = { store: models, cards, out: (text: string) => { told += text }, err: (text: string) => { told += text } }
  t.equal(await runModels(['fetch', 'all'], place), 0)
  t.equal(await runModels(['verify'], place), 0)
  t.equal(told, `dlib-hog ${join(folder, 'dlib-hog.onnx')}\ndlib-hog is whole\n`)
})

t.test('what fails does not stop the others', async (t) => {
  const { run, folder } = await prepare(t)
  t.match(await run('fetch', 'all'), { code: 1, out: `good ${join(folder, 'good.onnx')}\n`, err: /^The weights of lost are not here and could not be fetched/ })
})
