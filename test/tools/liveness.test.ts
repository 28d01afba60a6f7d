import { join } from 'node:path'
import t from 'tap'
import { UsageError } from '../../src/commands/usage-error.ts'
import { noFaceDetected } from '../../src/errors.ts'
import type { AnalyzedFace } from '../../src/pipelines/contract.ts'
import { highestRate } from '../../tools/evaluation/presentations.ts'
import { runLiveness } from '../../tools/liveness.ts'
import { run } from './run-evaluation.ts'

/** Sees one face for each letter, each larger than the one before: R is real, S is not. */
const engine = {
  async analyze (bytes: Uint8Array): Promise<AnalyzedFace[]> {
    const letters = [...Buffer.from(bytes).toString()]
    if (letters.length === 0) throw noFaceDetected()
    return letters.map((letter, i) => ({ box: { x: 0, y: 0, w: 10 + i, h: 10 }, landmarks: undefined, score: 1, liveness: { isReal: letter === 'R', score: 0.9 } }))
  }
}
const samples = { 'image_F1.jpg': 'RS', 'image_F2.jpg': 'SR', 'image_T1.jpg': 'R', 'image_F1_result.jpg': 'R', 'readme.txt': '' }
const press = { 'a.jpg': 'RRS', more: { 'b.png': 'R', 'c.jpg': '' }, 'list.csv': '' }

t.test('attacks count by their largest face, people by each face and by photo', async (t) => {
  const folder = t.testdir({ samples, press })
  const args = [join(folder, 'samples'), '--live', join(folder, 'press'), '--require', 'apcer<=50', '--require', 'bpcer<=10']
  const { code, out, opened, figures } = await run(runLiveness, args, engine)
  t.strictSame(opened, [['yunet-int8bq', 'MiniFASNet']])
  t.strictSame(figures, { apcer: '50.00', bpcer: '20.00', refused: '33.33', faceless: '1.00' })
  t.match(out, '4 photos of people, 2 of prints and screens')
  t.match(out, /apcer .*1 of 2; .*\nbpcer .*1 of 5; .*\nrefused .*1 of 3; /)
  t.match(out, /no face is found on c.jpg\n[^]*a.jpg: 1 of 3 faces wrong/)
  t.match(out, 'bpcer<=10 does not hold')
  t.equal(code, 1)
})

t.test('without attacks their rate is unknown', async (t) => {
  const { figures } = await run(runLiveness, [t.testdir({ 'image_T1.jpg': 'R' })], engine)
  t.match(figures, { apcer: '-', bpcer: '0.00' })
})

t.test('the highest rate is that of Clopper and Pearson', async (t) => {
  // The first two are 1 − √0.05 and √0.95.
  t.match(highestRate({ errors: 0, of: 2 }).toFixed(4), '0.7764')
  t.match(highestRate({ errors: 1, of: 2 }).toFixed(4), '0.9747')
  t.match(highestRate({ errors: 2, of: 10 }).toFixed(4), '0.5069')
  t.equal(highestRate({ errors: 3, of: 3 }), 1)
})

t.test('a wrong command line fails with a sentence', async (t) => {
  const folder = t.testdir({ samples, none: {} })
  for (const [args, message] of [
    [[], /Usage: npm run tool -- liveness/],
    [[join(folder, 'none')], /holds no photos/],
    [[join(folder, 'absent')], /cannot be read/],
    [[join(folder, 'samples'), '--pipeline', 'old'], /--pipeline old: it must be one of native, deepface/],
    [[join(folder, 'samples'), '--require', 'happy>=1'], /names no figure; there are apcer, /]
  ] as const) await t.rejects(run(runLiveness, args, engine), { constructor: UsageError, message }, args.join(' '))
})
