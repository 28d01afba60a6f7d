import { join } from 'node:path'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { UsageError } from '../../src/commands/usage-error.ts'
import type { RepresentedFace } from '../../src/pipelines/contract.ts'
import { keptWithout } from '../../tools/evaluation/error-against-discard.ts'
import { runQuality } from '../../tools/quality.ts'
import { spelling } from '../build.ts'
import { run } from './run-evaluation.ts'

const PEOPLE = 40

/** Makes a picture whose width, less one, is an angle in degrees, and whose height says how good it is. */
const picture = (angle: number, height: number): Promise<Buffer> =>
  sharp({ create: { width: angle + 1, height, channels: 3, background: 'grey' } }).png().toBuffer()

/** Detects a face on every picture, with a length of 8 on bad ones and 12 on good ones; a stranger's at the border is not looked at. */
const represent = async (bytes: Uint8Array): Promise<RepresentedFace[]> => {
  const { width, height } = await sharp(bytes).metadata()
  const [{ quality }] = await spelling.represent(Buffer.from('a'), { include: ['quality'], model: 'SFace', pipeline: 'native' } as never) as [RepresentedFace]
  const angle = (width - 1) * Math.PI / 180
  const face = (x: number, length: number, ...embedding: number[]): RepresentedFace => ({
    box: { x: x - 2, y: height / 2, w: 4, h: 4 },
    landmarks: undefined,
    score: 1,
    embedding: Float32Array.from(embedding),
    quality: { ...quality!, recognisability: { ...quality!.recognisability, length } }
  })
  return [face(-90, -9, 1, 0), face(width / 2, height < 10 ? -1 : 2, Math.cos(angle), Math.sin(angle))]
}

/** People that are nine degrees apart, with two photos that differ by one degree; the second photo of every tenth one is bad, and 90° off. */
async function folder (t: Test): Promise<string> {
  const photos = await Promise.all(Array.from({ length: PEOPLE }, async (_, i) => {
    const isBad = i % 10 === 0
    return [`P${String(i).padStart(2, '0')}`, { '1.png': await picture(9 * i, 20), more: { '2.png': await picture((9 * i + (isBad ? 95 : 1)) % 360, isBad ? 8 : 20) } }] as const
  }))
  return t.testdir({ ...Object.fromEntries(photos), 'list.txt': '' })
}

t.test('errors fall when the worst pairs are left out', async (t) => {
  const path = await folder(t)
  const { code, out, opened, figures } = await run(runQuality, [path, '--require', 'fnmr10<=0', '--require', 'left5<=40'], { represent })
  t.strictSame(opened[0]!.includes('SFace'), true)
  t.match(out, `80 faces, 40 pairs of one person, ${80 * 79 / 2 - 40} of two`)
  t.match(figures, { fnmr0: '10.00', fnmr10: '0.00', low: '100.00', medium: '-', high: '0.00', faceless: '0.00' })
  t.match(out, /fnmr5 .*: 2 of 38\n/)
  t.match(out, 'left5<=40 does not hold')
  t.equal(code, 1)
  const without = await run(runQuality, [path, '--wrong', join('P10', 'more', '2.png')], { represent })
  t.match(without.out, /first half of the people: 1 of 19 refused, without the worst 5 % 1 of 19\nsecond half of the people: 2 of 20 refused/)
  t.match(without.out, /refused, utility -1.00: P00\/1.png P00\/more\/2.png\n/)
  t.match((await run(runQuality, [path, '--picture'], { represent })).figures, { fnmr10: /^[^0]/, low: '-' }, 'without the lengths nothing tells the bad ones')
})

t.test('the worst pairs go first, equal ones in their order', async (t) => {
  const pairs = [3, 1, 2, 1].map((utility, i) => ({ utility, isRefused: i === 1 }))
  const kept = [0, 0.25, 0.5, 1].map((share) => keptWithout(pairs, share))
  t.strictSame(kept, [{ refused: 1, of: 4 }, { refused: 0, of: 3 }, { refused: 0, of: 2 }, { refused: 0, of: 0 }])
})

t.test('a wrong command line fails with a sentence', async (t) => {
  const few = t.testdir({ ann: { '1.png': await picture(1, 20) }, empty: {} })
  for (const [args, message] of [
    [[], /Usage: npm run tool -- quality/],
    [[join(few, 'empty')], /no folder with photos/],
    [[join(few, 'absent')], /cannot be read/],
    [[few], /0 pairs of two people/],
    [[few, '--require', 'happy>=1'], /names no figure; there are fnmr0, /]
  ] as const) await t.rejects(run(runQuality, args, { represent }), { constructor: UsageError, message }, args.join(' '))
})
