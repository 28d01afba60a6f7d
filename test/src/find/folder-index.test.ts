import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, readFile, readdir, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openFolderIndex } from '../../../src/find/folder-index.ts'
import type { IndexKey } from '../../../src/find/index-key.ts'
import { readingEngine } from './reading-engine.ts'

const KEY: IndexKey = { model: 'SFace', detector: 'retinaface', pipeline: 'native', normalization: 'base', align: true, expandPercentage: 0, enforceDetection: true, weights: 'test' }
const ALL = { metric: 'cosine', threshold: Infinity, k: undefined, refresh: true } as const
const X = Float32Array.of(1, 0)

const PEOPLE = { alice: { '1.jpg': '1,0', '2.jpg': '1,0.1' }, bob: { '1.jpg': '0,1' } }

/** Opens an index over a folder, closed when `t` ends, with its engine and the lines of its log. */
function open (t: Test, root: string, options: { key?: IndexKey, checkpointMs?: number } = {}) {
  const engine = readingEngine()
  const lines: string[] = []
  const write = (object: object, message: string) => { lines.push(`${message} ${JSON.stringify(object)}`) }
  const index = openFolderIndex({ root, engine, key: KEY, log: { info: write, warn: write }, ...options })
  t.teardown(() => index.close())
  /** Returns the paths of the faces found for (1, 0), nearest first. */
  const paths = async (more: object = {}) => (await index.find([X], { ...ALL, ...more })).hits[0]!.map(({ path }) => path)
  return { engine, index, lines, paths, folder: join(root, '.visage') }
}
const indexFile = async (folder: string) => join(folder, (await readdir(folder)).find((name) => name.endsWith('.index'))!)

t.test('finds the photos of a person, nearest first', async (t) => {
  const root = t.testdir({ ...PEOPLE, 'root.png': '1,1', deep: { er: { '1.webp': '-1,0' } } })
  const { index, paths, engine } = open(t, root)
  t.strictSame(await paths(), ['alice/1.jpg', 'alice/2.jpg', 'root.png', 'bob/1.jpg', 'deep/er/1.webp'])
  t.strictSame(await paths({ threshold: 0.3 }), ['alice/1.jpg', 'alice/2.jpg', 'root.png'])
  t.strictSame(await paths({ k: 1 }), ['alice/1.jpg'])
  const { hits, warnings } = await index.find([X, Float32Array.of(0, 1)], { ...ALL, metric: 'euclidean', k: 1 })
  t.strictSame(hits.map(([hit]) => hit), [
    { path: 'alice/1.jpg', hash: '33da1e9affd592d7bb6cf7c5c1e46ba5d0d76f0d4e3d09f1fa5d4b6fd29dc4d8', box: { x: 0, y: 2, w: 3, h: 4 }, distance: 0, similarity: 1, details: {} },
    { path: 'bob/1.jpg', hash: hits[1]![0]!.hash, box: { x: 0, y: 2, w: 3, h: 4 }, distance: 0, similarity: 1, details: {} }
  ].map((hit, i) => i === 0 ? { ...hit, hash: hits[0]![0]!.hash } : hit))
  t.match(hits[0]![0]!.hash, /^[0-9a-f]{64}$/)
  t.strictSame(warnings, [])
  t.equal(engine.seen.length, 5, 'each photo was looked at once')
  t.match(engine.settings[0], { model: 'SFace', detector: 'retinaface', align: true, enforceDetection: true, maxFaces: undefined })
})

t.test('a group photo is found by any of its faces', async (t) => {
  const { index } = open(t, t.testdir({ 'group.jpg': '1,0;0,1', 'other.jpg': '-1,0;0,-1' }))
  const { hits } = await index.find([Float32Array.of(0, 1)], { ...ALL, threshold: 0.1 })
  t.match(hits, [[{ path: 'group.jpg', box: { x: 1 }, distance: 0 }]])
})

t.test('ages are kept with the faces where the key asks for them', async (t) => {
  const root = t.testdir({ 'group.jpg': '1,0;0.51234,0.1', 'other.jpg': '0.3,1' })
  const agesOf = async (key: IndexKey): Promise<unknown[]> => {
    const { index, engine } = open(t, root, { key })
    const { hits: [hits] } = await index.find([X], ALL)
    return [engine.seen.length, ...hits!.map(({ details }) => details)]
  }
  t.strictSame(await agesOf({ ...KEY, ages: true }), [2, { age: 10 }, { age: 5.12 }, { age: 3 }])
  t.strictSame(await agesOf({ ...KEY, ages: true }), [0, { age: 10 }, { age: 5.12 }, { age: 3 }], 'from the file')
  t.strictSame(await agesOf(KEY), [2, {}, {}, {}], 'another index')
})

t.test('an empty folder finds nobody; a missing one is db_not_found', async (t) => {
  const root = t.testdir({ empty: {} })
  t.strictSame(await open(t, join(root, 'empty')).paths(), [])
  await t.rejects(open(t, join(root, 'missing')).paths(), { code: 'db_not_found' })
  await writeFile(join(root, 'file'), '1,0')
  await t.rejects(open(t, join(root, 'file')).paths(), { code: 'db_not_found' })
})

t.test('only changed photos are read again', async (t) => {
  const root = t.testdir(PEOPLE)
  const first = open(t, root)
  await first.paths()
  const looks = async (act: () => Promise<unknown>, expected: string[], why: string) => {
    await act()
    first.engine.seen.length = 0
    const found = await first.paths()
    t.strictSame(first.engine.seen, expected, why)
    return found
  }
  await looks(async () => {}, [], 'nothing changed')
  t.strictSame(await looks(() => writeFile(join(root, 'bob/2.jpg'), '1,0.2'), ['1,0.2'], 'added'), ['alice/1.jpg', 'alice/2.jpg', 'bob/2.jpg', 'bob/1.jpg'])
  t.strictSame(await looks(() => writeFile(join(root, 'bob/2.jpg'), '0,0.5'), ['0,0.5'], 'changed, same size'), ['alice/1.jpg', 'alice/2.jpg', 'bob/1.jpg', 'bob/2.jpg'])
  t.strictSame(await looks(() => rename(join(root, 'bob'), join(root, 'carol')), [], 'renamed'), ['alice/1.jpg', 'alice/2.jpg', 'carol/1.jpg', 'carol/2.jpg'])
  t.strictSame(await looks(() => cp(join(root, 'carol'), join(root, 'dan'), { recursive: true }), [], 'copied'), ['alice/1.jpg', 'alice/2.jpg', 'carol/1.jpg', 'carol/2.jpg', 'dan/1.jpg', 'dan/2.jpg'])
  await looks(() => utimes(join(root, 'dan/1.jpg'), 1, 1), [], 'touched')
  t.strictSame(await looks(() => rm(join(root, 'alice'), { recursive: true }), [], 'removed'), ['carol/1.jpg', 'carol/2.jpg', 'dan/1.jpg', 'dan/2.jpg'])

  const second = open(t, root)
  t.strictSame(await second.paths(), ['carol/1.jpg', 'carol/2.jpg', 'dan/1.jpg', 'dan/2.jpg'])
  t.strictSame(second.engine.seen, [], 'a restart reads the index')
})

t.test('refresh false uses the index as it is, and builds it when there is none', async (t) => {
  const root = t.testdir(PEOPLE)
  const { paths } = open(t, root)
  t.equal((await paths({ refresh: false })).length, 3)
  await writeFile(join(root, 'bob/2.jpg'), '1,0')
  t.equal((await paths({ refresh: false })).length, 3)
  t.equal((await paths()).length, 4)
  await writeFile(join(root, 'bob/3.jpg'), '1,0')
  const another = open(t, root)
  t.equal((await another.paths({ refresh: false })).length, 4)
  t.strictSame(another.engine.seen, [])
})

t.test('photos that cannot be used are reported, tried once, and do not stop the run', async (t) => {
  const root = t.testdir({ ...PEOPLE, bad: { 'a.jpg': 'nobody', 'b.jpg': 'noise', 'c.jpg': 'crash' } })
  const first = open(t, root)
  const problems = [
    { photo: 'bad/a.jpg', message: 'No face was found in it.' },
    { photo: 'bad/b.jpg', message: 'The bytes are no image.' },
    { photo: 'bad/c.jpg', message: 'The engine failed on it.' }
  ]
  const { hits, warnings } = await first.index.find([X], ALL)
  t.equal(hits[0]!.length, 3)
  t.strictSame(warnings, problems)
  t.equal(first.lines.filter((line) => line.startsWith('a photo is not searched')).length, 3)
  first.engine.seen.length = 0
  t.strictSame((await first.index.find([X], ALL)).warnings, problems)
  t.strictSame(first.engine.seen, [], 'none is tried twice')

  const second = open(t, root)
  t.strictSame((await second.index.find([X], ALL)).warnings, problems)
  t.strictSame(second.engine.seen, ['crash'], 'a new process tries again what may have been our fault')

  await writeFile(join(root, 'bad/b.jpg'), '0.9,0')
  t.ok((await second.paths()).includes('bad/b.jpg'))
})

t.test('a response names at most 100 photos that cannot be used', async (t) => {
  const root = t.testdir(Object.fromEntries(Array.from({ length: 103 }, (_, i) => [`${i}.jpg`, 'nobody'])))
  const { warnings } = await open(t, root).index.find([X], ALL)
  t.equal(warnings.length, 101)
  t.strictSame(warnings[100], { message: '3 more photos are not searched; the log names them.' })
})

t.test('an error that does not concern a photo ends the call, keeps the photos done so far, and is tried again', async (t) => {
  for (const [text, expected] of [['closed', { code: 'model_unavailable' }], ['bug', { name: 'TypeError' }]] as const) {
    const root = t.testdir({ ...PEOPLE, z: { '1.jpg': text } })
    const { paths, engine, folder } = open(t, root)
    await t.rejects(paths(), expected)
    t.ok(await indexFile(folder))
    await writeFile(join(root, 'z/1.jpg'), '0.5,0')
    engine.seen.length = 0
    t.equal((await paths()).length, 4)
    t.strictSame(engine.seen, ['0.5,0'])
  }
})

t.test('hidden files, other files, folders named like photos and links that leave are skipped', async (t) => {
  const dir = t.testdir({
    outside: { 'secret.jpg': '1,0' },
    db: { '.hidden.jpg': '1,0', '.git': { 'x.jpg': '1,0' }, 'notes.txt': '1,0', 'folder.jpg': {}, alice: { '1.JPEG': '1,0' } }
  })
  const db = join(dir, 'db')
  await symlink(join(dir, 'outside/secret.jpg'), join(db, 'leaves.jpg'))
  await symlink(join(dir, 'outside'), join(db, 'way-out'))
  await symlink(join(db, 'alice'), join(db, 'again'))
  await symlink('..', join(db, 'alice/circle'))
  await symlink('self.jpg', join(db, 'self.jpg'))
  await symlink('nowhere.jpg', join(db, 'broken.jpg'))
  await symlink('alice/1.JPEG', join(db, 'stays.jpg'))
  const { paths } = open(t, db)
  t.strictSame(await paths(), ['alice/1.JPEG', 'stays.jpg'])

  await symlink(db, join(dir, 'link-to-db'))
  t.strictSame(await open(t, join(dir, 'link-to-db')).paths(), ['alice/1.JPEG', 'stays.jpg'], 'the root itself may be a link')
})

t.test('file names may consist of any bytes', { skip: process.platform === 'darwin' ? 'macOS allows only UTF-8 names' : false }, async (t) => {
  const root = t.testdir({ 'Zoë "☃"\n.jpg': '1,0' })
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.jpg')]), '0,1')
  t.strictSame(await open(t, root).paths(), ['Zoë "☃"\n.jpg', '\uFFFD\uFFFD.jpg'])
  const { paths, engine } = open(t, root)
  t.strictSame(await paths(), ['Zoë "☃"\n.jpg', '\uFFFD\uFFFD.jpg'])
  t.strictSame(engine.seen, [])
})

t.test('a photo that vanishes between listing and reading is left out', async (t) => {
  const root = t.testdir({ '1.jpg': '1,0', '2.jpg': '0,1', '3.jpg': '1,1', '4.jpg': '1,2', 'z.jpg': '1,3' })
  const { engine, index } = open(t, root)
  // Four photos are read at a time: the fifth is opened once one of them is done.
  engine.before = () => rm(join(root, 'z.jpg'), { force: true })
  const { hits, warnings } = await index.find([X], ALL)
  t.equal(hits[0]!.length, 4)
  t.strictSame(warnings, [])
})

t.test('concurrent calls share one run', async (t) => {
  const root = t.testdir(PEOPLE)
  const { engine, paths, index } = open(t, root)
  const found = await Promise.all(Array.from({ length: 8 }, (_, i) => paths({ refresh: i % 2 === 0 })))
  t.ok(found.every((list) => list.length === 3))
  t.equal(engine.seen.length, 3)
  t.match(index.progress(), { indexing: false, total: 3, done: 3, photos: 3, faces: 3 })
})

t.test('a client that goes away does not stop the run', async (t) => {
  const { engine, paths, index } = open(t, t.testdir(PEOPLE))
  let go: () => void = () => {}
  const gate = new Promise<void>((resolve) => { go = resolve })
  let looking: () => void = () => {}
  const started = new Promise<void>((resolve) => { looking = resolve })
  engine.before = async () => { looking(); await gate }
  const leaving = new AbortController()
  const left = paths({ signal: leaving.signal })
  const stays = paths()
  await started
  t.equal(index.progress().indexing, true)
  leaving.abort(new Error('gone'))
  await t.rejects(left, { message: 'gone' })
  go()
  t.equal((await stays).length, 3)
  t.equal(engine.seen.length, 3)
  await t.rejects(paths({ signal: AbortSignal.abort(new Error('never came')) }), { message: 'never came' })
})

t.test('close ends a run, keeps its photos, and refuses calls', async (t) => {
  const root = t.testdir(PEOPLE)
  const { engine, paths, index, folder } = open(t, root)
  let looked = 0
  let closed: Promise<void> | undefined
  engine.before = async () => { if (++looked === 3) closed = index.close() }
  await t.rejects(paths(), { code: 'service_unavailable' })
  await closed
  await t.rejects(paths(), { code: 'service_unavailable' })
  const left = await readdir(folder)
  t.notOk(left.some((name) => name.endsWith('.lock') || name.endsWith('.tmp')), 'no lock and no temporary file is left')
  t.equal((await open(t, root).paths()).length, 3)
})

t.test('an index that cannot be used is rebuilt with a warning', async (t) => {
  const harm: Record<string, (file: string) => Promise<unknown>> = {
    'cut off in the vectors': async (file) => truncate(file, (await stat(file)).size - 40),
    'cut off in the first bytes': (file) => truncate(file, 5),
    empty: (file) => truncate(file, 0),
    foreign: (file) => writeFile(file, 'x'.repeat(500)),
    'of another version': async (file) => { const bytes = await readFile(file); bytes.writeUInt32LE(99, 8); await writeFile(file, bytes) },
    'with a header that is too long': async (file) => { const bytes = await readFile(file); bytes.writeUInt32LE(2 ** 31, 12); await writeFile(file, bytes) },
    'with a header that is no JSON': async (file) => { const bytes = await readFile(file); bytes[16] = 0; await writeFile(file, bytes) },
    'with a header of another shape': async (file) => {
      const bytes = await readFile(file)
      bytes.fill(32, 16, 16 + bytes.readUInt32LE(12))
      bytes.write('null', 16)
      await writeFile(file, bytes)
    },
    'with one bit flipped': async (file) => { const bytes = await readFile(file); bytes[bytes.length - 40]! ^= 1; await writeFile(file, bytes) },
    'with a line of another shape': (file) => forge(file, (text) => text.replace('[[', '[7,[')),
    'with a face of six numbers': (file) => forge(file, (text) => text.replace(']]', ',7,8]]')),
    'with a line that is no JSON': (file) => forge(file, (text) => text.replace('[[', '[?')),
    'with more faces than vectors': (file) => forge(file, (text) => text.replace(']]]', '],[1,2,3,4]]]')),
    'that is a folder': async (file) => { await rm(file); await mkdir(file) },
    'of another key': async (file) => {
      const other = open(t, t.testdir(PEOPLE), { key: { ...KEY, weights: 'newer' } })
      await other.paths()
      await cp(await indexFile(other.folder), file)
    }
  }
  /** Rewrites the lines of photos and updates the checksum. */
  async function forge (file: string, act: (text: string) => string): Promise<void> {
    const bytes = await readFile(file)
    const head = bytes.readUInt32LE(12)
    const header = JSON.parse(bytes.toString('utf8', 16, 16 + head))
    const lines = act(bytes.toString('utf8', 16 + head, 16 + head + header.text))
    const json = Buffer.from(JSON.stringify({ ...header, text: Buffer.byteLength(lines) }))
    bytes.writeUInt32LE(json.length, 12)
    const body = Buffer.concat([bytes.subarray(0, 16), json, Buffer.from(lines), bytes.subarray(16 + head + header.text, -32)])
    await writeFile(file, Buffer.concat([body, createHash('sha256').update(body).digest()]))
  }
  for (const [how, act] of Object.entries(harm)) {
    await t.test(how, async (t) => {
      const root = t.testdir(PEOPLE)
      const first = open(t, root)
      await first.paths()
      await act(await indexFile(first.folder))
      const second = open(t, root)
      const { hits, warnings } = await second.index.find([X], ALL)
      t.equal(hits[0]!.length, 3)
      t.match(warnings.at(-1), { message: /^The index .* was rebuilt: / })
      t.equal(second.engine.seen.length, 3)
      if (how === 'that is a folder') return
      const third = open(t, root)
      t.strictSame((await third.index.find([X], ALL)).warnings, [])
      t.strictSame(third.engine.seen, [], 'and whole again')
    })
  }
})

t.test('removing the index file requests a new one', async (t) => {
  const root = t.testdir(PEOPLE)
  const { paths, engine, folder } = open(t, root)
  await paths()
  await rm(folder, { recursive: true })
  t.equal((await paths()).length, 3)
  t.equal(engine.seen.length, 6)
  t.ok(await indexFile(folder))
})

t.test('an index that cannot be written stays in memory, with a warning', async (t) => {
  const root = t.testdir({ ...PEOPLE, '.visage': 'a file in the place of the folder' })
  const { index, engine } = open(t, root)
  for (let i = 0; i < 2; i++) {
    const { hits, warnings } = await index.find([X], ALL)
    t.equal(hits[0]!.length, 3)
    t.match(warnings, [{ message: /could not be saved in \.visage/ }])
  }
  t.equal(engine.seen.length, 3)
  await rm(join(root, '.visage'))
  await writeFile(join(root, 'bob/2.jpg'), '1,1')
  t.strictSame((await index.find([X], ALL)).warnings, [], 'the next change is saved when that is possible again')
  const second = open(t, root)
  t.equal((await second.paths()).length, 4)
  t.strictSame(second.engine.seen, [])
})

t.test('removing the folder of the index in the middle of a run does not fail the search', async (t) => {
  const root = t.testdir(PEOPLE)
  const { engine, paths, folder } = open(t, root)
  engine.before = () => rm(folder, { recursive: true, force: true })
  t.equal((await paths()).length, 3)
  t.equal((await paths()).length, 3)
})

t.test('indexes of several keys lie side by side', async (t) => {
  const root = t.testdir(PEOPLE)
  const one = open(t, root)
  const two = open(t, root, { key: { ...KEY, align: false } })
  await one.paths()
  await two.paths()
  t.equal(two.engine.seen.length, 3)
  t.equal((await readdir(one.folder)).filter((name) => name.endsWith('.index')).length, 2)
})

t.test('embeddings of another length replace the older ones', async (t) => {
  const root = t.testdir(PEOPLE)
  const { index, engine } = open(t, root)
  await index.find([X], ALL)
  engine.before = async () => {}
  for (const photo of ['alice/1.jpg', 'alice/2.jpg', 'bob/1.jpg']) await writeFile(join(root, photo), '1,0,0')
  const { hits } = await index.find([Float32Array.of(1, 0, 0)], ALL)
  t.equal(hits[0]!.length, 3)
})

t.test('several processes', async (t) => {
  const child = (root: string, pause: number) => fork(new URL('indexing-process.ts', import.meta.url), [root, String(pause)])
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.jpg`, `1,${i}`]))

  t.test('two processes that start together read each photo once', async (t) => {
    const root = t.testdir(many(30))
    const answers = await Promise.all([child(root, 5), child(root, 5)].map(async (process) => {
      let last: unknown
      process.on('message', (message) => { last = message })
      await once(process, 'exit')
      return last as { looked: number, hits: number }
    }))
    t.strictSame(answers.map(({ hits }) => hits), [30, 30])
    t.equal(answers[0]!.looked + answers[1]!.looked, 30)
  })

  t.test('photos that another process has indexed are searched without being indexed again', async (t) => {
    const root = t.testdir(PEOPLE)
    const [one, two] = [open(t, root), open(t, root)]
    await one.paths()
    t.equal((await two.paths()).length, 3)
    await writeFile(join(root, 'bob/2.jpg'), '1,1')
    t.equal((await two.paths()).length, 4)
    t.equal((await one.paths()).length, 4)
    t.equal((await one.paths({ refresh: false })).length, 4)
    t.equal(one.engine.seen.length + two.engine.seen.length, 4)
  })

  t.test('kill -9 at any moment loses no checkpoint and damages nothing', async (t) => {
    const count = 60
    const root = t.testdir(many(count))
    const past = new Date(Date.now() - 60_000)
    let kept = 0
    for (let round = 0; round < 8; round++) {
      const process = child(root, 1)
      // Killed after a few photos, in the middle of whatever it then does.
      let left = 1 + (round * 7) % 5
      process.on('message', () => { if (--left === 0) process.kill('SIGKILL') })
      await once(process, 'exit')
      // As if the killed process had died a minute ago, so that its lock counts as left behind.
      for (const name of await readdir(join(root, '.visage')).catch(() => [])) {
        if (name.endsWith('.lock')) await utimes(join(root, '.visage', name), past, past)
      }
      const { index, engine } = open(t, root)
      let seen = 0
      const none = new AbortController()
      engine.before = async () => { if (++seen === 1) none.abort(new Error('enough')) }
      const { photos } = await index.find([X], { ...ALL, refresh: false, signal: none.signal }).then(() => index.progress(), () => index.progress())
      await index.close()
      t.ok(photos >= kept, `round ${round}: ${photos} photos`)
      kept = photos
    }
    const { index, lines } = open(t, root)
    const { hits, warnings } = await index.find([X], ALL)
    t.equal(hits[0]!.length, count)
    t.strictSame(warnings, [])
    t.notOk(lines.some((line) => line.includes('rebuilt')))
  })
})

t.test('temporary files of killed processes are removed once they are old', async (t) => {
  const root = t.testdir({ ...PEOPLE, '.visage': { 'x.index.0123456789ab.tmp': 'old', 'y.index.0123456789ab.tmp': 'young' } })
  const { paths, folder } = open(t, root)
  await utimes(join(folder, 'x.index.0123456789ab.tmp'), 1, 1)
  await paths()
  t.strictSame((await readdir(folder)).filter((name) => name.endsWith('.tmp')), ['y.index.0123456789ab.tmp'])
})

t.test('a folder may be added while the root is empty', async (t) => {
  const root = t.testdir({})
  const { paths } = open(t, root)
  t.strictSame(await paths(), [])
  await mkdir(join(root, 'new'))
  await writeFile(join(root, 'new/1.jpg'), '1,0')
  t.strictSame(await paths(), ['new/1.jpg'])
})
