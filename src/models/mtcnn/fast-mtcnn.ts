import type { Canvas } from '../../image/opencv/canvas.ts'
import { argsort } from '../../math/argsort.ts'
import { bestFirst, nmsPyTorch, overSmaller, overUnion } from '../../math/corner-boxes.ts'
import type { Point } from '../../math/point.ts'
import type { CanvasFace } from '../../pipelines/deepface/deepface-models.ts'
import type { BothPipelines } from '../family.ts'
import { type Area, pool, whole } from './adaptive-pool.ts'
import { applyRegression, bestFirst as bestFirstUnstable, type Candidate, pointsIn, toSquare } from './candidates.ts'
import { cascaded, FACTOR, ONET, OVERLAP, RNET, SMALLEST } from './cascade.ts'
import { STRIDE, WINDOW } from './level.ts'
import { classify, type Found, type Nets, propose } from './nets.ts'

const { floor, fround, max, min, trunc } = Math

/** facenet-pytorch's defaults: the least score at PNet, and the scores that candidates must exceed at the other two. */
const SCORE = { pnet: fround(0.6), rnet: fround(0.7), onet: fround(0.7) }

/**
 * MTCNN as DeepFace calls it (`FastMtCnn.py`, 0.0.100) in facenet-pytorch 2.6.0, in float32 as there: faces, largest first.
 * Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", 2016, arXiv:1604.02878.
 *
 * Inputs float32 [n, height, width, 3] RGB, 0..255 with fractions.
 */
export const fastMtcnn = (nets: Nets): BothPipelines => cascaded(nets, { propose: proposals, refine, finish, toFace })

/** Size of each level of the pyramid relative to the canvas. */
export function scales ({ width, height }: { width: number, height: number }): number[] {
  const found: number[] = []
  let scale = WINDOW / SMALLEST
  for (let side = min(width, height) * scale; side >= WINDOW; side *= FACTOR) {
    found.push(scale)
    scale *= FACTOR
  }
  return found
}

interface Proposal extends Candidate {
  readonly regression: readonly [number, number, number, number]
}

async function proposals ({ pnet }: Nets, canvas: Canvas): Promise<Candidate[]> {
  const found: Proposal[] = []
  const area = { x: 0, y: 0, w: canvas.width, h: canvas.height }
  for (const scale of scales(canvas)) {
    const size = [trunc(canvas.width * scale + 1), trunc(canvas.height * scale + 1)] as const
    const cells = await propose(pnet, canvas, size,
      (level) => pool(canvas, area, level, new Float32Array((level.x.end - level.x.start) * (level.y.end - level.y.start) * 3)),
      (score) => score >= SCORE.pnet)
    const back = (value: number): number => floor(fround(value / fround(scale)))
    const candidates = cells.map(({ column, row, score, regression }): Proposal => ({
      x1: back(STRIDE * column + 1),
      y1: back(STRIDE * row + 1),
      x2: back(STRIDE * column + WINDOW),
      y2: back(STRIDE * row + WINDOW),
      score,
      regression
    }))
    found.push(...nmsPyTorch(bestFirst(candidates), OVERLAP.level, overUnion(fround)))
  }
  return nmsPyTorch(bestFirst(found), OVERLAP.all, overUnion(fround)).map(({ x1, y1, x2, y2, score, regression: [left, top, right, bottom] }) => {
    const [w, h] = [x2 - x1, y2 - y1]
    const at = (from: number, by: number, size: number): number => fround(from + fround(by * size))
    return toSquare({ x1: at(x1, left, w), y1: at(y1, top, h), x2: at(x2, right, w), y2: at(y2, bottom, h), score }, fround)
  })
}

async function refine ({ rnet }: Nets, canvas: Canvas, candidates: readonly Candidate[]): Promise<Candidate[]> {
  const visible = candidates.filter((candidate) => areaOf(candidate, canvas))
  const verdicts = await classify(rnet, visible, RNET, (some) => pooled(canvas, some, RNET))
  const passed = visible.flatMap((candidate, i) => verdicts[i]!.score > SCORE.rnet ? [{ ...candidate, ...verdicts[i]! }] : [])
  return nmsPyTorch(bestFirst(passed), OVERLAP.rnet, overUnion(fround)).map(({ regression, landmarks: _, ...candidate }) =>
    toSquare(applyRegression(candidate, regression, fround), fround))
}

async function finish ({ onet }: Nets, canvas: Canvas, candidates: readonly Candidate[]): Promise<Found[]> {
  const visible = candidates.filter((candidate) => areaOf(candidate, canvas))
  const verdicts = await classify(onet, visible, ONET, (some) => pooled(canvas, some, ONET))
  const passed = visible.flatMap((candidate, i) => {
    const { score, regression, landmarks } = verdicts[i]!
    const face = { ...applyRegression({ ...candidate, score }, regression, fround), points: pointsIn(candidate, landmarks!, fround) }
    return score > SCORE.onet ? [face] : []
  })
  const found = nmsPyTorch(bestFirstUnstable(passed), fround(OVERLAP.onet), overSmaller(fround, 1))
  const sizes = found.map(({ x1, y1, x2, y2 }) => fround(fround(x2 - x1) * fround(y2 - y1)))
  return argsort(sizes).reverse().map((place) => found[place]!)
}

/** Truncated to whole pixels. */
function toFace ({ x1, y1, x2, y2, points, score }: Found): CanvasFace {
  const [rightEye, leftEye] = points.map(([x, y]): Point => [trunc(x), trunc(y)])
  return { x: trunc(x1), y: trunc(y1), w: trunc(x2 - x1), h: trunc(y2 - y1), leftEye, rightEye, confidence: score }
}

/** The pixels of the candidates, resized to `size`, float32 [n, size, size, 3]. */
function pooled (canvas: Canvas, candidates: readonly Candidate[], size: number): Float32Array {
  const each = size * size * 3
  const out = new Float32Array(candidates.length * each)
  for (const [i, candidate] of candidates.entries()) pool(canvas, areaOf(candidate, canvas)!, whole(size), out.subarray(i * each, (i + 1) * each))
  return out
}

/**
 * The candidate in whole pixels, extended by one at the left and the top, and clipped to the canvas; undefined when it lies outside,
 * where facenet-pytorch fails.
 */
function areaOf ({ x1, y1, x2, y2 }: Candidate, { width, height }: Canvas): Area | undefined {
  const x = max(1, trunc(x1)) - 1
  const y = max(1, trunc(y1)) - 1
  const w = min(width, trunc(x2)) - x
  const h = min(height, trunc(y2)) - y
  return w > 0 && h > 0 ? { x, y, w, h } : undefined
}
