import t from 'tap'
import type { Image } from '../../../../src/image/image.ts'
import { fromImage } from '../../../../src/image/picture.ts'
import type { Landmarks } from '../../../../src/math/point.ts'
import { ARCFACE } from '../../../../src/pipelines/native/templates.ts'
import { landmarksAgain } from '../../../../src/pipelines/native/refine.ts'

const picture = fromImage({ width: 300, height: 300, data: new Uint8Array(300 * 300 * 3) })
/** Their surroundings are seen at the scale of the picture. */
const face = { box: { x: 102, y: 102, w: 96, h: 96 }, landmarks: undefined, score: 0.9 }

/** Landmarks around the middle of the crop, moved to the right; those of the picture are 54 pixels further. */
const moved = (by: number): Landmarks => ARCFACE.map(([x, y]) => [x + 40 + by, y + 40] as const) as unknown as Landmarks

/** A detector that finds these landmarks, look after look, where the face is. */
function looks (...landmarks: readonly Landmarks[]) {
  const crops: Image[] = []
  return {
    crops,
    detectOnce: async (image: Image) => {
      const found = landmarks[crops.push(image) - 1]
      return found ? [{ box: { x: 48, y: 48, w: 96, h: 96 }, landmarks: found, score: 0.5 }] : []
    }
  }
}

t.test('landmarks are the mean of two looks', async (t) => {
  const level = ([[lx], [rx], ...rest]: Landmarks): Landmarks => [[lx, 90], [rx, 90], ...rest]
  const { detectOnce, crops } = looks(level(moved(0)), level(moved(6)))
  const found = await landmarksAgain(detectOnce)(picture, face)
  t.equal(crops.length, 2)
  const expected = level(moved(3)).map(([x, y]) => [x + 54, y + 54])
  for (const [i, [x, y]] of found!.entries()) t.ok(Math.hypot(x - expected[i]![0]!, y - expected[i]![1]!) < 1e-6, `${x}, ${y}`)
})

t.test('one look counts alone where the second finds no face; without one there are none', async (t) => {
  t.ok(await landmarksAgain(looks(moved(0)).detectOnce)(picture, face))
  t.equal(await landmarksAgain(looks().detectOnce)(picture, face), undefined)
})
