import { join } from 'node:path'
import t from 'tap'
import { UsageError } from '../../src/commands/usage-error.ts'
import { runAccuracy } from '../../tools/accuracy.ts'
import { run } from './run-evaluation.ts'

// Photo 4 shows nobody, 2 and 5 show two people.
const world = {
  'pairs.csv': '1.jpg,2.jpg,yes\n1.jpg,3.jpg,no\n2.jpg,3.jpg,no\n1.jpg,4.jpg,no\n3.jpg,5.jpg,no\n',
  '1.jpg': 'a',
  '2.jpg': 'ba',
  '3.jpg': 'b',
  '4.jpg': '-',
  '5.jpg': 'ab'
}

t.test('judges every pair at the shipped threshold and at the best one', async (t) => {
  const { code, out, opened, figures } = await run(runAccuracy, [join(t.testdir(world), 'pairs.csv')])
  t.equal(code, 0)
  t.strictSame(opened, [['SFace', 'yunet-int8bq']])
  t.match(out, 'SFace behind yunet-mesh, native pipeline, cosine: 1 pairs of one person, 4 of two, 5 photos\nno face is found on 4.jpg\n')
  // 1-2 is right by the closest pair of faces; 2-3 and 3-5 are accepted as one person; 1-3 is right; 1-4 cannot be compared. No threshold
  // does better than rejecting all pairs.
  t.match(figures, { shipped: '40.00', best: '60.00', tar: '0.00', faceless: '1.00' })
})

t.test('bounds decide the exit code', async (t) => {
  const list = join(t.testdir(world), 'pairs.csv')
  t.equal((await run(runAccuracy, [list, '--require', 'shipped>=40', '--require', 'faceless<=1'])).code, 0)
  t.match(await run(runAccuracy, [list, '--require', 'shipped>=40', '--require', 'best>=61']), { code: 1, out: 'best>=61 does not hold: best is 60\n' })
})

t.test('options reach the engine', async (t) => {
  const folder = t.testdir({ list: world['pairs.csv'], photos: world })
  const asked: unknown[] = []
  const { opened } = await run(runAccuracy, [join(folder, 'list'), '--photos', join(folder, 'photos'), '--detector', 'skip', '--metric', 'euclidean'], {
    represent: async (_, options) => {
      asked.push(options)
      return []
    }
  })
  t.strictSame(opened, [['SFace']], 'skip has no weights')
  t.equal(asked.length, 5, 'each photo once')
  t.match(asked[0], { model: 'SFace', detector: 'skip', enforceDetection: true, maxFaces: undefined })
})

t.test('a wrong command line fails with a sentence', async (t) => {
  const list = join(t.testdir(world), 'pairs.csv')
  for (const [args, message] of [
    [[], /One path is needed.\n\nUsage: npm run tool -- accuracy/],
    [[list, list], /One path is needed/],
    [[list, '--fast'], /Unknown option '--fast'/],
    [[list, '--model', 'sface'], /--model sface: it must be one of VGG-Face, /],
    [[list, '--metric', 'l2'], /--metric l2: it must be one of cosine, /],
    [[list, '--require', 'worst>=1'], /names no figure; there are shipped, best/],
    [[`${list}.none`], /The list cannot be read: ENOENT/]
  ] as const) await t.rejects(run(runAccuracy, args), { constructor: UsageError, message }, args.join(' '))
})

t.test('each pipeline has its own threshold', async (t) => {
  const list = join(t.testdir(world), 'pairs.csv')
  const { out } = await run(runAccuracy, [list, '--pipeline', 'deepface', '--detector', 'opencv'], { represent: async () => [] })
  t.match(out, 'right at the shipped threshold, 0.593')
})
