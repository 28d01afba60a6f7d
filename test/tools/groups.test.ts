import { join } from 'node:path'
import t from 'tap'
import { UsageError } from '../../src/commands/usage-error.ts'
import type { RepresentedFace } from '../../src/pipelines/contract.ts'
import { runGroups } from '../../tools/groups.ts'
import { run } from './run-evaluation.ts'

/** Photos hold the angle of the embedding and the yaw, both in degrees, and perhaps the age; `none` shows nobody. */
const world = {
  ann: { frontal: { '1.jpg': '0 2', '2.jpg': '10 -3', 'notes.txt': '' }, profile: { '1.jpg': '5 -45', '2.jpg': '70 62' } },
  bob: { frontal: { '1.jpg': '180 1' }, profile: { '1.jpg': '180 30', '2.jpg': 'none' } },
  other: { photos: {} }
}

async function represent (bytes: Uint8Array): Promise<RepresentedFace[]> {
  const text = new TextDecoder().decode(bytes)
  if (text === 'none') return []
  const [angle, yaw, age = 40] = text.split(' ').map(Number) as [number, number, number?]
  const radians = angle * Math.PI / 180
  const embedding = Float32Array.of(Math.cos(radians), Math.sin(radians))
  return [{ box: { x: 0, y: 0, w: 1, h: 1 }, landmarks: undefined, score: 1, embedding, yaw, age }]
}

t.test('compares every frontal photo with every turned head, and tells them apart by their yaw', async (t) => {
  const asked: unknown[] = []
  const { code, out, opened, figures } = await run(runGroups, [join(t.testdir({ cfp: world }), 'cfp')], {
    represent: async (bytes, options) => { asked.push(options); return await represent(bytes) }
  })
  t.equal(code, 0)
  t.strictSame(opened, [['SFace', 'yunet-int8bq', 'age-gender']])
  t.match(asked, Array(7).fill({ pipeline: 'native', maxFaces: 1, ages: true }))
  t.match(out, 'SFace behind yunet-mesh, cosine: 2 people, 12 pairs of a frontal photo and a turned head\nno face is found on ')
  // No pair of two people may be accepted: the nearest is ann's second profile and bob, 110 degrees apart. The cosines of 60 and 70 degrees are .5
  // and .342: the one threshold accepts the first of these, that for one turned head both.
  t.match(figures, {
    tar: '83.33', fixed: '66.67', adaptive: '83.33', false: '0.00', falseadaptive: '0.00', yaw0: '-', yaw25: '100.00', yaw40: '100.00', yaw50: '-', yaw60: '100.00', faceless: '1.00'
  })
  t.match(out, 'heads turned by 60° and more: 2 pairs; fixed 50 (1.3-99), adaptive 100 (16-100)')
})

t.test('compares people of similar ages', async (t) => {
  const photos = {
    '1_0_0_20170101.jpg': '0 0 6',
    '2_1_0_20170102.jpg': '60 0 7',
    '2_0_1_20170103.jpg': 'none',
    '40_1_0_20170104.jpg': '0 0 40',
    '41_1_0_20170105.jpg': '60 0 41',
    '43_1_2_20170106.jpg': '180 0 43'
  }
  const folder = join(t.testdir({ people: photos }), 'people')
  const { code, out, figures } = await run(runGroups, [folder, '--require', 'adaptive0<=1'], { represent })
  t.equal(code, 0, out)
  t.match(figures, { fixed0: '100.00', adaptive0: '0.00', fixed3: '-', fixed30: '33.33', adaptive30: '33.33', faceless: '1.00' })
  t.match(out, /^30-44 +67 \(22-96\)/m, 'children and adults: four pairs of six')
  t.match(out, /adults, white Woman +100 \(2\.5-100\) fixed +100 \(2\.5-100\) adaptive, 1 pairs/)
  const other = await run(runGroups, [folder, '--model', 'ArcFace'], { represent })
  t.match(other.figures, { fixed0: /\d/, adaptive0: '-' }, 'a recogniser whose thresholds do not move')
})

t.test('bounds decide the exit code, and a wrong command line fails with a sentence', async (t) => {
  const folder = join(t.testdir({ cfp: world, empty: { a: {} } }), 'cfp')
  t.match(await run(runGroups, [folder, '--require', 'tar>=90'], { represent }), { code: 1, out: 'tar>=90 does not hold: tar is 83.333\n' })
  await t.rejects(run(runGroups, []), { constructor: UsageError, message: /One path is needed.\n\nUsage: npm run tool -- groups/ })
  await t.rejects(run(runGroups, [join(folder, '..', 'empty')]), { constructor: UsageError, message: /no folder of a person with the folders frontal and profile/ })
  await t.rejects(run(runGroups, [join(folder, 'none')]), { constructor: UsageError, message: /The folder cannot be read/ })
})
