import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { openSqliteStore } from '../../../src/collections/sqlite/sqlite-store.ts'
import { runCollections } from '../../../src/commands/collections-cli.ts'
import { settingsOf } from '../../../src/commands/deepface-index.ts'
import { ascii, bytes, dict, global, int, joined, list, NONE, type Piece, pickle, reduce, text, tuple } from '../converter/importers/pickles.ts'

const log = { warn: () => {}, error: () => {} }
const NAME = 'ds_model_sface_detector_yunet_aligned_normalization_base_expand_0.pkl'
const LENGTH = 128

/** A Python float: BINFLOAT, eight bytes, big-endian. */
function float (value: number): Piece {
  const piece = Buffer.alloc(9, 'G')
  piece.writeDoubleBE(value, 1)
  return piece
}

const vector = (seed: number, length = LENGTH): Piece => list(...Array.from({ length }, (_, i) => float(Math.sin(seed + i))))
const row = (identity: string, embedding: Piece, more: Readonly<Record<string, Piece>> = {}): Piece =>
  dict({ identity: text(identity), hash: text('0'.repeat(40)), embedding, target_x: int(1), target_y: int(2), target_w: int(30), target_h: int(40), ...more })

async function place (t: Test) {
  const folder = t.testdir({ people: {} })
  const path = join(folder, 'faces.db')
  const store = await openSqliteStore({ path, log, threads: false })
  t.teardown(() => store.close())
  return {
    store,
    async run (file: Piece, args: readonly string[] = [], name = NAME) {
      await writeFile(join(folder, 'people', name), file)
      const stdout = new PassThrough()
      let err = ''
      const code = await runCollections(['import', 'staff', join(folder, 'people', name), ...args], {
        url: { kind: 'sqlite', path }, log, stdin: Readable.from([]), stdout, err: (line) => { err += line }
      })
      return { code, out: String(stdout.read()), err }
    },
    async faces () {
      const { items: subjects } = await store.subjects('staff', { limit: 100 })
      return Promise.all(subjects.map(async ({ id, name }) => ({ id, name, faces: (await store.faces('staff', id, { limit: 100 })).items })))
    }
  }
}

t.test('the folders of an index become subjects, its rows faces, and a second import changes nothing', async (t) => {
  const { store, run, faces } = await place(t)
  const file = pickle(list(
    row('people/ann/1.jpg', vector(1)),
    row('people/ann/1.jpg', vector(2)),
    row('people/ann/2020/2.jpg', vector(3)),
    row('people/Bob Ü./1.jpg', vector(4)),
    row('people/eve.jpg', vector(5))
  ))
  const first = await run(file)
  t.strictSame(first, { code: 0, out: '3 subjects and 5 faces are in staff; 0 rows were left out\n', err: '' })
  t.match(await store.collection('staff'), { model: 'SFace', detector: 'yunet', pipeline: 'deepface', normalization: 'base', align: true, length: LENGTH, storePhotos: false })
  const before = await faces()
  t.strictSame(before.map(({ id, name, faces }) => [id.replace(/^n-.{40}$/, 'n-'), name, faces.length]), [['ann', null, 3], ['n-', 'Bob Ü.', 1], ['eve', null, 1]])
  t.strictSame(before[0]!.faces[0]!.details, { box: { x: 1, y: 2, w: 30, h: 40 } })
  t.strictSame(before[0]!.faces[1]!.embedding, Float32Array.from({ length: LENGTH }, (_, i) => Math.sin(2 + i)))
  t.strictSame(await run(file), first)
  t.strictSame((await faces()).map(({ id, faces }) => [id, faces.map(({ id }) => id)]), before.map(({ id, faces }) => [id, faces.map(({ id }) => id)]))
})

t.test('an index that Python wrote', async (t) => {
  const { run, faces } = await place(t)
  // Python 3.11: pickle.dumps(rows, pickle.HIGHEST_PROTOCOL), whose rows have the keys in DeepFace's order, and embeddings [1.0, 0.5, …, 0.5] and None.
  const file = await readFile(join(import.meta.dirname, '../../fixtures/deepface-index.pkl'))
  t.match(await run(file), {
    code: 0,
    out: '1 subjects and 1 faces are in staff; 1 rows were left out\n',
    err: /^row 1, db\/bob\/1\.jpg, has no embedding: DeepFace found no face on the photo\n$/
  })
  const embedding = Float32Array.from({ length: LENGTH }, (_, i) => i === 0 ? 1 : 0.5)
  t.match(await faces(), [{ id: 'ann', faces: [{ embedding, details: { box: { x: 10, y: 20, w: 30, h: 40 } } }] }])
})

t.test('rows that cannot be enrolled are reported one by one, and the others are enrolled', async (t) => {
  const { run } = await place(t)
  const { code, out, err } = await run(pickle(list(
    row('people/ann/1.jpg', NONE),
    row('people/ann/2.jpg', vector(1, 127)),
    row('people/ann/3.jpg', list(float(NaN), ...Array.from({ length: 127 }, () => float(1)))),
    row('people/ann/4.jpg', list(...Array.from({ length: 128 }, () => text('1')))),
    row('people/ann/5.jpg', text('1,2')),
    row('', vector(1)),
    dict({ identity: text('people/ann/6.jpg') }),
    int(7),
    row('/', list(...Array.from({ length: 128 }, () => int(0)))),
    row('people/bob/1.jpg', vector(1), { target_w: NONE })
  )))
  t.strictSame([code, out], [0, '1 subjects and 1 faces are in staff; 9 rows were left out\n'])
  t.strictSame(err.trimEnd().split('\n'), [
    'row 0, people/ann/1.jpg, has no embedding: DeepFace found no face on the photo',
    'row 1, people/ann/2.jpg, has an embedding that must have 128 values, the length of an embedding of SFace, and has 127',
    'row 2, people/ann/3.jpg, has an embedding that must have values that float32 can hold',
    'row 3, people/ann/4.jpg, has "1" in its embedding; it must be a list of numbers',
    'row 4, people/ann/5.jpg, has "1,2" for an embedding; it must be a list of numbers',
    'row 5 has no identity, the path of its photo',
    'row 6, people/ann/6.jpg, has nothing for an embedding; it must be a list of numbers',
    'row 7 is 7, no dictionary',
    'row 8, /, has an embedding that must not be all zeros: such a vector has no direction'
  ])
})

t.test('an index that names a class or function, or is damaged, is refused as a whole', async (t) => {
  const { store, run } = await place(t)
  const good = pickle(list(row('people/ann/1.jpg', vector(1))))
  for (const [what, file, message] of [
    ['a call of a shell', pickle(reduce(global('os', 'system'), text('true'))), /names os\.system, which is not allowed; nothing of it was run\. No class or function may be named here/],
    ['one inside a row', pickle(list(row('people/ann/1.jpg', reduce(global('posix', 'system'), text('true'))))), /names posix\.system/],
    ['one by STACK_GLOBAL', pickle(joined(text('builtins'), text('eval'), bytes(0x93), tuple(text('1')), ascii('R'))), /names builtins\.eval/],
    ['a scalar of NumPy', pickle(list(row('people/ann/1.jpg', list(reduce(global('numpy.core.multiarray', 'scalar'), int(1)))))), /names numpy\.core\.multiarray\.scalar/],
    ['no list', pickle(int(1)), /The index should be a list or tuple, and is 1/],
    ['nothing', bytes(), /cut off/],
    ['more operations than rows need', joined(bytes(0x80, 2), ascii('N'.repeat(2000)), ascii('.')), /more than 1668 operations/],
    ['half a file', good.subarray(0, good.length / 2), /cut off/]
  ] as const) await t.rejects(run(file), { code: 'validation_error', message }, what)
  for (let length = 0; length < good.length; length += 97) await t.rejects(run(good.subarray(0, length)), { code: 'validation_error' }, `cut off at ${length}`)
  t.equal(await store.collection('staff'), undefined, 'and no collection is made for it')
})

t.test('a large index: more operations than a network may have', async (t) => {
  const { run } = await place(t)
  const embedding = vector(1)
  t.match(await run(pickle(list(...Array.from({ length: 2000 }, (_, i) => row(`people/p${i % 500}/${i}.jpg`, embedding))))), { out: '500 subjects and 2000 faces are in staff; 0 rows were left out\n' })
})

t.test('the database is derived from the file or the paths, or given by --root', async (t) => {
  const ids = async (identities: readonly string[], args: readonly string[] = []) => {
    const { run, faces } = await place(t)
    await run(pickle(list(...identities.map((identity, i) => row(identity, vector(i))))), args)
    return (await faces()).map(({ id }) => id)
  }
  t.strictSame(await ids(['/data/people/ann/1.jpg', '/data/people/ann/2.jpg']), ['ann'], 'one person in the folder of the file')
  t.strictSame(await ids(['./1.jpg', './2.jpg']), ['1', '2'], 'photos in no folder')
  t.strictSame(await ids(['C:\\db\\ann\\1.jpg', 'C:\\db\\bob\\1.jpg']), ['ann', 'bob'], 'what all paths share')
  t.strictSame(await ids(['db/ann/1.jpg', 'db/ann/2.jpg'], ['--root', 'db/']), ['ann'])
  await t.rejects(ids(['db/ann/1.jpg'], ['--root', 'other']), { message: /Not all photos lie in other/ })
})

t.test('the settings come from the name of the file, or from options', async (t) => {
  t.match(settingsOf('ds_model_vggface_detector_opencv_unaligned_normalization_facenet2018_expand_0.pkl', {}), { model: 'VGG-Face', detector: 'opencv', align: false, normalization: 'Facenet2018', pipeline: 'deepface' })
  t.match(settingsOf('faces.pkl', { model: 'Buffalo_L', detector: 'skip', align: 'true', normalization: 'base' }), { model: 'Buffalo_L', detector: 'skip', align: true })
  t.throws(() => settingsOf('faces.pkl', {}), { message: /does not say its model. Say --model as one of VGG-Face, / })
  t.throws(() => settingsOf(NAME.replace('sface', 'nobody'), {}), { message: /nobody is no model/ })
  t.throws(() => settingsOf(NAME.replace('expand_0', 'expand_10'), {}), { message: /margin of 10 %/ })

  const { run, store } = await place(t)
  await store.createCollection({ id: 'staff', model: 'SFace', pipeline: 'native', detector: 'yunet', normalization: 'base', align: true, length: LENGTH, storePhotos: false })
  await t.rejects(run(pickle(list())), { code: 'conflict', message: /made with pipeline deepface; staff has native/ })
  const misplaced = await runCollections(['list', '--model', 'SFace'], {
    url: { kind: 'sqlite', path: join(t.testdirName, 'faces.db') }, log, stdin: Readable.from([]), stdout: new PassThrough(), err: () => {}
  })
  t.equal(misplaced, 2, 'no other command has these options')
})
