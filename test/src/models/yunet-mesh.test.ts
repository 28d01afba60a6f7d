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

/** Side of the crops in which one face is looked at, in pixels. */
const LOOK = 192

/**
 * Runs the search with one answer for each pass, and one score for each look at a face; returns its faces, the widths of the images of its
 * passes, and how many looks it took.
 */
async function search (answers: ReadonlyArray<(image: Image) => Detection[]>, rotated = false, scores: readonly number[] = []) {
  const widths: number[] = []
  let looks = 0
  const faces = await searchUntilClear(async (image) => {
    if (image.width === LOOK) {
      const score = scores[looks++]
      return score === undefined ? [] : [middle(image, score, [80, 100])]
    }
    widths.push(image.width)
    return answers[widths.length - 1]?.(image) ?? []
  }, rotated).detect(picture)
  return { faces, widths, looks }
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
    t.strictSame(widths.slice(0, 4), PASSES)
    t.strictSame(faces.map(({ score }) => score), [0.96])
    const [left, right] = faces[0]!.landmarks!
    const tilt = Math.atan2(right[1] - left[1], right[0] - left[0]) * 180 / Math.PI
    t.ok(Math.abs(tilt - 35) < 0.1, `tilted by ${tilt}°`)
  })
}

t.test('faces that only the first pass finds stay', async (t) => {
  const beside = { ...middle({ width: 400, height: 400, data: new Uint8Array(0) }, 0.75, [40, 50]), box: { x: 10, y: 10, w: 40, h: 50 } }
  const { faces, widths } = await search([() => [beside], () => [], () => [], (image) => [middle(image, 0.9, [80, 100])]])
  t.strictSame(widths.slice(0, 4), PASSES)
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

for (const [what, score, size] of [['of a middling score', 0.85, [80, 100]], ['as wide as it is high', 0.95, [100, 100]]] as const) {
  t.test(`beside a face ${what} that a look finds tilted, others are searched that are tilted as it is`, async (t) => {
    const beside = (image: Image, score: number) => ({ ...middle(image, score, [40, 50]), box: { x: 260, y: 100, w: 40, h: 50 } })
    const first = (image: Image) => [middle(image, score, size), { ...middle(image, 0.92, [70, 100]), box: { x: 0, y: 0, w: 70, h: 100 } }]
    const { faces, widths, looks } = await search([first, (image) => [beside(image, 0.85)]], false, [0.7, 0.8, 0.9])
    t.equal(looks, 3)
    t.strictSame(widths, [400, 558], 'the picture, and it rotated by 35°')
    t.ok(faces.some(({ score }) => score === 0.85), 'a face that only the rotated picture shows')
    t.notOk((await search([first, (image) => [beside(image, 0.79)]], false, [0.7, 0.8, 0.9])).faces.some(({ score }) => score === 0.79), 'an unsure one')
    t.strictSame((await search([first], false, [0.7, 0.9, 0.8])).widths, [400], 'upright after all')
  })
}

t.test('a sure face whose box is of the usual shape is not looked at, nor a narrow one', async (t) => {
  for (const [score, size] of [[0.9, [80, 100]], [0.8, [74, 100]]] as const) {
    const { looks, widths } = await search([(image) => [middle(image, score, size)]])
    t.strictSame({ looks, widths }, { looks: 0, widths: [400] })
  }
})
