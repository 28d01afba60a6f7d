import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { openSqliteStore } from '../../../src/collections/sqlite/sqlite-store.ts'
import { HELP, runCollections } from '../../../src/commands/collections-cli.ts'

const log = { warn: () => {}, error: () => {} }
const SETTINGS = { model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, length: 4, storePhotos: true } as const

async function run (path: string, args: readonly string[], input = '') {
  const stdout = new PassThrough()
  let err = ''
  const code = await runCollections(args, { url: { kind: 'sqlite', path }, log, stdin: Readable.from([input]), stdout, err: (text) => { err += text } })
  return { code, out: String(stdout.read() ?? ''), err }
}

async function filled (t: Test) {
  const path = join(t.testdir({}), 'faces.db')
  const store = await openSqliteStore({ path, log, threads: false })
  t.teardown(() => store.close())
  for (const id of ['one', 'two']) await store.createCollection({ ...SETTINGS, id })
  await store.write('one', [
    { kind: 'put-subject', when: 'new', id: 'ann', metadata: { team: 'red' } },
    { kind: 'put-face', face: { id: 'f', subject: 'ann', embedding: Float32Array.of(0.1, -2, 3e-8, 4), details: { score: 0.5 }, photo: Buffer.from('photo') } }
  ])
  return { path, store, folder: t.testdirName }
}

t.test('a running store is copied, exported and imported', async (t) => {
  const { path, store, folder } = await filled(t)
  t.match(await run(path, ['list']), { code: 0, out: /^one +SFace native retinaface, 1 subjects, 1 faces, with photos\ntwo/ })
  t.match(await run(path, ['migrate']), { code: 0 })
  const exported = await run(path, ['export', 'one'])
  t.equal(exported.out.trimEnd().split('\n').length, 3)
  t.match(await run(path, ['export', 'one', join(folder, 'one.ndjson')]), { code: 0, out: '' })
  t.equal(await readFile(join(folder, 'one.ndjson'), 'utf8'), exported.out)
  t.match(await run(path, ['import', 'two'], exported.out), { code: 0, out: '1 subjects and 1 faces are in two\n' })
  const { items: [face] } = await store.faces('two', 'ann', { limit: 1 })
  t.match([face!.id, [...face!.embedding], Buffer.from((await store.photo('two', 'ann', 'f'))!).toString()], ['f', [...Float32Array.of(0.1, -2, 3e-8, 4)], 'photo'])

  t.match(await run(path, ['backup', join(folder, 'copy.db')]), { code: 0, out: /is written/ })
  await store.write('one', [{ kind: 'delete-subject', id: 'ann' }])
  t.match(await run(join(folder, 'copy.db'), ['list']), { out: /1 subjects, 1 faces/ }, 'the copy is a store of its own')
  await t.rejects(run(path, ['backup', join(folder, 'copy.db')]), { code: 'conflict' }, 'and is not written over')
})

t.test('wrong usage is reported, with the help text', async (t) => {
  const { path } = await filled(t)
  for (const args of [[], ['fly'], ['backup'], ['export'], ['import'], ['list', '--loud']]) t.match(await run(path, args), { code: 2, err: /Usage/ }, args.join(' '))
  t.strictSame(await run(path, ['--help']), { code: 0, out: HELP, err: '' })
  await t.rejects(run(path, ['export', 'nothing']), { code: 'not_found' })
  await t.rejects(run(path, ['import', 'one'], 'nonsense'), { code: 'validation_error' })
  t.equal(await runCollections(['list'], { url: { kind: 'none' }, log, stdin: Readable.from([]), stdout: new PassThrough(), err: () => {} }), 2)
})
