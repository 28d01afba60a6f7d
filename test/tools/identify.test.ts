import { join } from 'node:path'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { UsageError } from '../../src/commands/usage-error.ts'
import { readConfig } from '../../src/config/config.ts'
import { runIdentify } from '../../tools/identify.ts'
import { build } from '../build.ts'

// Each photo spells the people on it: of ann's three other photos one shows bob and one nobody; cat cannot be enrolled; dan has one
// photo.
const world = {
  ann: { '1.jpg': 'a', '2.jpg': 'a', '3.jpg': 'b', '4.jpg': '-', 'notes.txt': 'a' },
  bob: { '1.jpg': 'b', '2.JPG': 'b' },
  cat: { '1.jpg': 'ab', '2.jpg': 'a' },
  dan: { '1.jpg': 'a' }
}

/** Folders of real pictures, whose bytes after the last of the image spell who is on them. */
async function photos (people: Readonly<Record<string, string>>) {
  const grey = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } }).jpeg().toBuffer()
  return Object.fromEntries(Object.entries(people).map(([person, faces]) =>
    [person, Object.fromEntries([...faces].map((face, i) => [`${i + 1}.jpg`, Buffer.concat([grey, Buffer.from(face)])]))]))
}

async function run (t: Test, args: readonly string[]) {
  let out = ''
  const opened: string[][] = []
  const code = await runIdentify(args, {
    config: readConfig({}),
    async open (models) {
      opened.push([...models])
      const service = await build(t)
      return { url: await service.listen({ host: '127.0.0.1', port: 0 }), workers: service.faceEngine.workers }
    },
    out: (text) => { out += text },
    onPhoto: () => {}
  })
  return { code, out, opened, figures: Object.fromEntries([...out.matchAll(/^(\w+) +(-|[\d.]+) /gm)].map(([, name, value]) => [name, value])) }
}

t.test('each person is enrolled by the first photo and searched for by the others, over HTTP', async (t) => {
  const folder = t.testdir(world)
  const { code, out, opened, figures } = await run(t, [folder])
  t.strictSame([code, opened], [0, [['SFace', 'yunet-int8bq']]])
  t.match(out, 'SFace behind yunet-mesh, native pipeline: 3 people, 2 enrolled, 1 refused, 4 photos searched\n')
  t.match(out, `refused ${join(folder, 'cat/1.jpg')}: several_faces\n`)
  t.match(out, `${join(folder, 'ann/3.jpg')} is taken for bob, and accepted\n`)
  t.match(out, `no face is found on ${join(folder, 'ann/4.jpg')}\n`)
  t.match(figures, { enrolled: '66.67', rank1: '50.00', accepted: '50.00', wrong: '25.00', faceless: '1.00' })
})

t.test('the people may be fewer, their photos of any quality, and bounds decide the exit code', async (t) => {
  const folder = t.testdir(world)
  t.match(await run(t, [folder, '--people', '1']), { code: 0, out: /1 people, 1 enrolled, 0 refused, 3 photos/, figures: { rank1: '66.67', accepted: '33.33' } }, 'who is alone is first, if not alike')
  t.match(await run(t, [folder, '--any-quality']), { out: /3 people, 3 enrolled, 0 refused/ })
  t.match(await run(t, [folder, '--require', 'rank1>=51']), { code: 1, out: 'rank1>=51 does not hold: rank1 is 50\n' })
})

t.test('strangers that are named, and people who are found, among some of all', async (t) => {
  // Two people look like ann and two like bob: among two enrolled ones a stranger is named where one of the two is alike.
  const folder = t.testdir({ ...await photos({ ann: 'aa', bob: 'b', eve: 'a', dan: 'bb', fay: '-' }) })
  const all = await run(t, [folder, '--enrolled', '4'])
  t.match(all, { code: 0, out: 'SFace behind yunet-mesh, native pipeline: 5 people\n', figures: { named4: '-' } })
  t.match(all.out, /named4 +- % of 0 searches for strangers name somebody, among 4 people\nfound4 +\d+.00 % of 10 searches for another photo of one of these find/)
  const { out, figures } = await run(t, [folder, '--enrolled', '1,3', '--require', 'named1<=100', '--require', 'named3>=100'])
  t.match(out, '% of 15 searches for strangers name somebody, among 1 people')
  t.equal(figures['named3'], '100.00', 'whoever is left is like somebody who is enrolled')
  t.equal(figures['named1'], '33.33')
})

t.test('what is wrong is a sentence', async (t) => {
  const folder = t.testdir({ ...world, empty: {} })
  for (const [args, message] of [
    [[], /One path is needed.\n\nUsage: npm run tool -- identify/],
    [[folder, '--people', 'few'], /--people few is no number from 1/],
    [[folder, '--enrolled', '0'], /--enrolled 0 is no list of numbers from 1/],
    [[folder, '--enrolled', '1', '--draws', '0'], /--draws 0 is no number from 1/],
    [[join(folder, 'empty'), '--enrolled', '1'], /has no folder with a photo of one person/],
    [[folder, '--require', 'best>=1'], /names no figure; there are enrolled, rank1/],
    [[join(folder, 'none')], /The folder cannot be read: ENOENT/],
    [[join(folder, 'empty')], /has no folder with two photos of one person/],
    [[folder, '--pipeline', 'deepface'], /The service answered 503: This engine has no deepface pipeline/]
  ] as const) await t.rejects(run(t, args), { constructor: UsageError, message }, args.join(' '))
})
