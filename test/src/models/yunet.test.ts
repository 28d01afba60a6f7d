import { readFile } from 'node:fs/promises'
import t from 'tap'
import { configureSharp } from '../../../src/image/loaders.ts'
import { openPicture } from '../../../src/image/picture.ts'
import { iou } from '../../../src/math/box.ts'
import type { DetectorByPipeline } from '../../../src/models/family.ts'
import { nativeDetector } from '../../../src/models/native-detector.ts'
import { cards } from '../../../src/models/yunet/cards.ts'
import { missingWeights, openCard } from '../../detectors.ts'
import { SAMPLES } from '../../real.ts'
import { published } from '../../references.ts'

configureSharp()

const [, { name, files: [file] }] = cards
const skip = missingWeights('yunet') || (!published(file.sha256, file.name) && `${file.name} is not in MODELS_PATH`)

t.test('YuNet with weights in eight bits finds the faces of the other edition, most with the same landmarks', { skip }, async (t) => {
  const [float, eight] = await Promise.all(['yunet', name].map(async (name) => nativeDetector(await openCard<DetectorByPipeline>(t, name), { rotated: false })))
  const distances: number[] = []
  for (const i of [1, 2, 3, 4, 5, 6]) {
    const picture = await openPicture(await readFile(new URL(`sample${i}.jpg`, SAMPLES)), 50_000_000)
    const [faces, others] = [await float!.detect(picture), await eight!.detect(picture)]
    t.equal(others.length, faces.length, `sample${i}`)
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
