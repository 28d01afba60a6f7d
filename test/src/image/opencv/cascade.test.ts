import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import type { Image } from '../../../../src/image/image.ts'
import { toCanvas, cropCanvas } from '../../../../src/image/opencv/canvas.ts'
import { detect } from '../../../../src/image/opencv/cascade/detect-cascade.ts'
import { group } from '../../../../src/image/opencv/cascade/group-rectangles.ts'
import { readCascade } from '../../../../src/image/opencv/cascade/read-cascade.ts'
import { golden, missing, photo, weight } from '../../../golden.ts'
import { openCv, withMats } from '../../../opencv.ts'

const FACE = weight('haarcascade_frontalface_default.xml')
const EYE = weight('haarcascade_eye.xml')
const skip = existsSync(FACE) ? missing : 'the Haar cascades (../shared/weights) are not here'
const read = (url: URL) => readFileSync(url, 'utf8')

interface Record { image: string, detector: string, variant: string, raw: { rects: number[][], level_weights: number[], eyes_per_face: number[][][] } }

/** The picture in the black frame that DeepFace adds when it aligns. */
const framed = (image: Image) => {
  const [left, top] = [image.width >> 1, image.height >> 1]
  return { width: image.width + 2 * left, height: image.height + 2 * top, left, top, image }
}

/** Most pixels of a picture in this test; `npm run tool -- parity` compares them all. */
const MOST = 250_000

t.test('faces and eyes are those OpenCV found for DeepFace', { skip }, async (t) => {
  const [face, eye] = [readCascade(read(FACE)), readCascade(read(EYE))]
  const records = golden<Record[]>('extract_faces.json').filter(({ detector, variant }) => detector === 'opencv' && (variant === 'align' || variant === 'noalign'))
  let compared = 0
  for (const { image: name, variant, raw } of records) {
    const image = await photo(name)
    if (image.width * image.height > MOST) continue
    const canvas = variant === 'align' ? framed(image) : toCanvas(image)
    const found = detect(face, canvas)
    t.strictSame(found.map(({ x, y, w, h }) => [x, y, w, h]), raw.rects, `${name} ${variant}`)
    t.strictSame(found.map(({ weight }) => Number(weight.toPrecision(9))), raw.level_weights, `${name} ${variant}: weights`)
    const eyes = found.map(({ x, y, w, h }) => detect(eye, toCanvas(cropCanvas(canvas, x, y, w, h))))
    // The order depends on a race between OpenCV's threads.
    t.strictSame(eyes.map((all) => sorted(all.map(({ x, y, w, h }) => [x, y, w, h]))), raw.eyes_per_face.map(sorted), `${name} ${variant}: eyes`)
    compared++
  }
  t.ok(compared > 1)
})

const sorted = (rects: readonly number[][]): number[][] => [...rects].sort(([x0, y0], [x1, y1]) => x0! - x1! || y0! - y1!)

t.test('weights of OpenCV’s own code, digit for digit', { skip }, async (t) => {
  const cv = await openCv()
  const cascade = readCascade(read(FACE))
  cv.FS_createDataFile('/', 'face.xml', readFileSync(FACE), true, false, false)
  const image = await photo('img5.jpg')
  withMats((own) => {
    const classifier = own(new cv.CascadeClassifier())
    classifier.load('face.xml')
    const [grey, rects, levels, weights] = [own(new cv.Mat()), own(new cv.RectVector()), own(new cv.IntVector()), own(new cv.DoubleVector())]
    cv.cvtColor(own(cv.matFromArray(image.height, image.width, cv.CV_8UC3, image.data)), grey, cv.COLOR_RGB2GRAY)
    classifier.detectMultiScale3(grey, rects, levels, weights, 1.1, 10, 0, new cv.Size(0, 0), new cv.Size(0, 0), true)
    const expected = Array.from({ length: rects.size() }, (_, i) => {
      const { x, y, width: w, height: h } = rects.get(i)
      return { x, y, w, h, weight: weights.get(i) }
    })
    t.strictSame(detect(cascade, toCanvas(image)), expected)
    t.equal(expected.length, 1)
  })
})

t.test('a file that is no such cascade says so', async (t) => {
  t.throws(() => readCascade('<xml/>'), /no cascade/)
  t.throws(() => readCascade('<cascade><stageType>BOOST</stageType><featureType>LBP</featureType></cascade>'), /features other than HAAR/)
})

t.test('groups', async (t) => {
  const at = (x: number, w: number, weight: number) => ({ x, y: 0, w, h: w, weight })
  t.strictSame(group([], 1), [])
  t.strictSame(group([at(0, 20, 1), at(2, 20, 5)], 2), [], 'a group needs more members than that')
  t.strictSame(group([at(0, 20, 1), at(3, 20, 5), at(6, 21, 2)], 2), [at(3, 20, 5)], 'near through others; the mean, the largest weight')
  const [large, small] = [at(0, 100, 1), at(30, 30, 9)]
  t.strictSame(group([large, large, large, large, small, small], 1), [large], 'a smaller group inside a larger one is dropped')
})
