import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openCollections } from '../../src/collections/open-collections.ts'
import { readConfig } from '../../src/config/config.ts'
import { readEnvFile } from '../../src/config/env-file.ts'
import { rank } from '../../src/match/rank.ts'
import { build } from '../build.ts'
import { file, skip } from './cases.ts'

t.test('settings', async (t) => {
  t.test('env-file-with-bom', { skip }, async (t) => {
    for (const name of ['env-bom.env', 'env-utf16.env']) {
      const path = join(t.testdir({}), '.env')
      await writeFile(path, await file(name))
      const app = await build(t, { env: { ...readEnvFile(path) } })
      t.equal((await app.inject({ method: 'POST', url: '/api/v1/represent', payload: { img: 'data:,a' } })).statusCode, 401, name)
    }
  })

  t.test('env-tilde', async (t) => {
    const { FACES_DB_PATH, COLLECTIONS_URL } = readConfig({ FACES_DB_PATH: '~/db', COLLECTIONS_URL: 'sqlite:~/g.db' })
    t.match({ FACES_DB_PATH, COLLECTIONS_URL }, { FACES_DB_PATH: join(homedir(), 'db'), COLLECTIONS_URL: { path: join(homedir(), 'g.db') } })
  })

  t.test('sqlite-memory', async (t) => {
    t.throws(() => readConfig({ COLLECTIONS_URL: 'sqlite::memory:' }), { message: /collections need a file/ })
  })

  t.test('gallery-file-is-no-database', async (t) => {
    const { COLLECTIONS_URL } = readConfig({ COLLECTIONS_URL: `sqlite:${join(t.testdir({ 'notes.txt': 'no database' }), 'notes.txt')}` })
    const log = { info () {}, warn () {}, error () {} }
    await t.rejects(openCollections(COLLECTIONS_URL, { threads: 1, queueLimit: 1, log }), { message: /not an SQLite database/ })
  })
})

t.test('folders of faces', async (t) => {
  const dir = t.testdir({ outside: { '1.jpg': 'a' }, db: { ann: { 'IMG_1.HEIC': 'a' } } })
  const find = async (FACES_DB_PATH: string) => {
    const app = await build(t, { env: { FACES_DB_PATH }, engine: { search: async (request) => rank(request) } })
    const response = await app.inject({ method: 'POST', url: '/api/v1/find', payload: { img: 'data:,a' } })
    return { status: response.statusCode, ...response.json() }
  }

  t.test('faces-db-not-readable', async (t) => {
    await symlink('circle', join(dir, 'circle'))
    for (const name of ['circle', 'n'.repeat(300)]) t.match(await find(join(dir, name)), { status: 400, error_code: 'db_not_found', message: /FACES_DB_PATH/ })
  })

  t.test('folder-of-heic-silent', async (t) => {
    t.match(await find(join(dir, 'db')), { status: 200, warnings: [{ message: /not read.*HEIC: 1 \(such as ann\/IMG_1\.HEIC\)/ }] })
  })

  t.test('linked-person-folder-silent', async (t) => {
    await rm(join(dir, 'db/ann'), { recursive: true })
    await mkdir(join(dir, 'db/.bea'))
    await symlink('../outside', join(dir, 'db/ann'))
    await symlink('.bea', join(dir, 'db/bea'))
    t.match(await find(join(dir, 'db')), { status: 200, warnings: [{ message: /not followed.*such as ann/ }, { message: /not followed.*such as bea/ }] })
  })
})
