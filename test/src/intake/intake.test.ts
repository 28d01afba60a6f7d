import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { FaceError } from '../../../src/errors.ts'
import { type IntakeOptions, openIntake } from '../../../src/intake/intake.ts'
import { random } from '../../random.ts'
import { memoryLog, refused } from './refused.ts'
import { serve } from './servers.ts'

const LIMIT = 10_000
const JPEG = Buffer.from('\xff\xd8\xff\xe0 the rest of a photo, long enough', 'latin1')

function intake (t: Test, options: Partial<IntakeOptions> = {}) {
  const reader = openIntake({ allowPrivateUrls: false, urlAllowedHosts: [], maxImageBytes: LIMIT, urlTimeoutMs: 20_000, log: memoryLog(), ...options })
  t.teardown(() => reader.close())
  return { ...reader, read: async (image: string, signal?: AbortSignal) => Buffer.from(await reader.read(image, signal ? { signal } : {})) }
}

t.test('all forms of an image yield the same bytes', async (t) => {
  const imagesRoot = t.testdir({ 'photo 1.jpg': JPEG })
  const peer = await serve(t, (_request, response) => response.end(JPEG))
  const { read } = intake(t, { imagesRoot, allowPrivateUrls: true })
  const file = join(imagesRoot, 'photo 1.jpg')
  for (const image of [JPEG.toString('base64'), `data:image/jpeg;base64,${JPEG.toString('base64')}`, `${peer.origin}/photo`, peer.origin.toUpperCase(),
    'photo 1.jpg', file, pathToFileURL(file).href]) {
    t.strictSame(await read(image), JPEG, image)
  }
})

t.test('a path that looks like base64 is a path, unless an image begins with its bytes', async (t) => {
  const { read } = intake(t, { imagesRoot: t.testdir({ aGVsbG8: 'a path', '9j': { '4lice.jpg': 'another' } }) })
  t.equal((await read('aGVsbG8')).toString(), 'a path')
  t.equal((await read('9j/4lice.jpg')).toString(), 'another')
  t.match((await refused(t, read('/9j/4AAQSkZJRgABAQAAAQABAAD/!'))).message, 'base64')
})

t.test('texts of no known form are refused', async (t) => {
  const { read } = intake(t)
  t.match((await refused(t, read(''))).message, 'empty')
  t.match((await refused(t, read('photo.jpg'))).message, 'Images by path are off')
  t.match((await refused(t, read(Buffer.alloc(6000, 'text').toString('base64')))).message, 'not base64 of a JPEG')
  for (const url of ['ftp://example.com/a.jpg', 'gopher://example.com/', 's3://bucket/key', 'FTP://example.com']) t.match((await refused(t, read(url))).message, 'http://', url)
  await refused(t, read('http:127.0.0.1'))
  await refused(t, read('https:\\\\localhost\\a'))
  await refused(t, read(' http://127.0.0.1/'))
  await refused(t, read(`data:image/png;base64,${'A'.repeat(2 * LIMIT)}`), 'image_too_large')
})

t.test('a signal that aborted before the call', async (t) => {
  await t.rejects(intake(t).read(JPEG.toString('base64'), AbortSignal.abort(new Error('gone'))), { message: 'gone' })
})

t.test('close refuses later calls', async (t) => {
  const { read, close } = intake(t, { allowPrivateUrls: true })
  await close()
  await refused(t, read('http://127.0.0.1:1/'), 'service_unavailable')
})

t.test('random texts yield bytes or a FaceError', async (t) => {
  const { read } = intake(t, { imagesRoot: t.testdir({ a: 'x' }), resolve: async () => { throw new Error('no') } })
  const next = random(5)
  const parts = ['data:', 'image/png', ';base64,', 'http:', 'https://', 'file:', '//', '/', '..', '[', ']', '::1', '@', ':', '%', '%00', '\0', '127.1', 'localhost', '/9j/4AAQ', 'iVBORw0KGgo', '=', ' ', '\n', '\ud800', 'é', 'a', '?', '#', '\\']
  let refusals = 0
  for (let i = 0; i < 5000; i++) {
    const text = Array.from({ length: Math.floor(next() * 8) }, () => parts[Math.floor(next() * parts.length)]).join('')
    await read(text).catch((error) => {
      if (!(error instanceof FaceError)) throw new Error(JSON.stringify(text), { cause: error })
      refusals++
    })
  }
  t.ok(refusals > 4000)
})
