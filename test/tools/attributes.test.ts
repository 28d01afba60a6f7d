import { join } from 'node:path'
import t from 'tap'
import { UsageError } from '../../src/commands/usage-error.ts'
import { runAttributes } from '../../tools/attributes.ts'
import { run } from './run-evaluation.ts'

// The fake engine predicts for everybody: 30.5 years, Woman, white, happy.
const people = { '30_1_0_1.jpg': 'a', '40_0_3_2.jpg': 'b', '4_1_4_3.jpg': 'a', '90_1_0_4.jpg': 'ab', 'notes.txt': '' }
const emotions = { happy: { '1.jpg': 'a', '2.jpg': 'b' }, sad: { '1.jpg': 'a' } }

t.test('people', async (t) => {
  const { code, out, opened, figures } = await run(runAttributes, [t.testdir(people), '--require', 'age<=5', '--require', 'gender>=50'])
  t.equal(code, 0)
  t.match(out, '4 photos of people, yunet-mesh\n')
  t.strictSame(opened, [['yunet-int8bq', 'age-gender', 'emotion', 'race']])
  t.strictSame(figures, { age: '5.00', young: '26.50', old: '59.50', gender: '50.00', race: '66.67', faceless: '0.00' })
})

t.test('emotions, each with the same weight', async (t) => {
  const { code, figures } = await run(runAttributes, [t.testdir(emotions), '--detector', 'skip', '--require', 'emotion>=51'])
  t.strictSame(figures, { emotion: '50.00', happy: '100.00', sad: '0.00', faceless: '0.00' })
  t.equal(code, 1)
})

t.test('the whole picture is analyzed when no face is found', async (t) => {
  const face = {
    box: { x: 0, y: 0, w: 9, h: 9 },
    landmarks: undefined,
    score: 0,
    age: 31,
    gender: { Woman: 90, Man: 10 },
    race: { white: 100, asian: 0, indian: 0, black: 0, 'middle eastern': 0, 'latino hispanic': 0 }
  }
  const { figures } = await run(runAttributes, [t.testdir(people)], {
    async analyze (_, options) {
      t.match(options, { enforceDetection: false, maxFaces: 1, actions: ['age', 'gender', 'race'] })
      return [face]
    }
  })
  t.match(figures, { age: '5.00', faceless: '4.00' })
})

t.test('a wrong command line fails with a sentence', async (t) => {
  const folder = t.testdir({ people, none: {} })
  for (const [args, message] of [
    [[], /Usage: npm run tool -- attributes/],
    [[join(folder, 'none')], /holds neither photos/],
    [[join(folder, 'people'), '--require', 'happy>=1'], /names no figure; there are age, /],
    [[join(folder, 'people'), '--detector', 'nobody'], /--detector nobody: it must be one of opencv, /]
  ] as const) await t.rejects(run(runAttributes, args), { constructor: UsageError, message }, args.join(' '))
})
