import { homedir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../../src/config/config.ts'
import { homePath } from '../../../src/config/home-path.ts'

t.test('~ is the home folder, as in a shell', async (t) => {
  const path = homePath('FACES_DB_PATH', '/home/ann')
  for (const [text, expected] of [['~', '/home/ann'], ['~/faces', '/home/ann/faces'], ['/a/~b', '/a/~b'], ['faces~', 'faces~'], [undefined, undefined]]) t.equal(path(text), expected)
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
