import type { Canvas } from '../../image/opencv/canvas.ts'
import { double, overSmaller, overUnion } from '../../math/corner-boxes.ts'
import type { Point } from '../../math/point.ts'
import { roundHalfEven } from '../../math/rounding.ts'
import type { CanvasFace } from '../../pipelines/deepface/deepface-models.ts'
import type { BothPipelines } from '../family.ts'
import { applyRegression, bestFirst, type Candidate, nmsTensorFlow, pointsIn, toSquare } from './candidates.ts'
import { cascaded, FACTOR, ONET, OVERLAP, RNET, SMALLEST } from './cascade.ts'
import { STRIDE, WINDOW } from './level.ts'
import { classify, type Found, type Nets, propose } from './nets.ts'
import { resizeArea } from './resize-area.ts'
import { sample } from './sample.ts'

const { fround, log, max, min, trunc } = Math

/** mtcnn's defaults: the scores that candidates must exceed. PNet's is compared in float32. */
const SCORE = { pnet: fround(0.6), rnet: 0.7, onet: 0.8 }

/**
 * MTCNN as DeepFace calls it (`MtCnn.py`, 0.0.100) in the package mtcnn 1.0.0. Zhang et al., "Joint Face Detection and Alignment
 * Using Multitask Cascaded Convolutional Networks", 2016, arXiv:1604.02878.
 *
 * Inputs float32 [n, height, width, 3] RGB, already normalised: outside the canvas RNet and ONet see 0, a medium grey.
 */
export const mtcnn = (nets: Nets): BothPipelines => cascaded(nets, { propose: proposals, refine, finish, toFace })

/** Size of each level of the pyramid relative to the canvas. */
export function scales ({ width, height }: { width: number, height: number }): number[] {
  const count = roundHalfEven(-(log(min(width, height) / WINDOW) / log(FACTOR) + 1))
  return Array.from({ length: max(0, count) }, (_, i) => WINDOW / SMALLEST * FACTOR ** i)
}

async function proposals ({ pnet }: Nets, canvas: Canvas): Promise<Candidate[]> {
  const found: Candidate[] = []
  for (const scale of scales(canvas)) {
    const size = [trunc(canvas.width * scale), trunc(canvas.height * scale)] as const
    const cells = await propose(pnet, canvas, size, (level) => resizeArea(canvas, level), (score) => score > SCORE.pnet)
    const candidates = cells.map(({ column, row, score, regression }): Candidate => {
      const [x, y] = [STRIDE * column, STRIDE * row]
      const side = WINDOW - 1
      return {
        x1: (x + 1 + regression[0] * side) / scale,
        y1: (y + 1 + regression[1] * side) / scale,
        x2: (x + WINDOW + regression[2] * side) / scale,
        y2: (y + WINDOW + regression[3] * side) / scale,
        score
      }
    })
    found.push(...best(candidates, OVERLAP.level))
  }
  return best(found, OVERLAP.all).map((candidate) => toSquare(candidate, double))
}

const best = (candidates: readonly Candidate[], threshold: number): Candidate[] =>
  nmsTensorFlow(bestFirst(candidates), threshold, overUnion(double))

async function refine ({ rnet }: Nets, canvas: Canvas, candidates: readonly Candidate[]): Promise<Candidate[]> {
  const verdicts = await classify(rnet, candidates, RNET, (some) => sample(canvas, some, RNET))
  const passed = candidates.flatMap((candidate, i) => {
    const { score, regression } = verdicts[i]!
    return score > SCORE.rnet ? [applyRegression({ ...candidate, score }, regression, double)] : []
  })
  return best(passed, OVERLAP.rnet).map((candidate) => toSquare(candidate, double))
}

async function finish ({ onet }: Nets, canvas: Canvas, candidates: readonly Candidate[]): Promise<Found[]> {
  const verdicts = await classify(onet, candidates, ONET, (some) => sample(canvas, some, ONET))
  const passed = candidates.flatMap((candidate, i) => {
    const { score, regression, landmarks } = verdicts[i]!
    const face = { ...applyRegression({ ...candidate, score }, regression, double), points: pointsIn(candidate, landmarks!, double) }
    return score > SCORE.onet ? [face] : []
  })
  return nmsTensorFlow(bestFirst(passed), OVERLAP.onet, overSmaller(double, 0))
}

/** Rounded to whole pixels, the box clipped to the canvas. */
function toFace ({ x1, y1, x2, y2, points, score }: Found, { width, height }: Canvas): CanvasFace {
  const inside = (value: number, size: number): number => min(max(value, 0), size - 1)
  const x = inside(x1, width)
  const y = inside(y1, height)
  const [rightEye, leftEye] = points.map(([px, py]): Point => [roundHalfEven(fround(px)), roundHalfEven(fround(py))])
  return {
    x: roundHalfEven(x),
    y: roundHalfEven(y),
    w: roundHalfEven(inside(x2, width) - x),
    h: roundHalfEven(inside(y2, height) - y),
    leftEye,
    rightEye,
    confidence: score
  }
}
