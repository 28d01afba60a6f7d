import type { Part } from '../resize-exact.ts'
import { type Cascade, FIELDS } from './read-cascade.ts'

/** Stages that a window passed; `flat` is a window without contrast, which is not evaluated. */
export type Passed = 'all' | 'some' | 'none' | 'flat'

export interface Evaluator {
  /** Evaluates the window whose first pixel is (x, y) of the plane; the window may reach over the part. */
  stages: (x: number, y: number) => Passed
  /** Sum of the last stage, for the window evaluated last. */
  weight: () => number
}

const { fround } = Math

/**
 * Returns what evaluates `cascade` on windows of a plane that is black except for `part`. `predictOrderedStump` and `HaarEvaluator` of
 * OpenCV 4.11: features in float32, stages in double.
 */
export function evaluator (
  { width, height, stageEnds, stageThresholds, thresholds, leaves, rectangles }: Cascade,
  part: Part
): Evaluator {
  // Windows may reach over the part by their size minus one pixel, on each side.
  const stride = part.width + 2 * width + 1
  const { sums, squares } = integrals(part, width, height, stride)
  const features = featuresOf(rectangles, stride)
  // The contrast excludes the outermost pixels.
  const area = (width - 2) * (height - 2)
  const [i0, i1, i2, i3] = corners([1, 1, width - 2, height - 2], stride)
  const last = new Float64Array(1)

  function stages (x: number, y: number): Passed {
    const at = (y - part.y + height) * stride + x - part.x + width
    const total = sums[at + i0]! - sums[at + i1]! - sums[at + i2]! + sums[at + i3]!
    // The sums of squares may have overflowed; their difference, a positive 32-bit number, has not.
    const square = (squares[at + i0]! - squares[at + i1]! - squares[at + i2]! + squares[at + i3]!) >>> 0
    const variance = area * square - total * total
    if (variance <= 0) return 'flat'
    const factor = fround(1 / Math.sqrt(variance))
    if (area * factor >= 0.1) return 'flat'
    for (let stage = 0, stump = 0, f = 0; stage < stageEnds.length; stage++) {
      let sum = 0
      for (const end = stageEnds[stage]!; stump < end; stump++, f += FEATURE) {
        // Sums are integers below 2²⁴, so float32 holds everything here exactly except the product with the factor.
        let value = Math.imul(
          features[f]!,
          (sums[at + features[f + 1]!]! - sums[at + features[f + 2]!]! - sums[at + features[f + 3]!]! + sums[at + features[f + 4]!]!) | 0
        ) + Math.imul(
          features[f + 5]!,
          (sums[at + features[f + 6]!]! - sums[at + features[f + 7]!]! - sums[at + features[f + 8]!]! + sums[at + features[f + 9]!]!) | 0
        ) | 0
        const third = features[f + 10]!
        if (third !== 0) {
          value = value + Math.imul(
            third,
            (sums[at + features[f + 11]!]! - sums[at + features[f + 12]!]! - sums[at + features[f + 13]!]! + sums[at + features[f + 14]!]!) | 0
          ) | 0
        }
        // Indexing by the outcome costs less than branching on it, which the CPU predicts right only half of the time.
        sum += leaves[2 * stump + Number(fround(value * factor) < thresholds[stump]!)]!
      }
      if (sum < stageThresholds[stage]!) return stage === 0 ? 'none' : 'some'
      last[0] = sum
    }
    return 'all'
  }

  return { stages, weight: () => last[0]! }
}

/**
 * Integral images: sums and sums of squares of all pixels above and left of each point, modulo 2³², with a border of the window's size
 * around the part.
 */
function integrals ({ width, height, data }: Part, left: number, top: number, stride: number): { sums: Int32Array, squares: Int32Array } {
  const rows = height + 2 * top + 1
  const sums = new Int32Array(stride * rows)
  const squares = new Int32Array(stride * rows)
  for (let y = 1; y < rows; y++) {
    let sum = 0
    let square = 0
    const inside = y > top && y <= top + height
    const from = (y - top - 1) * width - left - 1
    for (let x = 1; x < stride; x++) {
      if (inside && x > left && x <= left + width) {
        const value = data[from + x]!
        sum += value
        square += value * value
      }
      const i = y * stride + x
      sums[i] = sums[i - stride]! + sum
      squares[i] = squares[i - stride]! + square
    }
  }
  return { sums, squares }
}

/** Offsets of the four corners of a rectangle in an integral image: upper left, upper right, lower left, lower right. */
const corners = ([x, y, w, h]: readonly [number, number, number, number], stride: number): [number, number, number, number] =>
  [y * stride + x, y * stride + x + w, (y + h) * stride + x, (y + h) * stride + x + w]

/** Numbers for each feature: the weight and corners of three rectangles; a missing third one has weight 0. */
const FEATURE = 15

function featuresOf (rectangles: Int32Array, stride: number): Int32Array {
  const features = new Int32Array(rectangles.length)
  for (let i = 0; i < rectangles.length; i += FIELDS) {
    const [x, y, w, h, weight] = rectangles.subarray(i, i + FIELDS) as unknown as [number, number, number, number, number]
    features[i] = weight
    features.set(corners([x, y, w, h], stride), i + 1)
  }
  return features
}
