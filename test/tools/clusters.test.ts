import sharp from 'sharp'
import t from 'tap'
import { UsageError } from '../../src/commands/usage-error.ts'
import { noFaceDetected } from '../../src/errors.ts'
import type { RepresentedFace } from '../../src/pipelines/contract.ts'
import { runClusters } from '../../tools/clusters.ts'
import { run } from './run-evaluation.ts'

/** Makes a picture whose width, less one, is the angle of its face in degrees. */
const picture = (angle: number): Promise<Buffer> =>
  sharp({ create: { width: angle + 1, height: 8, channels: 3, background: 'grey' } }).png().toBuffer()

/** Fake engine that detects a face of everybody at the border, and in the middle one of the picture's angle; none on a picture of one column. */
const represent = async (bytes: Uint8Array): Promise<RepresentedFace[]> => {
  const { width } = await sharp(bytes).metadata()
  if (width === 1) throw noFaceDetected()
  const angle = (width - 1) * Math.PI / 180
  const face = (x: number, ...embedding: number[]) =>
    ({ box: { x: x - 2, y: 2, w: 4, h: 4 }, landmarks: undefined, score: 1, embedding: Float32Array.from(embedding) })
  return [face(-9, 1, 0), face(width / 2, Math.cos(angle), Math.sin(angle))]
}

t.test('groups the photos of people, in folders of folders too', async (t) => {
  const folder = t.testdir({
    ann: { '1.png': await picture(90), '2.png': await picture(92), '3.png': await picture(0) },
    bob: { frontal: { '1.png': await picture(180) }, profile: { '1.png': await picture(181) }, 'notes.txt': 'no photo' },
    // Taken for Ann.
    cec: { '1.png': await picture(91) }
  })
  const { code, out, opened, figures } = await run(runClusters, [folder, '--require', 'groups<=2', '--require', 'f>=99'], { represent })
  t.strictSame(opened, [['SFace', 'yunet-int8bq', 'age-gender']])
  t.match(out, 'SFace behind yunet-mesh, native pipeline: 5 faces of 3 people\n')
  t.match(figures, { groups: '2.00', wrong: '2.00', recall: '100.00', precision: '73.33', groups_pair: '2.00', wrong_pair: '2.00', faceless: '1.00' })
  t.equal(code, 1)
  t.match(out, 'f>=99 does not hold')
})

t.test('photos named as in UTKFace are one of each person, of any age or below one', async (t) => {
  const folder = t.testdir({ '3_1_0_2017.jpg': await picture(90), '5_0_2_2017.jpg': await picture(91), '30_0_2_2017.jpg': await picture(92), 'cat.jpg': await picture(93) })
  t.match(await run(runClusters, [folder, '--below', '7'], { represent }), { code: 0, out: /2 faces of 2 people/, figures: { groups: '1.00', wrong: '1.00' } })
  t.match(await run(runClusters, [folder], { represent }), { out: /3 faces of 3 people/ })
})

t.test('ages count where the engine tells them', async (t) => {
  const folder = t.testdir({ '3_1_0_2017.jpg': await picture(90), '5_0_2_2017.jpg': await picture(145) })
  const aged = async (bytes: Uint8Array): Promise<RepresentedFace[]> => (await represent(bytes)).map((face) => ({ ...face, age: 4 }))
  // A cosine of .57: enough for two adults.
  t.match(await run(runClusters, [folder], { represent: aged }), { figures: { groups: '2.00', wrong: '0.00', groups_fixed: '1.00', wrong_fixed: '1.00' } })
})

t.test('a folder without photos and wrong options are refused', async (t) => {
  const folder = t.testdir({})
  for (const args of [[folder], [`${folder}/none`], [folder, '--below', 'x'], [folder, '--require', 'best>=1']]) {
    await t.rejects(run(runClusters, args, { represent }), UsageError, args.join(' '))
  }
})
