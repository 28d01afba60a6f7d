import { join } from 'node:path'
import t from 'tap'
import { UsageError } from '../../../src/commands/usage-error.ts'
import { imageDecodeError, noFaceDetected } from '../../../src/errors.ts'
import { findPhotoFolder, photosWithoutFaces, runOnPhotos } from '../../../tools/evaluation/run-on-photos.ts'

/** Fake detector that returns the letters of a "photo" as its faces. */
async function letters (bytes: Uint8Array): Promise<string[]> {
  const text = Buffer.from(bytes).toString()
  if (text === '') throw noFaceDetected()
  if (text === '!') throw imageDecodeError('The bytes are no image.')
  if (text === '?') throw new Error('lost')
  return [...text]
}

/** Returns a promise and a function whose `n`th call fulfils it. */
function gate (n: number): [Promise<void>, () => void] {
  let open: () => void
  let calls = 0
  const opened = new Promise<void>((resolve) => { open = resolve })
  return [opened, () => { if (++calls === n) open() }]
}

t.test('each photo is processed once, by its path', async (t) => {
  const folder = t.testdir({ a: 'x', b: 'xy', sub: { c: '' } })
  let looks = 0
  const told: string[] = []
  const seen = await runOnPhotos(folder, ['a', 'b', 'sub/c'], 2, (bytes) => { looks++; return letters(bytes) }, (done, of) => told.push(`${done}/${of}`))
  t.strictSame(new Map([...seen.faces].sort()), new Map([['a', ['x']], ['b', ['x', 'y']], ['sub/c', []]]))
  t.strictSame(photosWithoutFaces(seen), ['sub/c'])
  t.equal(looks, 3)
  t.strictSame(told, ['1/3', '2/3', '3/3'])
  t.ok(seen.ms > 0)
})

t.test('no more photos at once than asked', async (t) => {
  const folder = t.testdir(Object.fromEntries([...'abcdef'].map((name) => [name, name])))
  const [three, release] = gate(3)
  let now = 0
  let looks = 0
  await runOnPhotos(folder, [...'abcdef'], 3, async (bytes) => {
    t.ok(++now <= 3)
    // The first three wait for each other, so the run ends only if three are processed in parallel.
    if (++looks <= 3) release()
    await three
    now--
    return letters(bytes)
  })
  t.equal(looks, 6)
})

t.test('a photo that cannot be read or decoded is named', async (t) => {
  const folder = t.testdir({ bad: '!', broken: '?' })
  await t.rejects(runOnPhotos(folder, ['none'], 1, letters), { constructor: UsageError, message: `The photo ${join(folder, 'none')} cannot be read.` })
  await t.rejects(runOnPhotos(folder, ['bad'], 1, letters), { constructor: UsageError, message: 'bad: The bytes are no image.' })
  await t.rejects(runOnPhotos(folder, ['broken'], 1, letters), { message: 'lost' }, 'other failures stay what they are')
})

t.test('photos are found beside the list or above it', async (t) => {
  const has = (...paths: string[]) => (path: string): boolean => paths.includes(path)
  for (const folder of ['/data/lists', '/data/lists/lfw', '/data', '/data/lfw-deepfunneled', '/data/lists/lfw-deepfunneled/lfw-deepfunneled']) {
    t.equal(findPhotoFolder('/data/lists/pairs.txt', ['A/A_0001.jpg'], has(`${folder}/A/A_0001.jpg`)), folder)
  }
  t.throws(() => findPhotoFolder('/data/pairs.txt', ['A/A_0001.jpg'], has()), { constructor: UsageError, message: /--photos <folder>/ })
  t.throws(() => findPhotoFolder('/data/pairs.txt', [], () => true), UsageError)
})
