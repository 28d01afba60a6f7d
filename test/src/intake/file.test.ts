import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, linkSync, mkdirSync, openSync, realpathSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { openFileReader, pathOfUrl } from '../../../src/intake/file.ts'
import { random } from '../../random.ts'
import { refused } from './refused.ts'

const LIMIT = 1000

/** Creates a folder with images, another with faces, and secrets beside them. */
function world (t: Test) {
  const base = realpathSync(t.testdir({
    images: { 'a.jpg': 'image a', 'both.jpg': 'of images', sub: { 'b.jpg': 'image b', 'with space é.jpg': 'image c' }, '..dots.jpg': 'dots', 'empty.jpg': '' },
    faces: { alice: { '1.jpg': 'alice' }, 'both.jpg': 'of faces' },
    'images-secret': { 'a.jpg': 'secret' },
    'secret.txt': 'secret'
  }))
  const images = join(base, 'images')
  const faces = join(base, 'faces')
  const readFile = openFileReader({ roots: [images, faces], maxBytes: LIMIT })
  return { base, images, faces, read: async (path: string) => Buffer.from(await readFile(path, undefined)).toString() }
}

t.test('paths inside are read', async (t) => {
  const { images, faces, read } = world(t)
  t.equal(await read('a.jpg'), 'image a')
  t.equal(await read('./sub//b.jpg'), 'image b')
  t.equal(await read('sub/with space é.jpg'), 'image c')
  t.equal(await read('..dots.jpg'), 'dots')
  t.equal(await read(join(images, 'a.jpg')), 'image a')
  t.equal(await read(join(faces, 'alice/1.jpg')), 'alice')
  t.equal(await read('alice/1.jpg'), 'alice')
  t.equal(await read('both.jpg'), 'of images', 'IMAGES_ROOT comes first')
  t.equal(await read(pathOfUrl(pathToFileURL(join(images, 'sub/with space é.jpg')).href)), 'image c')
})

t.test('a path as find reports it is read, below a root relative to the working directory', async (t) => {
  const { base } = world(t)
  const before = process.cwd()
  process.chdir(base)
  t.teardown(() => process.chdir(before))
  const readFile = openFileReader({ roots: ['./faces'], maxBytes: LIMIT })
  t.equal(Buffer.from(await readFile('faces/alice/1.jpg', undefined)).toString(), 'alice')
  await refused(t, readFile('secret.txt', undefined))
})

t.test('paths outside are refused with the same message as missing files', async (t) => {
  const { base, images, read } = world(t)
  symlinkSync(join(base, 'secret.txt'), join(images, 'out.jpg'))
  symlinkSync(base, join(images, 'up'))
  symlinkSync('/etc', join(images, 'etc'))
  symlinkSync('loop.jpg', join(images, 'loop.jpg'))
  symlinkSync(join(base, 'nothing'), join(images, 'dangling.jpg'))
  const { message } = await refused(t, read('missing.jpg'))
  for (const path of ['../secret.txt', 'sub/../../secret.txt', 'sub/../a.jpg', `${images}/../secret.txt`, '..', '.', '', '/', './', 'sub\\..\\a.jpg',
    join(base, 'secret.txt'), join(base, 'images-secret/a.jpg'), join(base, 'nothing'), '/etc/passwd', '/etc/nothing', '/proc/self/environ', '/dev/zero',
    'out.jpg', 'up/secret.txt', 'up/images/../secret.txt', 'etc/passwd', 'etc/nothing', 'loop.jpg', 'dangling.jpg', images, base, 'sub', 'a.jpg/b',
    'a.jpg\0', 'a.jpg\0.png', '\0', '../secret.txt\0.jpg', 'a'.repeat(300), 'a/'.repeat(3000), '~/a.jpg', '%2e%2e/secret.txt', ' a.jpg', 'A.JPG\n']) {
    const name = JSON.stringify(path.slice(0, 60))
    const error = await refused(t, read(path), 'image_decode_error', name)
    t.equal(error.message, message, name)
  }
  t.notMatch(message, base)
})

t.test('links that stay inside are followed, and roots may be links', async (t) => {
  const { base, images, faces, read } = world(t)
  symlinkSync(join(images, 'a.jpg'), join(images, 'inner.jpg'))
  symlinkSync(faces, join(images, 'people'))
  linkSync(join(images, 'a.jpg'), join(images, 'hard.jpg'))
  t.equal(await read('inner.jpg'), 'image a')
  t.equal(await read('people/alice/1.jpg'), 'alice')
  t.equal(await read('hard.jpg'), 'image a')
  symlinkSync(images, join(base, 'link'))
  const readFile = openFileReader({ roots: [join(base, 'link')], maxBytes: LIMIT })
  for (const path of ['a.jpg', join(base, 'link/a.jpg'), join(images, 'a.jpg')]) t.equal(Buffer.from(await readFile(path, undefined)).toString(), 'image a', path)
})

t.test('paths that are not files are refused without waiting', async (t) => {
  const { images, read } = world(t)
  execFileSync('mkfifo', [join(images, 'fifo.jpg')])
  mkdirSync(join(images, 'folder.jpg'))
  const server = createServer()
  // The path of a socket has 107 bytes at most, wherever the checkout is.
  await new Promise<void>((resolve) => server.listen(relative('.', join(images, 's')), resolve))
  t.teardown(() => server.close())
  for (const path of ['fifo.jpg', 'folder.jpg', 's']) await refused(t, read(path), 'image_decode_error', path)
})

t.test('a file without permission to read is refused', { skip: process.getuid?.() === 0 && 'root may read everything' }, async (t) => {
  const { images, read } = world(t)
  chmodSync(join(images, 'a.jpg'), 0)
  await refused(t, read('a.jpg'))
})

t.test('sizes are limited before anything is read', async (t) => {
  const { images, read } = world(t)
  writeFileSync(join(images, 'full.jpg'), Buffer.alloc(LIMIT, 'a'))
  t.equal((await read('full.jpg')).length, LIMIT)
  writeFileSync(join(images, 'over.jpg'), Buffer.alloc(LIMIT + 1))
  await refused(t, read('over.jpg'), 'image_too_large')
  closeSync(openSync(join(images, 'sparse.jpg'), 'w'))
  truncateSync(join(images, 'sparse.jpg'), 2 ** 40)
  await refused(t, read('sparse.jpg'), 'image_too_large', 'a terabyte, refused by its size')
  t.match((await refused(t, read('empty.jpg'))).message, 'empty')
})

t.test('the bytes own their memory', async (t) => {
  const { images } = world(t)
  const bytes = await openFileReader({ roots: [images], maxBytes: LIMIT })('a.jpg', undefined)
  t.equal(bytes.buffer.byteLength, 7)
})

t.test('an aborted signal ends the reading', async (t) => {
  const { images } = world(t)
  await t.rejects(openFileReader({ roots: [images], maxBytes: LIMIT })('a.jpg', AbortSignal.abort(new Error('gone'))), { message: 'gone' })
})

t.test('without a root nothing is read; a missing root is skipped', async (t) => {
  const { base, images } = world(t)
  t.match((await refused(t, openFileReader({ roots: [], maxBytes: LIMIT })('a.jpg', undefined))).message, 'IMAGES_ROOT')
  await refused(t, openFileReader({ roots: [join(base, 'later')], maxBytes: LIMIT })('a.jpg', undefined))
  const readFile = openFileReader({ roots: [join(base, 'later'), images], maxBytes: LIMIT })
  t.equal(Buffer.from(await readFile('a.jpg', undefined)).toString(), 'image a')
  mkdirSync(join(base, 'later'))
  writeFileSync(join(base, 'later/new.jpg'), 'new')
  t.equal(Buffer.from(await readFile('new.jpg', undefined)).toString(), 'new')
})

t.test('a folder that is replaced by a link between check and open exposes nothing', async (t) => {
  const { base, images, read } = world(t)
  mkdirSync(join(base, 'outside'))
  writeFileSync(join(base, 'outside/b.jpg'), 'secret')
  const folder = join(images, 'sub')
  const aside = join(base, 'aside')
  const link = join(base, 'link')
  symlinkSync(join(base, 'outside'), link)
  let flipping = true
  let swapped = false
  const flip = (): void => {
    if (!flipping) return
    if (swapped) {
      renameSync(folder, link)
      renameSync(aside, folder)
    } else {
      renameSync(folder, aside)
      renameSync(link, folder)
    }
    swapped = !swapped
    setImmediate(flip)
  }
  flip()
  const seen = new Set<string>()
  for (let i = 0; i < 3000; i++) seen.add(await read('sub/b.jpg').catch((error) => error.code))
  flipping = false
  t.notOk(seen.has('secret'))
  t.ok(seen.has('image_decode_error'), 'the swap took effect')
})

t.test('a folder that is exchanged between check and open, or while its file is read, exposes nothing', async (t) => {
  for (const moment of ['before the file is opened', 'while it is read'] as const) {
    const { base, images } = world(t)
    mkdirSync(join(base, 'outside'))
    writeFileSync(join(base, 'outside/b.jpg'), 'secret')
    const exchange = (): void => {
      renameSync(join(images, 'sub'), join(base, 'aside'))
      renameSync(join(base, 'outside'), join(images, 'sub'))
    }
    const open = async (...parameters: Parameters<typeof fs.open>) => {
      if (moment === 'before the file is opened') exchange()
      const handle = await fs.open(...parameters)
      if (moment === 'while it is read') {
        const read = handle.read.bind(handle)
        handle.read = (async (...rest: Parameters<typeof read>) => { exchange(); return await read(...rest) }) as typeof handle.read
      }
      return handle
    }
    const mocked = await t.mockImport<typeof import('../../../src/intake/file.ts')>('../../../src/intake/file.ts', { 'node:fs/promises': { ...fs, open } })
    // The mocked module has a FaceError class of its own.
    await t.rejects(mocked.openFileReader({ roots: [images], maxBytes: LIMIT })('sub/b.jpg', undefined), { name: 'FaceError', code: 'image_decode_error' }, moment)
  }
})

t.test('random paths never lead out', async (t) => {
  const { base, images, read } = world(t)
  symlinkSync(base, join(images, 'up'))
  symlinkSync('..', join(images, 'sub/parent'))
  const parts = ['..', '.', '', 'sub', 'a.jpg', 'b.jpg', 'up', 'parent', 'images', 'faces', 'images-secret', 'secret.txt', 'alice', '1.jpg', '\0', base, images]
  const next = random(4)
  let found = 0
  for (let i = 0; i < 3000; i++) {
    const path = Array.from({ length: 1 + Math.floor(next() * 5) }, () => parts[Math.floor(next() * parts.length)]).join('/')
    const text = await read(path).catch((error) => {
      if (error.code !== 'image_decode_error') throw error
    })
    if (text === 'secret') t.fail(path)
    if (text !== undefined) found++
  }
  t.ok(found > 10, 'some lead to images')
})

t.test('file: URLs', async (t) => {
  t.equal(pathOfUrl('file:///a/b%20c.jpg'), '/a/b c.jpg')
  t.equal(pathOfUrl('FILE://localhost/a.jpg'), '/a.jpg')
  t.equal(pathOfUrl('file:///a/../../etc/passwd'), '/etc/passwd', 'the reader checks where it leads')
  for (const url of ['file://host/a.jpg', 'file:///a%2fb.jpg', 'file://[', 'file:///%zz']) t.throws(() => pathOfUrl(url), { name: 'FaceError', code: 'image_decode_error' }, url)
  const { images, read } = world(t)
  await refused(t, read(pathOfUrl('file:///a.jpg%00')))
  await refused(t, read(pathOfUrl(`file://${images}/%2e%2e/secret.txt`)))
  rmSync(join(images, 'a.jpg'))
  await refused(t, read(pathOfUrl(`file://${images}/a.jpg`)))
})
