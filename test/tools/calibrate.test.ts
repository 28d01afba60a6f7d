import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { calibrations } from '../../src/models/recognition/calibration.ts'
import type { RepresentedFace } from '../../src/pipelines/contract.ts'
import { runCalibrate } from '../../tools/calibrate.ts'
import { run } from './run-evaluation.ts'

const PEOPLE = 40

/** Makes a picture whose width, less one, encodes an angle in degrees. */
const picture = (angle: number): Promise<Buffer> =>
  sharp({ create: { width: angle + 1, height: 8, channels: 3, background: 'grey' } }).png().toBuffer()

/**
 * Fake engine that detects two faces on every picture: one at the border, the same on all, and one in the middle, whose embedding has the
 * picture's angle.
 */
const represent = async (bytes: Uint8Array): Promise<RepresentedFace[]> => {
  const { width } = await sharp(bytes).metadata()
  const angle = (width - 1) * Math.PI / 180
  const face = (x: number, ...embedding: number[]) =>
    ({ box: { x: x - 2, y: 2, w: 4, h: 4 }, landmarks: undefined, score: 1, embedding: Float32Array.from(embedding) })
  return [face(-9, 1, 0), face(width / 2, Math.cos(angle), Math.sin(angle))]
}

/** Writes a list of people that are nine degrees apart, whose two photos differ by up to eight degrees. */
async function list (t: Test): Promise<string> {
  const people = Array.from({ length: PEOPLE }, (_, i) => `P${i}`)
  const photos = await Promise.all(people.map(async (person, i) =>
    [person, { [`${person}_0001.jpg`]: await picture(9 * i), [`${person}_0002.jpg`]: await picture(9 * i + i % 9) }] as const))
  const one = people.map((person) => `${person}\t1\t2\n`)
  const two = people.map((person, i) => `${person}\t1\t${people[(i + 1) % PEOPLE]}\t1\n`)
  return join(t.testdir({
    'list.txt': `${PEOPLE}\n${one.join('')}${two.join('')}`,
    ...Object.fromEntries(photos),
    elsewhere: { src: { models: { recognition: {} } } }
  }), 'list.txt')
}

t.test('a measurement replaces that of its model and alignment', async (t) => {
  const { code, out } = await run(runCalibrate, [await list(t), '--dry-run'], { represent })
  t.equal(code, 0)
  t.match(out, `measured: { date: '${new Date().toISOString().slice(0, 10)}', list: 'list.txt, faces by yunet-mesh', same: 40, different: ${80 * 79 / 2 - 40} }`)
  const cosine = Number(/SFace: [^]*?mesh: [^]*?cosine: ([\d.]+)/.exec(out)![1])
  t.ok(cosine > 0 && cosine < 1 - Math.cos(Math.PI / 20), 'the faces in the middle decide: those at the border are all alike')
  t.notMatch(out, String(calibrations['SFace']?.mesh?.thresholds.cosine))
})

t.test('it is written into the family\'s file', async (t) => {
  const path = await list(t)
  const home = process.cwd()
  t.teardown(() => process.chdir(home))
  process.chdir(join(dirname(path), 'elsewhere'))
  const { out } = await run(runCalibrate, [path], { represent })
  t.match(out, /written into src\/models\/recognition\/calibration.ts\n$/)
  t.match(readFileSync('src/models/recognition/calibration.ts', 'utf8'), /^export const calibrations: .* = \{\n[^]* {2}SFace: \{\n {4}[^]*mesh: \{$/m)
})

t.test('DeepFace’s own pipeline is not calibrated', async (t) => {
  await t.rejects(run(runCalibrate, [await list(t), '--pipeline', 'deepface'], { represent }), { message: /own thresholds/ })
})
