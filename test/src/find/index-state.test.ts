import t from 'tap'
import type { FileChange, IndexFile } from '../../../src/find/index-file.ts'
import { createIndexState } from '../../../src/find/index-state.ts'
import type { Photo } from '../../../src/find/photo.ts'

const silent = { info: () => {}, warn: () => {} }
const photo = (path: string, more: Partial<Photo> = {}): Photo =>
  ({ path, size: 1, mtimeMs: 1, ctimeMs: 1, hash: path, faces: [{ box: { x: 0, y: 0, w: 1, h: 1 } }], vectors: Float32Array.of(1, 0), ...more })

/** Returns a state over a file in memory; `change` is what the next read finds, `isFull` makes saves fail. */
function world () {
  const disk = { change: { state: 'unchanged' } as FileChange, isFull: false, saved: [] as string[] }
  const file: IndexFile = {
    readChange: async () => disk.change,
    async save (_length, photos) {
      if (disk.isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      disk.saved = photos.map(({ path }) => path)
    },
    lock: async () => async () => {}
  }
  const state = createIndexState('x.index', file, silent)
  const paths = () => [...state.vectors().photos.keys()]
  const stage = () => !state.isComplete() ? 'incomplete' : state.isSettled() ? 'settled' : 'unsaved'
  return { disk, state, paths, stage }
}

t.test('a run makes an index complete, and a save settles it', async (t) => {
  const { state, stage } = world()
  t.equal(stage(), 'incomplete')
  await state.replace([photo('a')], true)
  t.equal(stage(), 'unsaved')
  await state.save([photo('a')])
  t.equal(stage(), 'settled')
})

t.test('a run that broke off keeps its photos, and does not make an index complete', async (t) => {
  const { state, stage, paths } = world()
  await state.replace([photo('a')], false)
  await state.save([photo('a')])
  t.strictSame([stage(), paths()], ['incomplete', ['a']])
  await state.replace([photo('a'), photo('b')], true)
  await state.save([])
  await state.replace([photo('a')], false)
  t.equal(stage(), 'unsaved', 'a complete index stays complete')
})

t.test('a failed save settles an index for a while, with a warning', async (t) => {
  const { disk, state, stage } = world()
  await state.replace([photo('a')], true)
  disk.isFull = true
  await state.save([photo('a')])
  t.equal(stage(), 'settled')
  t.match(state.warnings(state.vectors()), [{ message: /could not be saved in \.visage \(ENOSPC\)/ }])
  disk.isFull = false
  await state.save([photo('a')])
  t.strictSame(state.warnings(state.vectors()), [])
})

t.test('a changed file replaces all photos except those with a transient problem, which no file has', async (t) => {
  const { disk, state, stage, paths } = world()
  const failed = photo('failed', { faces: [], vectors: new Float32Array(0), problem: 'The engine failed on it.', isTransient: true })
  await state.replace([photo('a'), failed], true)
  await state.save(state.vectors().photos.values())
  t.strictSame(disk.saved, ['a'])
  disk.change = { state: 'changed', photos: [photo('b')] }
  await state.reload()
  t.strictSame([stage(), paths()], ['settled', ['b', 'failed']])
})

t.test('a damaged file must be saved again; a removed one is indexed again', async (t) => {
  const { disk, state, stage, paths } = world()
  disk.change = { state: 'damaged', why: 'it is cut off' }
  await state.reload()
  t.equal(stage(), 'incomplete')
  await state.replace([photo('a')], true)
  await state.save([photo('a')])
  await state.reload()
  t.strictSame([stage(), paths()], ['unsaved', ['a']])
  t.strictSame(state.warnings(state.vectors()), [{ message: 'The index x.index was rebuilt: it is cut off.' }])
  disk.change = { state: 'removed' }
  await state.reload()
  t.strictSame([stage(), paths()], ['incomplete', []])
})

t.test('at most 100 parts that cannot be read are named, after what the listing left out', async (t) => {
  const { state } = world()
  const cause = Object.assign(new Error('closed'), { code: 'EACCES' })
  state.setListing({ unread: Array.from({ length: 103 }, (_, i) => ({ path: `${i}/`, cause })), leftOut: ['Left out.'] })
  const warnings = state.warnings(state.vectors())
  t.strictSame(warnings.slice(0, 2), [{ message: 'Left out.' }, { photo: '0/', message: 'It cannot be looked at (EACCES).' }])
  t.strictSame(warnings.slice(101), [{ message: '3 more folders and photos cannot be looked at.' }])
  state.setListing({ unread: [], leftOut: [] })
  t.strictSame(state.warnings(state.vectors()), [])
})
