import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openDatabase } from '../../../src/collections/sqlite/database.ts'
import { openDriver } from '../../../src/collections/sqlite/driver.ts'
import { openSqliteStore } from '../../../src/collections/sqlite/sqlite-store.ts'
import { runCollections } from '../../../src/commands/collections-cli.ts'
import { garbageCollector } from '../../../src/system/collect-garbage.ts'
import { subject } from './contract.ts'

const collectGarbage = garbageCollector()
const log = { warn: () => {}, error: () => {} }
const SETTINGS = { model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, length: 8, storePhotos: false } as const
const LOST = { code: 'service_unavailable', message: /accept-loss/ }

const opened = (path: string) => openSqliteStore({ path, log, threads: false })
const closed = async (path: string): Promise<void> => await (await opened(path)).close()

/** Returns the path of a store whose process was killed after `writes` acknowledged writes to the collection c, of one subject each. */
async function killed (t: Test, writes: number, path = join(t.testdir({}), 'faces.db')): Promise<string> {
  const child: ChildProcess = fork(new URL('./killed-writer.ts', import.meta.url), [path, String(writes)])
  await once(child, 'message')
  child.kill('SIGKILL')
  await once(child, 'exit')
  return path
}

async function subjects (path: string): Promise<number> {
  const store = await opened(path)
  try {
    return (await store.counts('c')).subjects
  } finally {
    await store.close()
  }
}

/** Overwrites bytes of a file in place. */
async function damage (path: string, at: number, bytes = Buffer.from('damage')): Promise<void> {
  const file = await open(path, 'r+')
  await file.write(bytes, 0, bytes.length, at)
  await file.close()
}

t.test('files that are no database of this service are told as that, and left as they are', async (t) => {
  const folder = t.testdir({ 'short.txt': 'hi', 'long.txt': 'no database, and longer than a header of one '.repeat(50), 'zeros.bin': Buffer.alloc(8192), folder: {}, 'empty.db': '' })
  for (const name of ['short.txt', 'long.txt', 'zeros.bin']) {
    const path = join(folder, name)
    const before = await readFile(path)
    await t.rejects(opened(path), { code: 'service_unavailable', message: /not an SQLite database/ }, name)
    t.ok(before.equals(await readFile(path)), name)
  }
  await t.rejects(opened(join(folder, 'folder')), { code: 'service_unavailable', message: /is a folder/ })
  await t.rejects(opened('/dev/null'), { code: 'service_unavailable', message: /no file/ })

  const foreign = join(folder, 'foreign.db')
  for (const version of [0, 1, 99]) {
    const driver = await openDriver(foreign)
    driver.exec(`CREATE TABLE IF NOT EXISTS bookmark (url TEXT); PRAGMA user_version = ${version}`)
    driver.close()
    const before = await readFile(foreign)
    await t.rejects(opened(foreign), { code: 'service_unavailable', message: /another program/ })
    t.ok(before.equals(await readFile(foreign)))
  }

  const empty = join(folder, 'empty.db')
  await closed(empty)
  t.equal((await readFile(empty)).readUInt16BE(16), 16384, 'an empty file becomes a store, with our size of pages')
  await t.rejects(openDatabase({ path: join(folder, 'missing.db'), readOnly: true }), { code: 'service_unavailable', message: /does not exist/ })
  t.notOk(existsSync(join(folder, 'missing.db')), 'who reads makes no file')
})

t.test('files that go while a store is open: no write is acknowledged, and the store is not ready', async (t) => {
  const gone = { code: 'service_unavailable', message: /removed or replaced/ }
  const short = { code: 'service_unavailable', message: /shortened/ }
  const acts: Record<string, readonly [(path: string) => Promise<unknown>, typeof gone]> = {
    'the file is removed': [(path) => rm(path), gone],
    'all files are removed': [(path) => rm(join(path, '..'), { recursive: true }), gone],
    'the file is moved away': [(path) => rename(path, `${path}.old`), gone],
    'the file is replaced by its copy': [async (path) => { await copyFile(path, `${path}.new`); await rename(`${path}.new`, path) }, gone],
    'the file is emptied': [(path) => truncate(path), short],
    'the log is removed': [(path) => rm(`${path}-wal`), gone],
    'the log is emptied': [(path) => truncate(`${path}-wal`), short]
  }
  for (const threads of [false, true]) {
    for (const [what, [act, expected]] of Object.entries(acts)) {
      await t.test(`${what}, ${threads ? 'with' : 'without'} threads`, async (t) => {
        const folder = join(t.testdir({}), 'data')
        const path = join(folder, 'faces.db')
        await closed(path)
        const store = await openSqliteStore({ path, log, threads })
        t.teardown(() => store.close())
        await store.createCollection({ ...SETTINGS, id: 'c' })
        await store.write('c', [subject('ann')])
        await store.check()
        await act(path)
        await t.rejects(store.write('c', [subject('bea')]), expected)
        await t.rejects(store.createCollection({ ...SETTINGS, id: 'd' }), expected)
        await t.rejects(store.check(), expected)
      })
    }
  }

  t.test('a file that is put back is used again', async (t) => {
    const path = join(t.testdir({}), 'faces.db')
    const store = await opened(path)
    await store.createCollection({ ...SETTINGS, id: 'c' })
    await rename(path, `${path}.old`)
    await t.rejects(store.write('c', [subject('ann')]), gone)
    await rename(`${path}.old`, path)
    await store.write('c', [subject('bea')])
    await store.check()
    await store.close()
    t.equal(await subjects(path), 1)
  })

  t.test('a link to the file that leads elsewhere by now', async (t) => {
    const folder = t.testdir({})
    const [path, real] = [join(folder, 'link.db'), join(folder, 'real.db')]
    await symlink('real.db', path)
    const store = await opened(path)
    t.teardown(() => store.close())
    await store.createCollection({ ...SETTINGS, id: 'c' })
    await rm(path)
    await writeFile(join(folder, 'other.db'), '')
    await symlink('other.db', path)
    await t.rejects(store.write('c', [subject('ann')]), gone)
    t.ok(existsSync(real))
  })
})

t.test('other processes may write and shorten the log', async (t) => {
  const path = join(t.testdir({}), 'faces.db')
  const store = await opened(path)
  await store.createCollection({ ...SETTINGS, id: 'c' })
  for (let i = 0; i < 3; i++) {
    const other = await openDatabase({ path })
    other.run("INSERT INTO once VALUES (?, '', '', '', '')", `k${i}`)
    other.checkpoint()
    await store.write('c', [subject(`s${i}`)])
    other.close()
    await store.check()
    await store.write('c', [subject(`t${i}`)])
  }
  await store.close()
  t.equal(await subjects(path), 6)
})

t.test('a damaged page is told to whoever asks whether the store is ready, from then on', async (t) => {
  const path = join(t.testdir({}), 'faces.db')
  const first = await opened(path)
  await first.createCollection({ ...SETTINGS, id: 'c' })
  await first.write('c', Array.from({ length: 900 }, (_, i) => ({ kind: 'put-subject', when: 'new', id: `s${i}`, metadata: { text: 'x'.repeat(200) } } as const)))
  await first.close()
  const { size } = await stat(path)
  await damage(path, 10 * 16384, Buffer.alloc(size - 10 * 16384, 0xff))
  const store = await opened(path)
  t.teardown(() => store.close())
  await store.check()
  await t.rejects(store.subjects('c', { limit: 1000 }), { code: 'service_unavailable', message: /damaged/ })
  await t.rejects(store.check(), { code: 'service_unavailable', message: /damaged/ })
})

t.test('a store whose process was killed', async (t) => {
  t.test('has everything, also when the last commit was being written', async (t) => {
    const path = await killed(t, 5)
    t.ok(existsSync(`${path}-acknowledged`))
    await writeFile(`${path}-wal`, Buffer.concat([await readFile(`${path}-wal`), Buffer.alloc(10_000, 7)]))
    t.equal(await subjects(path), 5)
    t.notOk(existsSync(`${path}-acknowledged`), 'nothing is left of the watch when it is closed')
  })

  const acts: Record<string, (path: string) => Promise<unknown>> = {
    'the middle of its log was damaged': async (path) => await damage(`${path}-wal`, Math.floor((await stat(`${path}-wal`)).size / 2)),
    'the head of a frame was damaged': (path) => damage(`${path}-wal`, 32 + 3 * (24 + 16384) + 16),
    'the head of its log was damaged': (path) => damage(`${path}-wal`, 8),
    'the head of its log is zeros': (path) => damage(`${path}-wal`, 0, Buffer.alloc(32)),
    'the last commit in its log was damaged': async (path) => await damage(`${path}-wal`, (await stat(`${path}-wal`)).size - 10),
    'its log was cut': async (path) => await truncate(`${path}-wal`, (await stat(`${path}-wal`)).size - 1),
    'its log was emptied': (path) => truncate(`${path}-wal`),
    'it was removed': (path) => rm(path),
    'it was emptied': (path) => truncate(path),
    'it was replaced by another file, and its log was not': async (path) => { await copyFile(path, `${path}.copy`); await rename(`${path}.copy`, path) },
    'its log was removed': (path) => rm(`${path}-wal`)
  }
  const path = await killed(t, 12)
  const files = ['', '-wal', '-acknowledged'].map((suffix) => `${path}${suffix}`)
  for (const file of files) {
    await copyFile(file, `${file}.then`)
    await link(file, `${file}.inode`)
  }
  /** Makes the files what they were when the process was killed; they are the same files. */
  async function reset (): Promise<void> {
    // libsql keeps a closed connection until nothing refers to its statements, and then removes the log.
    collectGarbage()
    await setImmediate()
    await rm(`${path}-shm`, { force: true })
    for (const name of await readdir(join(path, '..'))) if (name.includes('-wal.damaged-')) await rm(join(path, '..', name))
    for (const file of files) {
      await copyFile(`${file}.then`, `${file}.inode`)
      await rm(file, { force: true })
      await link(`${file}.inode`, file)
    }
  }
  for (const [what, act] of Object.entries(acts)) {
    t.test(`is not opened when ${what}, until that is accepted`, async (t) => {
      await reset()
      await act(path)
      const before = existsSync(`${path}-wal`) ? await readFile(`${path}-wal`) : undefined
      await t.rejects(opened(path), LOST)
      await t.rejects(opened(path), LOST, 'again')
      const told: string[] = []
      const stdout = { write: (text: string) => told.push(text) } as unknown as NodeJS.WritableStream
      t.equal(await runCollections(['accept-loss'], { url: { kind: 'sqlite', path }, log, stdin: process.stdin, stdout, err: () => {} }), 0)
      const kept = /(\S+damaged-\S+) is what/.exec(told.join(''))?.[1]
      const logs = (await readdir(join(path, '..'))).filter((name) => name.includes('-wal.damaged-'))
      if (before && before.length > 0) t.ok(logs.length > 0, 'the log is kept')
      const store = await opened(path)
      t.ok(!kept || existsSync(kept))
      const isMade = await store.collection('c') !== undefined
      t.ok(!isMade || (await store.counts('c')).subjects < 12)
      await store.close()
    })
  }

  t.test('may be copied with all its files, and is still checked', async (t) => {
    const copy = async (to: string): Promise<string> => {
      await mkdir(join(path, '..', to))
      for (const suffix of ['', '-wal', '-acknowledged']) await copyFile(`${path}${suffix}.then`, join(path, '..', to, `faces.db${suffix}`))
      return join(path, '..', to, 'faces.db')
    }
    t.equal(await subjects(await copy('whole')), 12)
    const damaged = await copy('damaged')
    await damage(`${damaged}-wal`, Math.floor((await stat(`${damaged}-wal`)).size / 2))
    await t.rejects(opened(damaged), LOST)
  })

  t.test('a backup may take its place', async (t) => {
    const path = await killed(t, 3)
    const copy = join(path, '..', 'backup.db')
    const database = await openDatabase({ path, readOnly: true })
    database.copyTo(copy)
    database.close()
    const other = await killed(t, 9, join(path, '..', 'other.db'))
    await rm(`${other}-wal`, { force: true })
    await rm(`${other}-shm`, { force: true })
    await rename(copy, other)
    t.equal(await subjects(other), 3)
  })

  t.test('the log is that of the file which a link leads to', async (t) => {
    const path = await killed(t, 12)
    const linked = join(path, '..', 'links', 'faces.db')
    await mkdir(join(linked, '..'))
    await symlink(path, linked)
    await rm(`${path}-wal`)
    await t.rejects(opened(linked), LOST)
  })
})

t.test('dropped collections are not missed', async (t) => {
  const path = join(t.testdir({}), 'faces.db')
  const store = await opened(path)
  for (const id of ['c', 'd']) {
    await store.createCollection({ ...SETTINGS, id })
    await store.write(id, [subject('ann')])
  }
  await store.dropCollection('c')
  t.ok(existsSync(`${path}-acknowledged`))
  t.equal((await (await opened(path)).list({ limit: 10 })).items.length, 1)
  await store.close()
})
