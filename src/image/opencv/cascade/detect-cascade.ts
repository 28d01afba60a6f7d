import { roundHalfEven } from '../../../math/rounding.ts'
import { toGrey } from '../../warp.ts'
import type { Canvas } from '../canvas.ts'
import { type Part, resizeExact, type Size } from '../resize-exact.ts'
import { evaluator } from './evaluate-cascade.ts'
import { type Candidate, group } from './group-rectangles.ts'
import type { Cascade } from './read-cascade.ts'

/** DeepFace's arguments: how much smaller the picture is at each scale than at the one before (scaleFactor), and how many windows near each other make a face (minNeighbors). */
const FACTOR = 1.1
const NEIGHBOURS = 10

/** Pixels of width that give one more stripe: OpenCV hands out the picture to its threads in stripes from top to bottom. */
const STRIPE = 32

/** Shares that are made of the stripes that are left: OpenCV's for two threads. */
const SHARES = 8

/** A candidate and the stripe it was found in. */
interface Found {
  readonly stripe: number
  readonly candidate: Candidate
}

/**
 * OpenCV's `detectMultiScale3(image, 1.1, 10, outputRejectLevels=True)`, rectangle for rectangle and weight for weight (4.11,
 * `objdetect/src/cascadedetect.cpp`): where `cascade` finds its object, in pixels of the canvas. They are in the order in
 * which two threads find them that are equally fast; in OpenCV threads race, and neighbours in this order may change places.
 *
 * The black around the picture is never looked at, which saves three quarters of the work where the picture lies in DeepFace's
 * frame. It takes 0.5 to 1 µs a pixel of the picture, and eight bytes; OpenCV's own build for WebAssembly is up to twice as fast,
 * but has not the memory for a photo of five megapixels in that frame.
 */
export function detect (cascade: Cascade, canvas: Canvas): Candidate[] {
  const { image, left, top } = canvas
  const full: Part = { x: left, y: top, width: image.width, height: image.height, data: toGrey(image.data) }
  const stripes = Math.ceil((canvas.width + 1 - cascade.width) / STRIPE)
  const turn = turns(stripes)
  const found = scales(cascade, canvas).flatMap((scale) => atScale(cascade, full, canvas, scale, stripes)).sort((p, q) => turn(p.stripe) - turn(q.stripe))
  return group(found.map(({ candidate }) => candidate), NEIGHBOURS).map((one) => clipped(one, canvas))
}

/**
 * Says in which turn a stripe is looked at: a thread that is free takes its share of the stripes that are left and looks at all of
 * them scale by scale. `core/src/parallel_impl.cpp` of OpenCV 4.11, `ParallelJob::execute`.
 */
function turns (stripes: number): (stripe: number) => number {
  const turnOf: number[] = []
  for (let turn = 0; turnOf.length < stripes; turn++) {
    const share = Math.max(1, Math.floor((stripes - turnOf.length) / Math.min(stripes, SHARES)))
    for (let i = 0; i < share; i++) turnOf.push(turn)
  }
  return (stripe) => turnOf[stripe] ?? turnOf.length
}

/** Factors by which the canvas is shrunk, in float32; the last one leaves just one window. */
function scales ({ width, height }: Cascade, canvas: Size): number[] {
  const found: number[] = []
  for (let factor = 1; ; factor *= FACTOR) {
    if (roundHalfEven(width * factor) > canvas.width || roundHalfEven(height * factor) > canvas.height) return found
    found.push(Math.fround(factor))
  }
}

function atScale (cascade: Cascade, full: Part, canvas: Size, scale: number, stripes: number): Found[] {
  const size = { width: roundHalfEven(Math.fround(canvas.width / scale)), height: roundHalfEven(Math.fround(canvas.height / scale)) }
  const part = resizeExact(full, canvas, size)
  const evaluate = evaluator(cascade, part)
  const step = scale >= 2 ? 1 : 2
  const w = roundHalfEven(Math.fround(cascade.width * scale))
  const h = roundHalfEven(Math.fround(cascade.height * scale))
  const stripe = step * Math.max(1, Math.floor((Math.floor((size.height + 1 - cascade.height) / step) + stripes - 1) / stripes))
  const found: Found[] = []
  // Windows beside the part are black and pass no stage, not even the first: they only count as steps.
  const firstX = stepsTo(part.x - cascade.width, step)
  const firstY = stepsTo(part.y - cascade.height, step)
  const lastX = Math.min(size.width - cascade.width, part.x + part.width)
  const lastY = Math.min(size.height - cascade.height, part.y + part.height)
  for (let y = firstY; y <= lastY; y += step) {
    for (let x = firstX; x <= lastX; x += step) {
      const passed = evaluate.stages(x, y)
      if (passed === 'all') {
        const candidate = { x: roundHalfEven(Math.fround(x * scale)), y: roundHalfEven(Math.fround(y * scale)), w, h, weight: evaluate.weight() }
        found.push({ stripe: Math.floor(y / stripe), candidate })
      }
      // What does not even look like the first stage's face has a neighbour that does not either.
      if (passed === 'none') x += step
    }
  }
  return found
}

/** The last whole number of steps from 0 on that is not beyond `from`; 0 when that is negative. */
const stepsTo = (from: number, step: number): number => Math.max(0, from - from % step)

function clipped ({ x, y, w, h, weight }: Candidate, { width, height }: Size): Candidate {
  const [left, top] = [Math.max(0, x), Math.max(0, y)]
  return { x: left, y: top, w: Math.min(width, x + w) - left, h: Math.min(height, y + h) - top, weight }
}
