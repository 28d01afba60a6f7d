import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { originPath, partialPaths, sourcePath } from '../../../src/model-store/store-layout.ts'
import { A, card, file, folderOf, held, host, publish, serving, store } from './world.ts'

const FULL = { code: 'model_unavailable', message: /could not be stored \(ENOSPC\)\. There is no space left/ }

t.test('a full disk leaves nothing unfinished, and the next attempt succeeds', { skip: canMount() ? false : 'only root can mount a small file system' }, async (t) => {
  const web = await host(t)
  web.routes.set('/a', serving(A))
  await publish(t, web, 'full@1.0.0', { 'a.bin': A })
  const byUrl = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  const byNpm = card('model', file('a.bin', A, { npm: 'full@1.0.0', path: 'a.bin' }))
  const byCopy = card('model', file('a.bin', A, { url: 'https://192.0.2.1/a' }))
  const mirror = folderOf(t, { 'a.bin': A })
  /** Returns a graph that does not fit beside its published file. */
  const large = { version: 1, convert: async () => A }
  for (const [what, model, options, size] of [
    ['a download', byUrl, {}, 100], ['a package', byNpm, { npm: { registry: web.url } }, 100], ['a copy', byCopy, { mirror }, 100], ['a graph', byUrl, { converter: large }, 300]
  ] as const) {
    const folder = folderOf(t)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}k`, 'tmpfs', folder])
    try {
      const models = store(t, { folder, cards: [model], ...options })
      await t.rejects(models.ensure(model), FULL, what)
      t.strictSame(held(folder), what === 'a graph' ? ['a.bin'] : [], `${what}: nothing unfinished is left`)
      execFileSync('mount', ['-o', 'remount,size=1m', folder])
      await models.ensure(model)
      await models.close()
    } finally {
      execFileSync('umount', [folder])
    }
  }
})

t.test('the same with /dev/full, where nothing can be mounted', { skip: existsSync('/dev/full') ? false : 'no /dev/full on this system' }, async (t) => {
  const web = await host(t)
  web.routes.set('/a', serving(A))
  await publish(t, web, 'full@1.0.0', { 'a.bin': A })
  const byUrl = card('model', file('a.bin', A, { url: `${web.url}/a` }))
  const byNpm = card('model', file('a.bin', A, { npm: 'full@1.0.0', path: 'a.bin' }))
  for (const [model, partial] of [
    [byUrl, (folder: string) => `${originPath(partialPaths(sourcePath(folder, byUrl.files[0]!)).url)}.partial`],
    [byNpm, (folder: string) => partialPaths(sourcePath(folder, byNpm.files[0]!)).npm],
    [byUrl, (folder: string) => join(folder, 'model.onnx.partial')]
  ] as const) {
    const folder = folderOf(t)
    mkdirSync(dirname(partial(folder)), { recursive: true })
    symlinkSync('/dev/full', partial(folder))
    const models = store(t, { folder, cards: [model], npm: { registry: web.url } })
    await t.rejects(models.ensure(model), FULL)
    t.notOk(held(folder).some((name) => name.endsWith('.onnx') || name.endsWith('.partial')))
    // The link was removed with the unfinished file, so the next attempt has room.
    await models.ensure(model)
  }
})

t.test('a folder that cannot be created is reported', async (t) => {
  const folder = join(folderOf(t, { file: '' }), 'file', 'models')
  const model = card('model', file('a.bin', A, { url: 'https://192.0.2.1/a' }))
  await t.rejects(store(t, { folder }).ensure(model), { code: 'model_unavailable', message: /could not be stored \(ENOTDIR\).*MODELS_PATH/ })
})

/** Tries whether this process may mount a file system. */
function canMount (): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'visage-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}
