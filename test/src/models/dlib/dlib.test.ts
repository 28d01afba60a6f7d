import t from 'tap'
import { type Canvas, cropCanvas, toCanvas } from '../../../../src/image/opencv/canvas.ts'
import { cardNamed } from '../../../../src/models/catalogue.ts'
import { resize } from '../../../../src/models/dlib/dlib-resize.ts'
import { hog } from '../../../../src/models/dlib/hog.ts'
import { partsOf } from '../../../../src/models/model-files.ts'
import { extractFaces } from '../../../../src/pipelines/deepface/detection.ts'
import { compareFaces } from '../../../../tools/parity/faces.ts'
import type { ExtractRecord } from '../../../../tools/parity/records.ts'
import { openDetector } from '../../../detectors.ts'
import { golden, missing as missingPhotos, photo } from '../../../golden.ts'
import { missing, published } from '../../../references.ts'

const files = partsOf(cardNamed('dlib-hog')).flatMap(({ files }) => files)
const missingWeights = missing(...files.map(({ sha256, name }) => published(sha256!, name)))

/** A picture by formula. */
const image = (width: number, height: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [k, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
    return (x * x * (k + 1) + 3 * y * y + x * y * 7) % 251
  })
})

/** Two checksums of all values, the second weighted by their positions. */
const sums = ({ image: { data } }: Canvas): [number, number] =>
  [data.reduce((sum, value) => sum + value, 0), data.reduce((sum, value, i) => sum + value * (i % 1009), 0)]

t.test('a picture is resized as dlib 20.0.1 does it, to the last bit', async (t) => {
  t.strictSame(sums(resize(toCanvas(image(53, 37)), 108, 75)), [3031299, 1524305063])
  t.strictSame(sums(resize(toCanvas(image(53, 37)), 44, 30)), [492504, 246356913])
})

/** A picture on a larger canvas, without and with the black around it in memory. */
const framed: Canvas = { width: 120, height: 110, left: 40, top: 33, image: image(40, 30) }
const whole = toCanvas(cropCanvas(framed, 0, 0, framed.width, framed.height))

t.test('the black around a picture need not be in memory', async (t) => {
  for (const [width, height] of [[242, 221], [100, 91]] as const) {
    const [part, all] = [resize(framed, width, height), resize(whole, width, height)]
    t.ok(part.image.data.length < all.image.data.length)
    t.strictSame(cropCanvas(part, 0, 0, width, height), all.image)
  }
  const [part, all] = [hog(framed)!, hog(whole)!]
  t.strictSame([part.columns, part.rows], [all.columns, all.rows])
  t.ok(part.values.length < all.values.length)
  t.ok(all.values.some((value) => value > 0))
  const value = ({ left, top, width, height, values }: typeof all, x: number, y: number, k: number): number =>
    x < left || y < top || x >= left + width || y >= top + height ? 0 : values[((y - top) * width + x - left) * 31 + k]!
  for (let y = 0; y < all.rows; y++) {
    for (let x = 0; x < all.columns; x++) {
      for (let k = 0; k < 31; k++) if (value(part, x, y, k) !== value(all, x, y, k)) t.fail(`${[x, y, k]}`)
    }
  }
})

t.test('a gradient to the right counts for the first direction, with sign and without', async (t) => {
  const ramp = { width: 64, height: 64, data: Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => 3 * (Math.floor(i / 3) % 64)) }
  const { columns, rows, width, values } = hog(toCanvas(ramp))!
  t.strictSame([columns, rows], [6, 6])
  const middle = [...values.subarray((3 * width + 3) * 31, (3 * width + 4) * 31)]
  // All four squares are clipped at a fifth, and each is halved.
  t.strictSame(middle.map((value) => Math.round(value * 1000) / 1000), [0.4, ...Array(17).fill(0), 0.4, ...Array(8).fill(0), ...Array(4).fill(0.047)])
})

t.test('a picture with fewer than three cells in a row has no cells', async (t) => {
  t.equal(hog(toCanvas(image(19, 40))), undefined)
  t.strictSame(hog(toCanvas(image(20, 40)))!.columns, 1)
})

t.test('no face in black, in noise, in a pixel', { skip: missingWeights }, async (t) => {
  const { find } = await openDetector(t, 'dlib-hog')
  for (const picture of [image(1, 1), image(90, 70), { width: 100, height: 120, data: new Uint8Array(36_000) }]) t.strictSame(await find(toCanvas(picture)), [])
})

t.test('boxes, eyes, confidences and crops are DeepFace’s, to the last bit', { skip: missingPhotos || missingWeights }, async (t) => {
  const detector = await openDetector(t, 'dlib-hog')
  // All records take minutes: `npm run tool -- parity`.
  const records = golden<ExtractRecord[]>('extract_faces.json').filter(({ detector, image, variant }) =>
    detector === 'dlib' && ['img5.jpg', 'img46.jpg'].includes(image) && ['align', 'noalign'].includes(variant))
  t.equal(records.length, 4)
  for (const record of records) {
    const options = { align: record.align, expandPercentage: 0, maxFaces: undefined, enforceDetection: true }
    const faces = await extractFaces(await photo(record.image), detector, options)
    t.match(compareFaces(faces, record, 0), { equal: true, confidence: 0, crop: 0 }, `${record.image} ${record.variant}`)
  }
})
