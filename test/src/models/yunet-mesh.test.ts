import t from 'tap'
import type { Image } from '../../../src/image/image.ts'
import { fromImage } from '../../../src/image/picture.ts'
import type { Landmarks } from '../../../src/math/point.ts'
import { searchUntilClear } from '../../../src/models/yunet/yunet-mesh.ts'
import type { Detection } from '../../../src/pipelines/contract.ts'

const picture = fromImage({ width: 400, height: 400, data: new Uint8Array(400 * 400 * 3) })

/** A face in the middle of an image, `w` × `h` pixels. */
function middle ({ width, height }: Image, score: number, [w, h]: readonly [number, number]): Detection {
  const at = (dx: number, dy: number) => [width / 2 + dx * w, height / 2 + dy * h] as const
  const landmarks: Landmarks = [at(-0.2, -0.1), at(0.2, -0.1), at(0, 0), at(-0.15, 0.2), at(0.15, 0.2)]
  return { box: { x: (width - w) / 2, y: (height - h) / 2, w, h }, landmarks, score }
}

/** Runs the search with one answer for each pass; returns its faces, and the widths of the images that it has seen. */
async function search (answers: ReadonlyArray<(image: Image) => Detection[]>, rotated = false) {
  const widths: number[] = []
  const faces = await searchUntilClear(async (image) => {
    widths.push(image.width)
    return answers[widths.length - 1]?.(image) ?? []
  }, rotated).detect(picture)
  return { faces, widths }
}

/** Widths of the passes: the picture, it shrunk with a border, and rotated by 35° to either side. */
const PASSES = [400, 320, 558, 558]

t.test('one clear face is enough, whatever is beside it', async (t) => {
  const { faces, widths } = await search([(image) => [
    middle(image, 0.8, [88, 100]),
    { ...middle(image, 0.73, [60, 50]), box: { x: 0, y: 0, w: 60, h: 50 } }
  ]])
  t.strictSame(widths, PASSES.slice(0, 1))
  t.equal(faces.length, 2)
})

for (const [what, score, size] of [['of a low score', 0.79, [80, 100]], ['as wide as it is high', 0.95, [100, 100]]] as const) {
  t.test(`a face ${what} is looked for in rotated pictures too, where it is reported from when it is clearer`, async (t) => {
    const { faces, widths } = await search([
      (image) => [middle(image, score, size)],
      () => [],
      (image) => [middle(image, 0.96, [80, 100])]
    ])
    t.strictSame(widths, PASSES)
    t.strictSame(faces.map(({ score }) => score), [0.96])
    const [left, right] = faces[0]!.landmarks!
    const tilt = Math.atan2(right[1] - left[1], right[0] - left[0]) * 180 / Math.PI
    t.ok(Math.abs(tilt - 35) < 0.1, `tilted by ${tilt}°`)
  })
}

t.test('faces that only the first pass finds stay', async (t) => {
  const beside = { ...middle({ width: 400, height: 400, data: new Uint8Array(0) }, 0.75, [40, 50]), box: { x: 10, y: 10, w: 40, h: 50 } }
  const { faces, widths } = await search([() => [beside], () => [], () => [], (image) => [middle(image, 0.9, [80, 100])]])
  t.strictSame(widths, PASSES)
  t.strictSame(faces.map(({ score }) => score), [0.9, 0.75])
  t.strictSame(faces[1]!.box, beside.box)
})

t.test('where no pass finds a clear face, those that were found are reported, each once', async (t) => {
  const unsure = (image: Image): Detection[] => [middle(image, 0.75, [image.width / 4, image.width / 4])]
  const { faces, widths } = await search([unsure, unsure, unsure, unsure])
  t.strictSame(widths, PASSES)
  t.strictSame(faces.map(({ score }) => score), [0.75])
  t.strictSame((await search([])).faces, [])
})

t.test('in pictures that are searched from all sides, a face that lies on its side is clear', async (t) => {
  const { faces, widths } = await search([() => [], (image) => [middle(image, 0.9, [80, 100])]], true)
  t.strictSame(widths, [400, 400, 400, 400])
  t.strictSame([faces[0]!.box.w, faces[0]!.box.h].map(Math.round), [100, 80])
})
