import { spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import t from 'tap'
import { readConfig } from '../../../src/config/config.ts'
import { homeFolder, homePath } from '../../../src/config/home-path.ts'

t.test('~ is the home folder, as in a shell', async (t) => {
  const path = homePath('FACES_DB_PATH', '/home/ann')
  for (const [text, expected] of [['~', '/home/ann'], ['~/faces', '/home/ann/faces'], ['/a/~b', '/a/~b'], ['faces~', 'faces~'], [undefined, undefined]]) t.equal(path(text), expected)
  for (const text of ['$HOME/faces', '$' + '{HOME}/faces', '$(pwd)']) t.throws(() => path(text), { name: 'ConfigError', message: /not replaced/ }, text)
  t.throws(() => path('~bob/faces'), { name: 'ConfigError', message: /^FACES_DB_PATH is "~bob\/faces"; a path may begin with ~\/ / })
})

t.test('in every variable that is a path', async (t) => {
  const { FACES_DB_PATH, IMAGES_ROOT, MODELS_PATH, MODELS_MIRROR, DEEPFACE_HOME, COLLECTIONS_URL } = readConfig({
    FACES_DB_PATH: '~/a', IMAGES_ROOT: '~/b', MODELS_PATH: '~/c', MODELS_MIRROR: '~/d', DEEPFACE_HOME: '~', COLLECTIONS_URL: 'sqlite:~/e.db'
  })
  const home = (name: string): string => join(homedir(), name)
  t.strictSame([FACES_DB_PATH, IMAGES_ROOT, MODELS_PATH, MODELS_MIRROR, DEEPFACE_HOME], [home('a'), home('b'), home('c'), home('d'), homedir()])
  t.strictSame(COLLECTIONS_URL, { kind: 'sqlite', path: home('e.db') })
  t.equal(readConfig({ MODELS_MIRROR: 'https://example.com/~bob' }).MODELS_MIRROR, 'https://example.com/~bob', 'a URL is no path')
})

t.test('a user without a home folder', async (t) => {
  const { HOME } = process.env
  t.teardown(() => { process.env['HOME'] = HOME })
  for (const home of ['', 'relative']) {
    process.env['HOME'] = home
    t.equal(homeFolder(), undefined)
    t.equal(homePath('FACES_DB_PATH')('/a'), '/a')
    t.throws(() => homePath('FACES_DB_PATH')('~/a'), { name: 'ConfigError', message: /no home folder/ })
  }
})

const skip = process.platform !== 'linux' || process.getuid?.() !== 0 ? 'only root on Linux can become a user without an entry' : false
t.test('a number without an entry among the users, and without HOME', { skip }, async (t) => {
  const script = 'import(\'node:os\').then(({ homedir }) => { try { homedir() } catch ({ code }) { console.log(code) } })'
  const { stdout } = spawnSync(process.execPath, ['-e', script], { uid: 54321, gid: 54321, env: {} })
  t.match(stdout.toString(), 'ERR_SYSTEM_ERROR', 'this is what homeFolder takes for a user without one')
})
