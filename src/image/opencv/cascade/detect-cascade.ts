import { roundHalfEven } from '../../../math/rounding.ts'
import { toGrey } from '../../warp.ts'
import type { Canvas } from '../canvas.ts'
import { type Part, resizeExact, type Size } from '../resize-exact.ts'
import { evaluator } from './evaluate-cascade.ts'
import { type Candidate, group } from './group-rectangles.ts'
import type { Cascade } from './read-cascade.ts'

/** Factor by which the picture shrinks from one scale to the next: DeepFace's scaleFactor. */
const FACTOR = 1.1

/** A group of more candidates than this is a face: DeepFace's minNeighbors. */
const NEIGHBOURS = 10

/** Pixels of width for each stripe: OpenCV distributes the picture to its threads in stripes, from top to bottom. */
const STRIPE = 32

/** Number of shares into which OpenCV divides the remaining stripes for two threads. */
const SHARES = 8

/** A candidate and the stripe in which it was found. */
interface Found {
  readonly stripe: number
  readonly candidate: Candidate
}

/**
 * Finds the objects of `cascade`, in pixels of the canvas. OpenCV's `detectMultiScale3(image, 1.1, 10, outputRejectLevels=True)`, rectangle
 * for rectangle and weight for weight (4.11, `objdetect/src/cascadedetect.cpp`), in the order in which two equally fast threads find them;
 * OpenCV's threads race, which may swap neighbours in this order.
 *
 * The black border around the picture is skipped, which saves three quarters of the work when the picture is in DeepFace's frame. It takes
 * 0.5 to 1 µs a pixel of the picture, and eight bytes; OpenCV's own build for WebAssembly is up to twice as fast, but runs out of memory
 * for a photo of five megapixels in that frame.
 */
export function detect (cascade: Cascade, canvas: Canvas): Candidate[] {
  const { image, left, top } = canvas
  const full: Part = { x: left, y: top, width: image.width, height: image.height, data: toGrey(image.data) }
  const stripes = Math.ceil((canvas.width + 1 - cascade.width) / STRIPE)
  const turn = turns(stripes)
  const found = scales(cascade, canvas)
    .flatMap((scale) => atScale(cascade, full, canvas, scale, stripes))
    .sort((p, q) => turn(p.stripe) - turn(q.stripe))
  return group(found.map(({ candidate }) => candidate), NEIGHBOURS).map((one) => clipped(one, canvas))
}

/**
 * Returns the turn in which each stripe is processed: a free thread takes its share of the remaining stripes and processes all of them
 * scale by scale. `core/src/parallel_impl.cpp` of OpenCV 4.11, `ParallelJob::execute`.
 */
function turns (stripes: number): (stripe: number) => number {
  const turnOf: number[] = []
  for (let turn = 0; turnOf.length < stripes; turn++) {
    const share = Math.max(1, Math.floor((stripes - turnOf.length) / Math.min(stripes, SHARES)))
    for (let i = 0; i < share; i++) turnOf.push(turn)
  }
  return (stripe) => turnOf[stripe] ?? turnOf.length
}

/** Factors by which the canvas is shrunk, in float32, as long as a window fits into it. */
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
  // Windows outside the part are black and pass no stage, not even the first, so they are skipped in whole steps.
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
      // When a window does not even pass the first stage, OpenCV skips the next one.
      if (passed === 'none') x += step
    }
  }
  return found
}

/** Largest multiple of `step` that is at most `from`; 0 when `from` is negative. */
const stepsTo = (from: number, step: number): number => Math.max(0, from - from % step)

function clipped ({ x, y, w, h, weight }: Candidate, { width, height }: Size): Candidate {
  const [left, top] = [Math.max(0, x), Math.max(0, y)]
  return { x: left, y: top, w: Math.min(width, x + w) - left, h: Math.min(height, y + h) - top, weight }
}
