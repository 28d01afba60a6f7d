import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { fletcher32, lookup3 } from '../../../../../src/converter/importers/keras/hdf5/checksum.ts'
import { openHdf5 } from '../../../../../src/converter/importers/keras/hdf5/read-hdf5.ts'
import { readWeights } from '../../../../../src/converter/importers/keras/keras-weights.ts'
import { withReferences } from '../../../../keras/reference.ts'
import { readFixture, readFixtures } from '../../../../keras/tiny.ts'
import { SHARED } from '../../../../shared.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const damaged = { name: 'ConversionError' }

t.test('every variant of file returns the layers, names, shapes and bytes that h5py wrote', withReferences, async (t) => {
  for (const [name, { layers }] of Object.entries(await readFixtures())) {
    if (!layers) continue
    const expected = layers.filter(([, weights]) => weights.length > 0)
    const found = readWeights(await readFixture(name)).map(({ layer, weights }) =>
      [layer, weights.map(({ name, dims, bytes }) => [name, dims, sha256(bytes())])])
    t.strictSame(found, expected, name)
  }
})

t.test('a file from other tools (Keras 2.0.5, whole model with optimizer) is read byte for byte', withReferences, async (t) => {
  const { file: { layers } } = JSON.parse(await readFile(new URL('keras/mini_xception.json', SHARED), 'utf8')) as
    { readonly file: { readonly layers: ReadonlyArray<readonly [string, ReadonlyArray<readonly [string, readonly number[], string, string]>]> } }
  const expected = layers.filter(([, weights]) => weights.length > 0).map(([layer, weights]) =>
    [layer, weights.map(([name, dims, , hash]) => [name, dims, hash])])
  const found = readWeights(await readFile(new URL('weights/fer2013_mini_XCEPTION.102-0.66.hdf5', SHARED)))
  t.strictSame(found.map(({ layer, weights }) => [layer, weights.map(({ name, dims, bytes }) => [name, dims, sha256(bytes())])]), expected)
})

t.test('the file may lie anywhere in its buffer', withReferences, async (t) => {
  const file = await readFixture('plain.h5')
  const shifted = new Uint8Array(file.length + 3)
  shifted.set(file, 3)
  const hashes = (bytes: Uint8Array) => readWeights(bytes).flatMap(({ weights }) => weights.map(({ bytes }) => sha256(bytes())))
  t.strictSame(hashes(shifted.subarray(3)), hashes(file))
})

t.test('contiguous datasets are views of the file', withReferences, async (t) => {
  const file = await readFixture('plain.h5')
  t.ok(readWeights(file).every(({ weights }) => weights.every(({ bytes }) => bytes().buffer === file.buffer)))
})

t.test('the format of Keras 3 is refused by its name', withReferences, async (t) => {
  const file = await readFixture('keras3.weights.h5')
  t.throws(() => readWeights(file), { ...damaged, message: /format of Keras 3/ })
})

t.test('a file that is not HDF5 is refused', async (t) => {
  for (const bytes of [new Uint8Array(), new Uint8Array(5000), new TextEncoder().encode('<html>not found</html>')]) {
    t.throws(() => openHdf5(bytes), { ...damaged, message: /no HDF5 file/ })
  }
})

t.test('a changed byte of a newer structure fails its checksum', withReferences, async (t) => {
  const file = await readFixture('latest.h5')
  file[0x14] = file[0x14]! ^ 1
  t.throws(() => openHdf5(file), damaged)
})

t.test('a changed byte of checksummed data is noticed', withReferences, async (t) => {
  const file = await readFixture('gzip-shuffle.h5')
  const [{ weights: [kernel] }] = readWeights(file) as [ReturnType<typeof readWeights>[number]]
  const before = sha256(kernel!.bytes())
  let refused = 0
  for (let at = file.length - 30_000; at < file.length; at += 97) {
    const copy = file.slice()
    copy[at] = copy[at]! ^ 0x10
    try {
      const [{ weights: [kernel] }] = readWeights(copy) as [ReturnType<typeof readWeights>[number]]
      t.equal(sha256(kernel!.bytes()), before)
    } catch (error) {
      t.match(error, damaged)
      refused++
    }
  }
  t.ok(refused > 0)
})

// Bob Jenkins' own test vectors (lookup3.c, driver5), with an initial value of 0.
t.test('lookup3 passes Jenkins\' test vectors', async (t) => {
  t.equal(lookup3(new Uint8Array()), 0xdeadbeef)
  t.equal(lookup3(new TextEncoder().encode('Four score and seven years ago')), 0x17770551)
})

t.test('fletcher32 depends on the order of words', async (t) => {
  t.equal(fletcher32(Uint8Array.of(0, 1, 0, 2)), 0x00040003)
  t.equal(fletcher32(Uint8Array.of(0, 2, 0, 1)), 0x00050003)
})
