import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { FaceError } from '../../../src/errors.ts'
import { configureSharp } from '../../../src/image/loaders.ts'
import { openPicture } from '../../../src/image/picture.ts'
import { type Box, iou, nesting } from '../../../src/math/box.ts'
import { cardNamed } from '../../../src/models/catalogue.ts'
import { landmarkCard } from '../../../src/models/detector-cards.ts'
import type { DetectorByPipeline } from '../../../src/models/family.ts'
import { nativeDetector } from '../../../src/models/native-detector.ts'
import type { RealDetector } from '../../../src/names.ts'
import { openCard } from '../../detectors.ts'
import { SAMPLES } from '../../real.ts'

configureSharp()

/** Detectors of the native pipeline by their cards. */
const DETECTORS: ReadonlyArray<readonly [RealDetector, string]> = [
  ['retinaface', 'retinaface'], ['yunet', 'yunet'], ['yunet-mesh', 'yunet-int8bq'], ['mediapipe', 'mediapipe'], ['centerface', 'centerface'], ['ssd', 'ssd'],
  ['opencv', 'opencv'], ['dlib', 'dlib-hog'], ['mtcnn', 'mtcnn'], ['fastmtcnn', 'fastmtcnn']
]

/** Boxes of the four women of sample6.jpg, by RetinaFace. */
const WOMEN: readonly Box[] = [
  { x: 248, y: 480, w: 233, h: 306 },
  { x: 1160, y: 311, w: 216, h: 286 },
  { x: 662, y: 326, w: 230, h: 316 },
  { x: 1460, y: 262, w: 233, h: 304 }
]

/** A face at (x, y), with its width. */
type Place = readonly [x: number, y: number, width: number]

/** Draws the women by turns on a picture of one colour, each with some of what is around her. */
async function draw (width: number, height: number, places: readonly Place[]): Promise<{ bytes: Uint8Array, boxes: Box[] }> {
  const photo = await readFile(new URL('sample6.jpg', SAMPLES))
  const boxes = places.map(([x, y, w], i): Box => ({ x, y, w, h: w * WOMEN[i % 4]!.h / WOMEN[i % 4]!.w }))
  const overlays = await Promise.all(boxes.map(async ({ x, y, w }, i) => {
    const woman = WOMEN[i % 4]!
    const scale = w / woman.w
    const beside = Math.round(0.4 * w)
    const [dx, dy] = [Math.min(x, beside), Math.min(y, beside)]
    const [across, down] = [Math.min(width - x, w + beside) + dx, Math.min(height - y, Math.round(boxes[i]!.h) + beside) + dy]
    const area = {
      left: Math.round(woman.x - dx / scale),
      top: Math.round(woman.y - dy / scale),
      width: Math.round(across / scale),
      height: Math.round(down / scale)
    }
    const size = { width: across, height: down }
    return { input: await sharp(photo).extract(area).resize({ ...size, fit: 'fill' }).png().toBuffer(), left: x - dx, top: y - dy }
  }))
  const bytes = await sharp({ create: { width, height, channels: 3, background: '#5d6e5a' } }).composite(overlays).jpeg({ quality: 90 }).toBuffer()
  return { bytes, boxes }
}

/** Opens models from MODELS_PATH and ../shared/weights; the reason when one is in neither. */
async function openOrReason (t: Test, cards: readonly string[]): Promise<DetectorByPipeline[] | string> {
  try {
    return await Promise.all(cards.map((card) => openCard<DetectorByPipeline>(t, card)))
  } catch (error) {
    if (error instanceof FaceError && error.code === 'model_unavailable') return error.message
    throw error
  }
}

const range = (count: number, at: (i: number) => Place): Place[] => Array.from({ length: count }, (_, i) => at(i))

const SCENES = {
  'a screenshot, faces from its start to its end': await draw(1080, 15_000, range(14, (i) => [(i * 317) % 860 + 20, 40 + i * 1120, 141])),
  'a screenshot that lies': await draw(15_000, 1080, range(14, (i) => [40 + i * 1130, (i * 317) % 800 + 20, 141])),
  'a panorama with faces near and far': await draw(8000, 1000, range(12, (i) => [60 + i * 650, 60 + (i * 97) % 300, [140, 200, 400][i % 3]!])),
  'a group of twelve megapixels': await draw(4000, 3000, range(15, (i) => [100 + (i % 5) * 740 + i * 13, 200 + Math.floor(i / 5) * 900 + i * 11, 140])),
  'a group of twelve megapixels with a large face before it': await draw(4000, 3000, range(5, (i) => i === 0 ? [400, 700, 1100] : [2150 + (i % 2) * 900, 300 + i * 520, 140]))
}

for (const [name, card] of DETECTORS) {
  const cards = [card, landmarkCard(name, 'native', () => true) ?? []].flat().filter((card) => cardNamed(card).task === 'detection')
  t.test(`${name} finds faces of 140 pixels in pictures of any size and proportions, each once`, async (t) => {
    const opened = await openOrReason(t, cards)
    if (typeof opened === 'string') return t.pass('needs weights', { skip: opened })
    const [byPipeline, finder] = opened
    const detector = nativeDetector(byPipeline!, { rotated: false, findLandmarks: finder?.findLandmarks })
    for (const [scene, { bytes, boxes }] of Object.entries(SCENES)) {
      const found = await detector.detect(await openPicture(bytes, 50_000_000))
      const matches = boxes.map((box) => found.filter((face) => nesting(face.box, box) > 0.5))
      t.strictSame(matches.flatMap((some, i) => some.length === 1 ? [] : [`${some.length} at ${boxes[i]!.x}, ${boxes[i]!.y}`]), [], scene)
      t.ok(matches.every((some, i) => some.every((face) => iou(face.box, boxes[i]!) > 0.35 && face.landmarks)), `${scene}: at the right place, with landmarks`)
    }
  })
}
