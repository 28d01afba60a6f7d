import t from 'tap'
import type { Image } from '../../../../src/image/image.ts'
import { toCanvas, type Canvas, cropCanvas } from '../../../../src/image/opencv/canvas.ts'
import { perspective } from '../../../../src/image/opencv/perspective.ts'
import { resizeExact } from '../../../../src/image/opencv/resize-exact.ts'
import { resizeUint8 } from '../../../../src/image/opencv/resize-uint8.ts'
import { rotation, warpCubic } from '../../../../src/image/opencv/warp-cubic.ts'
import { warpPerspective } from '../../../../src/image/opencv/warp-perspective.ts'
import { toGrey } from '../../../../src/image/warp.ts'
import { noise, openCv, withMats } from '../../../opencv.ts'

const cv = await openCv()

/** Sizes from → to: down, up, by one pixel, to less than half, to exactly half, to the same, of a single row or column. */
const RESIZES = [
  [[97, 61], [50, 33]], [[97, 61], [96, 60]], [[40, 30], [112, 84]], [[200, 90], [31, 17]], [[64, 48], [32, 24]], [[64, 48], [32, 25]],
  [[37, 53], [37, 53]], [[1, 40], [9, 20]], [[40, 1], [20, 9]], [[300, 200], [299, 77]], [[7, 5], [8, 224]]
] as const

/** Number of values that differ. */
const differing = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).filter((value, i) => value !== b[i]).length + Math.abs(a.length - b.length)

/** `image` in the middle of a black canvas, and the same canvas with all its pixels. */
function onCanvas (image: Image, left: number, top: number): { canvas: Canvas, whole: Image } {
  const canvas = { width: image.width + 2 * left, height: image.height + 2 * top, left, top, image }
  return { canvas, whole: cropCanvas(canvas, 0, 0, canvas.width, canvas.height) }
}

t.test('grey is OpenCV’s', async (t) => {
  const image = noise(211, 97, 1)
  withMats((own) => {
    const out = own(new cv.Mat())
    cv.cvtColor(own(cv.matFromArray(image.height, image.width, cv.CV_8UC3, image.data)), out, cv.COLOR_RGB2GRAY)
    t.equal(differing(toGrey(image.data), out.data), 0)
  })
})

t.test('bilinear on 8 bits is OpenCV’s', async (t) => {
  for (const [i, [[width, height], [toWidth, toHeight]]] of RESIZES.entries()) {
    for (const [left, top] of [[0, 0], [width >> 1, height >> 1], [3, 0]] as const) {
      const { canvas, whole } = onCanvas(noise(width, height, i), left, top)
      withMats((own) => {
        const out = own(new cv.Mat())
        cv.resize(own(cv.matFromArray(whole.height, whole.width, cv.CV_8UC3, whole.data)), out, new cv.Size(toWidth, toHeight), 0, 0, cv.INTER_LINEAR)
        t.equal(differing(resizeUint8(canvas, toWidth, toHeight).data, out.data), 0, `${whole.width} × ${whole.height} → ${toWidth} × ${toHeight}`)
      })
    }
  }
})

t.test('bilinear on 8 bits by a factor is OpenCV’s', async (t) => {
  for (const [i, factor] of [0.5, 0.37, 1.9133, 1024 / 97].entries()) {
    const { canvas, whole } = onCanvas(noise(64 + i, 48 + i, i), 20, 9)
    withMats((own) => {
      const out = own(new cv.Mat())
      cv.resize(own(cv.matFromArray(whole.height, whole.width, cv.CV_8UC3, whole.data)), out, new cv.Size(0, 0), factor, factor, cv.INTER_LINEAR)
      t.equal(differing(resizeUint8(canvas, out.cols, out.rows, factor).data, out.data), 0, `× ${factor}`)
    })
  }
})

t.test('exact bilinear is OpenCV’s', async (t) => {
  for (const [i, [[width, height], [toWidth, toHeight]]] of RESIZES.entries()) {
    for (const [left, top] of [[0, 0], [width >> 1, height >> 1]] as const) {
      const { canvas, whole } = onCanvas(noise(width, height, i), left, top)
      const part = { x: left, y: top, width, height, data: toGrey(canvas.image.data) }
      const resized = resizeExact(part, whole, { width: toWidth, height: toHeight })
      const data = Uint8Array.from({ length: resized.data.length * 3 }, (_, i) => resized.data[i / 3 | 0]!)
      const rgb = { width: resized.width, height: resized.height, data }
      const spread = cropCanvas({ width: toWidth, height: toHeight, left: resized.x, top: resized.y, image: rgb }, 0, 0, toWidth, toHeight)
      withMats((own) => {
        const out = own(new cv.Mat())
        const grey = own(cv.matFromArray(whole.height, whole.width, cv.CV_8UC1, toGrey(whole.data)))
        cv.resize(grey, out, new cv.Size(toWidth, toHeight), 0, 0, cv.INTER_LINEAR_EXACT)
        t.equal(differing(spread.data.filter((_, i) => i % 3 === 0), out.data), 0, `${whole.width} × ${whole.height} → ${toWidth} × ${toHeight}`)
      })
    }
  }
})

t.test('the cubic warp is OpenCV’s, whole and by windows', async (t) => {
  for (const [i, degrees] of [0, 0.3, -4.7, 30, -91, 179.99, 45].entries()) {
    const image = noise(90 + i, 70 - i, i)
    const matrix = rotation([image.width >> 1, image.height >> 1], degrees)
    const whole = warpCubic(image, matrix, { x: 0, y: 0, width: image.width, height: image.height })
    withMats((own) => {
      const out = own(new cv.Mat())
      const m = own(cv.matFromArray(2, 3, cv.CV_64F, matrix))
      const source = own(cv.matFromArray(image.height, image.width, cv.CV_8UC3, image.data))
      const size = new cv.Size(image.width, image.height)
      cv.warpAffine(source, out, m, size, cv.INTER_CUBIC, cv.BORDER_CONSTANT, new cv.Scalar(0, 0, 0, 0))
      t.equal(differing(whole.data, out.data), 0, `${degrees}°`)
    })
    t.strictSame(warpCubic(image, matrix, { x: 20, y: 9, width: 31, height: 40 }).data, cropCanvas(toCanvas(whole), 20, 9, 31, 40).data)
  }
})

t.test('the perspective warp is OpenCV’s, to a smaller square and out of a slanted quadrangle', async (t) => {
  const SIDE = 128
  const target = [[0, SIDE], [0, 0], [SIDE, 0], [SIDE, SIDE]] as const
  const squares = ([[501, 333], [100, 333], [640, 480], [129, 1]] as const).map(([width, height]) => {
    const side = Math.max(width, height)
    const [left, top] = [(width - side) / 2, (height - side) / 2]
    return { width, height, corners: [[left, top + side], [left, top], [left + side, top], [left + side, top + side]] as const }
  })
  for (const { width, height, corners } of [...squares, { width: 211, height: 97, corners: [[13, 80.5], [-20, 3], [190, -7], [230, 110]] as const }]) {
    const { canvas, whole } = onCanvas(noise(width, height, width), width % 3 * 50, 0)
    const matrix = perspective(corners, target)
    withMats((own) => {
      const points = (list: typeof target | typeof corners) => own(cv.matFromArray(4, 1, cv.CV_32FC2, list.flat()))
      const theirs = own(cv.getPerspectiveTransform(points(corners), points(target)))
      t.strictSame(Array.from(theirs.data64F), matrix)
      const out = own(new cv.Mat())
      const source = own(cv.matFromArray(whole.height, whole.width, cv.CV_8UC3, whole.data))
      cv.warpPerspective(source, out, theirs, new cv.Size(SIDE, SIDE), cv.INTER_LINEAR, cv.BORDER_CONSTANT, new cv.Scalar(0, 0, 0, 0))
      t.equal(differing(warpPerspective(canvas, matrix, SIDE, SIDE).data, out.data), 0, `${whole.width} × ${whole.height}`)
    })
  }
})

t.test('a crop may reach over every edge', async (t) => {
  const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }
  const canvas = { width: 4, height: 3, left: 1, top: 1, image }
  t.strictSame(Array.from(cropCanvas(canvas, 0, 0, 4, 3).data.filter((_, i) => i % 3 === 0)), [0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0, 0])
  t.strictSame(Array.from(cropCanvas(canvas, 2, 1, 3, 1).data), [4, 5, 6, 0, 0, 0, 0, 0, 0])
  t.strictSame(Array.from(cropCanvas(canvas, -5, 1, 3, 1).data), Array(9).fill(0))
})
