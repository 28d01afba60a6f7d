import t from 'tap'
import { readZip } from '../../../../src/converter/importers/zip.ts'
import { archive } from './archives.ts'
import { ascii, bytes, joined } from './pickles.ts'
import { survives } from './survives.ts'

const file = archive({ a: ascii('one'), b: ascii('two') })
const start = Buffer.from(file).indexOf('PK\x01\x02')

/** Returns `file` with other bytes at a position. */
const changed = (at: number, ...values: readonly number[]) => {
  const copy = file.slice()
  copy.set(values, at)
  return copy
}

t.test('files by name, also with a trailing comment', async (t) => {
  for (const bytes of [file, joined(changed(file.length - 2, 5, 0), ascii('hello'))]) {
    t.strictSame([...readZip(bytes)].map(([name, content]) => [name, Buffer.from(content).toString()]), [['a', 'one'], ['b', 'two']])
  }
})

t.test('stored, packed, with ZIP64 records', async (t) => {
  const files = { 'a.npy': ascii('one one one one'), 'b.npy': ascii('two') }
  for (const options of [{}, { deflate: true }, { zip64: true }]) {
    t.strictSame([...readZip(archive(files, options))].map(([name, content]) => [name, Buffer.from(content).toString()]), [['a.npy', 'one one one one'], ['b.npy', 'two']])
  }
})

t.test('an empty archive', async (t) => t.equal(readZip(archive({})).size, 0))

const refused: Record<string, readonly [file: Uint8Array, message: RegExp]> = {
  'no directory': [file.subarray(0, start), /cut off: it has no directory/],
  nothing: [bytes(), /no directory/],
  'a directory beyond the file': [changed(file.length - 6, 0xff, 0xff), /its directory of \d+ bytes at \d+ is beyond/],
  'a directory of something else': [changed(start, 0), /entry 0 of its directory is none/],
  'more entries than exist': [changed(file.length - 12, 3), /directory of the archive is cut off/],
  'an encrypted file': [changed(start + 8, 1), /a of the archive is encrypted/],
  'another packing': [changed(start + 10, 12), /packed by method 12/],
  'a stored file of two sizes': [changed(start + 24, 4), /a is stored, and has 3 and 4 bytes/],
  'a file at the wrong position': [changed(start + 42, 1), /a is not at 1/],
  'a file beyond the end': [changed(start + 42, 0xff, 0xff), /a at 65535 is beyond/],
  'an entry that unpacks to too much': [archive({ a: new Uint8Array(1_000_000) }, { deflate: true }), /would unpack to 1000000, which no weights do/],
  'an entry that unpacks to more than declared': [archive({ a: new Uint8Array(100_000) }, { deflate: true, claimed: 100 }), /does not unpack to its 100 bytes/],
  'an entry that unpacks to less than declared': [archive({ a: ascii('one') }, { deflate: true, claimed: 200 }), /does not unpack to its 200 bytes/],
  'ZIP64 records at the wrong position': [joined(archive({ a: ascii('one') }, { zip64: true }).subarray(1)), /no ZIP64 record/]
}
for (const [what, [file, message]] of Object.entries(refused)) t.test(`refused: ${what}`, async (t) => t.throws(() => readZip(file), { name: 'ConversionError', message }))

t.test('10,000 damaged archives are read or refused, in bounded memory', async (t) =>
  survives(t, archive({ a: ascii('one one one one'), b: ascii('two') }, { deflate: true }), (file) => { readZip(file) }))
