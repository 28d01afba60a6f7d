import sharp from 'sharp'
import t from 'tap'
import { type Canvas, toCanvas } from '../../../src/image/opencv/canvas.ts'
import type { DetectorByPipeline } from '../../../src/models/family.ts'
import { onShrunkCanvas } from '../../../src/models/shrunk-canvas.ts'
import { withBorder } from '../../../src/pipelines/deepface/border.ts'
import { missingWeights, openCard } from '../../detectors.ts'
import { missing, photo } from '../../golden.ts'

const LIMIT = { whole: 10_000, shrunk: 2500 }
const image = (width: number, height: number) => ({ width, height, data: new Uint8Array(width * height * 3) })

/** A detector that reports one face, at a fixed place, and remembers what it has seen. */
function recording () {
  const seen: Canvas[] = []
  const find = async (canvas: Canvas) => {
    seen.push(canvas)
    const leftEye = [canvas.left + 18, canvas.top + 15] as const
    return [{ x: canvas.left + 5, y: canvas.top + 10, w: 20, h: 25, leftEye, rightEye: undefined, confidence: 0.9 }]
  }
  return { seen, find }
}

t.test('a canvas within the limit is processed as it is', async (t) => {
  const { seen, find } = recording()
  const canvas = withBorder(image(100, 100), true)
  await onShrunkCanvas(find, LIMIT)(canvas)
  t.equal(seen[0], canvas, 'the border does not count')
})

t.test('a larger one is shrunk with its border, and its faces are in pixels of the canvas as it was', async (t) => {
  for (const border of [false, true]) {
    const { seen, find } = recording()
    const canvas = border ? withBorder(image(400, 100), true) : toCanvas(image(400, 100))
    const [face] = await onShrunkCanvas(find, LIMIT)(canvas)
    t.match(seen[0], border ? { width: 200, height: 50, left: 50, top: 13 } : { width: 100, height: 25, left: 0, top: 0 })
    t.match(seen[0]!.image, { width: 100, height: 25 })
    t.strictSame(face, {
      x: canvas.left + 20,
      y: canvas.top + 40,
      w: 80,
      h: 100,
      leftEye: [canvas.left + 72, canvas.top + 60],
      rightEye: undefined,
      confidence: 0.9
    })
  }
})

t.test('the border counts where it costs', async (t) => {
  const { seen, find } = recording()
  await onShrunkCanvas(find, { ...LIMIT, withBorder: true })(withBorder(image(100, 100), true))
  t.match(seen[0], { width: 50, height: 50, image: { width: 25, height: 25 } })
})

for (const name of ['opencv', 'mtcnn', 'fastmtcnn', 'centerface', 'dlib-hog']) {
  t.test(`${name} finds a face of 50 megapixels where it finds it in a smaller copy`, { skip: missing || missingWeights(name) }, async (t) => {
    const { deepface } = await openCard<DetectorByPipeline>(t, name)
    const { width, height, data } = await photo('img1.jpg')
    const enlarged = async (to: number) => {
      const size = { width: to, height: Math.round(height * to / width) }
      return { ...size, data: await sharp(data, { raw: { width, height, channels: 3 } }).resize({ ...size, fit: 'fill' }).raw().toBuffer() }
    }
    const [small] = await deepface!.find(toCanvas(await enlarged(800)))
    const [large] = await deepface!.find(toCanvas(await enlarged(6000)))
    const share = (face: typeof small, by: number) => [face!.x, face!.y, face!.w, face!.h].map((value) => value / by)
    t.ok(share(large, 6000).every((value, i) => Math.abs(value - share(small, 800)[i]!) < 0.05), `${share(large, 6000)} and ${share(small, 800)}`)
  })
}
