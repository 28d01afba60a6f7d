import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { configureSharp } from '../../../src/image/loaders.ts'
import { fromImage, openPicture } from '../../../src/image/picture.ts'
import { cosine } from '../../../src/match/distance.ts'
import { iou } from '../../../src/math/box.ts'
import type { DetectorByPipeline, RecogniserByPipeline } from '../../../src/models/family.ts'
import { nativeDetector } from '../../../src/models/native-detector.ts'
import { cards } from '../../../src/models/yunet/cards.ts'
import type { Detector, MeshModel } from '../../../src/pipelines/contract.ts'
import { missingWeights, openCard } from '../../detectors.ts'
import { SAMPLES } from '../../real.ts'
import { published } from '../../references.ts'

configureSharp()

const [, { name, files: [file] }] = cards
const lacks = (file: { readonly name: string, readonly sha256: string }) => !published(file.sha256, file.name) && `${file.name} is not in MODELS_PATH`

t.test('YuNet with weights in eight bits finds the faces of the other edition, most with the same landmarks', { skip: missingWeights('yunet') || lacks(file) }, async (t) => {
  const [float, { detectOnce: eight }] = await Promise.all([openCard<DetectorByPipeline>(t, 'yunet'), openCard<DetectorByPipeline>(t, name)])
  const distances: number[] = []
  for (const i of [1, 2, 3, 4, 5, 6]) {
    const image = await (await openPicture(await sharp(await readFile(new URL(`sample${i}.jpg`, SAMPLES))).rotate().resize(640, 640, { fit: 'inside' }).png().toBuffer(), 50_000_000)).whole()
    const [faces, others] = [await nativeDetector(float, { rotated: false }).detect(fromImage(image)), await eight!(image)]
    t.equal(others.filter(({ score }) => score >= 0.7).length, faces.length, `sample${i}`)
    for (const { box, landmarks, score } of faces) {
      const same = others.toSorted((p, q) => iou(q.box, box) - iou(p.box, box))[0]!
      t.ok(iou(same.box, box) > 0.88, `${iou(same.box, box)}`)
      t.ok(Math.abs(same.score - score) < 0.02, `${same.score} and ${score}`)
      const apart = landmarks!.map(([x, y], i) => Math.hypot(x - same.landmarks![i]![0], y - same.landmarks![i]![1]) / Math.max(box.w, box.h))
      t.ok(Math.max(...apart) < 0.12, `${apart}`)
      distances.push(...apart)
    }
  }
  t.ok(distances.length > 5 * 6, `${distances.length} landmarks`)
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length
  t.ok(mean < 0.01, `${mean} of the longer side on average`)
})

/** Opens the detector with its mesh, and SFace. */
async function openAll (t: Test): Promise<{ readonly usual: Detector, readonly rotated: Detector, readonly sface: RecogniserByPipeline['native'] }> {
  const [byPipeline, { findLandmarks: findTurned }] = [await openCard<DetectorByPipeline>(t, name), await openCard<DetectorByPipeline>(t, 'centerface')]
  const [mesh, { native: sface }] = [await openCard<MeshModel>(t, 'face-mesh'), await openCard<RecogniserByPipeline>(t, 'SFace')]
  const detector = (rotated: boolean) => nativeDetector(byPipeline, { rotated, mesh, findTurned })
  return { usual: detector(false), rotated: detector(true), sface }
}

/** Side of a square of a sample photo that shows one woman. */
const SIDE = 440

t.test('yunet-mesh knows a face again when its photo is turned', { skip: lacks(file) }, async (t) => {
  const { usual, rotated, sface } = await openAll(t)
  const portrait = await sharp(await readFile(new URL('sample6.jpg', SAMPLES))).extract({ left: 560, top: 260, width: SIDE, height: SIDE }).png().toBuffer()
  async function embedding (detector: Detector, degrees: number): Promise<Float32Array> {
    const picture = await openPicture(await sharp(portrait).rotate(degrees, { background: '#705040' }).png().toBuffer(), 1e7)
    const found = await detector.detect(picture)
    t.equal(found.length, 1, `${degrees}°: one face`)
    const faces = await detector.refineLandmarks!(picture, found)
    t.equal(faces[0]!.landmarksOf, 'mesh')
    const [vector] = await sface.embed(picture, faces, { align: true, expandPercentage: 0 })
    return vector!
  }
  const upright = await embedding(usual, 0)
  for (const degrees of [-60, -45, -30, -15, 15, 30, 45, 60]) {
    const distance = cosine(upright, await embedding(usual, degrees))
    t.ok(distance < 0.05, `${degrees}°: ${distance}`)
  }
  for (const degrees of [0, 90, 135, 180, 270]) {
    const distance = cosine(upright, await embedding(rotated, degrees))
    t.ok(distance < 0.05, `${degrees}°, all views: ${distance}`)
  }
})

t.test('yunet-mesh knows each of two faces again whose photo is turned so far that upright passes see one alone', { skip: lacks(file) }, async (t) => {
  const { usual, sface } = await openAll(t)
  const photo = await sharp(await readFile(new URL('sample6.jpg', SAMPLES))).extract({ left: 755, top: 0, width: 1031, height: 1031 }).resize(300).png().toBuffer()
  async function embeddings (degrees: number): Promise<Float32Array[]> {
    const picture = await openPicture(await sharp(photo).rotate(degrees, { background: '#000' }).png().toBuffer(), 1e7)
    const found = await usual.detect(picture)
    t.equal(found.length, 2, `${degrees}°: ${found.map(({ score }) => score)}`)
    return await sface.embed(picture, await usual.refineLandmarks!(picture, found), { align: true, expandPercentage: 0 })
  }
  const upright = await embeddings(0)
  for (const degrees of [-60, 60]) {
    const turned = await embeddings(degrees)
    const distances = upright.map((face) => Math.min(...turned.map((other) => cosine(face, other))))
    t.ok(distances.every((distance) => distance < 0.1), `${degrees}°: ${distances}`)
  }
})
