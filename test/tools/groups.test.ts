import { join } from 'node:path'
import t from 'tap'
import { UsageError } from '../../src/commands/usage-error.ts'
import type { RepresentedFace } from '../../src/pipelines/contract.ts'
import { runGroups } from '../../tools/groups.ts'
import { run } from './run-evaluation.ts'

/** Photos hold the angle of the embedding and the yaw, both in degrees; `none` shows nobody. */
const world = {
  ann: { frontal: { '1.jpg': '0 2', '2.jpg': '10 -3', 'notes.txt': '' }, profile: { '1.jpg': '5 -45', '2.jpg': '40 62' } },
  bob: { frontal: { '1.jpg': '180 1' }, profile: { '1.jpg': '180 30', '2.jpg': 'none' } },
  other: { photos: {} }
}

async function represent (bytes: Uint8Array): Promise<RepresentedFace[]> {
  const text = new TextDecoder().decode(bytes)
  if (text === 'none') return []
  const [angle, yaw] = text.split(' ').map(Number) as [number, number]
  const radians = angle * Math.PI / 180
  const embedding = Float32Array.of(Math.cos(radians), Math.sin(radians))
  return [{ box: { x: 0, y: 0, w: 1, h: 1 }, landmarks: undefined, score: 1, embedding, pose: { yaw, pitch: 0, roll: 0 } }]
}

t.test('compares every frontal photo with every turned head, and tells them apart by their yaw', async (t) => {
  const asked: unknown[] = []
  const { code, out, opened, figures } = await run(runGroups, [join(t.testdir({ cfp: world }), 'cfp')], {
    represent: async (bytes, options) => { asked.push(options); return await represent(bytes) }
  })
  t.equal(code, 0)
  t.strictSame(opened, [['SFace', 'yunet-int8bq']])
  t.match(asked, Array(7).fill({ pipeline: 'native', maxFaces: 1, include: ['pose'] }))
  t.match(out, 'SFace behind yunet-mesh, cosine: 2 people, 12 pairs of a frontal photo and a turned head\nno face is found on ')
  // No pair of two people may be accepted: the nearest is ann's second profile and bob, 140 degrees apart.
  t.match(figures, { tar: '83.33', shipped: '83.33', false: '0.00', yaw0: '-', yaw25: '100.00', yaw40: '100.00', yaw50: '-', yaw60: '100.00', faceless: '1.00' })
  t.match(out, 'heads turned by 60° and more: 2 pairs')
})

t.test('bounds decide the exit code, and a wrong command line fails with a sentence', async (t) => {
  const folder = join(t.testdir({ cfp: world, empty: { a: {} } }), 'cfp')
  t.match(await run(runGroups, [folder, '--require', 'tar>=90'], { represent }), { code: 1, out: 'tar>=90 does not hold: tar is 83.333\n' })
  await t.rejects(run(runGroups, []), { constructor: UsageError, message: /One path is needed.\n\nUsage: npm run tool -- groups/ })
  await t.rejects(run(runGroups, [join(folder, '..', 'empty')]), { constructor: UsageError, message: /no folder of a person with the folders frontal and profile/ })
  await t.rejects(run(runGroups, [join(folder, 'none')]), { constructor: UsageError, message: /The folder cannot be read/ })
})
