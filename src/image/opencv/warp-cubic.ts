import { roundHalfEven } from '../../math/rounding.ts'
import type { Image } from '../image.ts'

/** A 2 × 3 matrix, row by row, that maps (x, y, 1). */
export type Matrix = readonly [number, number, number, number, number, number]

/** A window of the target in pixels. */
export interface Window {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Sample positions are multiples of 1/32 pixel: OpenCV's INTER_TAB_SIZE. */
const PHASES = 32

/** Keys' cubic with A = −0.75, as in OpenCV's `interpolateCubic`. The four weights of a phase of 1/32 are exact in float32. */
function cubic (t: number): readonly [number, number, number, number] {
  const A = -0.75
  const c0 = ((A * (t + 1) - 5 * A) * (t + 1) + 8 * A) * (t + 1) - 4 * A
  const c1 = ((A + 2) * t - (A + 3)) * t * t + 1
  const c2 = ((A + 2) * (1 - t) - (A + 3)) * (1 - t) * (1 - t) + 1
  return [c0, c1, c2, 1 - c0 - c1 - c2]
}

/**
 * 16 weights, row by row, for each of 32 × 32 phases (y, x), as multiples of 1/32768 that add up to one. A difference left by rounding is
 * added to the smallest or the largest of the four lower right weights (10, 11, 14, 15). OpenCV 4.11, `initInterTab2D`.
 */
const WEIGHTS = weightTable()

function weightTable (): Int16Array {
  const table = new Int16Array(PHASES * PHASES * 16)
  const phases = Array.from({ length: PHASES }, (_, i) => cubic(i / PHASES))
  for (const [i, vertical] of phases.entries()) {
    for (const [j, horizontal] of phases.entries()) {
      const weights = table.subarray((i * PHASES + j) * 16, (i * PHASES + j + 1) * 16)
      let sum = 0
      for (let k = 0; k < 16; k++) {
        // 32768 does not fit into 16 bits, so the phase (0, 0) has two weights: 32767 and 1.
        weights[k] = Math.min(32767, roundHalfEven(Math.fround(vertical[k >> 2]! * horizontal[k & 3]!) * 32768))
        sum += weights[k]!
      }
      let least = 10
      let most = 10
      for (const k of [10, 11, 14, 15]) {
        if (weights[k]! < weights[least]!) least = k
        else if (weights[k]! > weights[most]!) most = k
      }
      weights[sum < 32768 ? most : least]! -= sum - 32768
    }
  }
  return table
}

/**
 * Warps `image` by `matrix`, black beyond the image, and returns the pixels of `window`. OpenCV's `warpAffine` with INTER_CUBIC and a
 * constant border, bit for bit (4.11, `imgproc/src/imgwarp.cpp`), on 8-bit RGB.
 *
 * @example
 * const turned = warpCubic(image, rotation([50, 50], 30), { x: 0, y: 0, width: 100, height: 100 })
 */
export function warpCubic (
  { width, height, data }: Image,
  matrix: Matrix,
  { x: left, y: top, width: toWidth, height: toHeight }: Window
): Image {
  const [m00, m01, m02, m10, m11, m12] = inverse(matrix)
  const out = new Uint8Array(toWidth * toHeight * 3)
  for (let row = 0, to = 0; row < toHeight; row++) {
    const y = row + top
    const startX = roundHalfEven((m01 * y + m02) * 1024) + 16
    const startY = roundHalfEven((m11 * y + m12) * 1024) + 16
    for (let column = 0; column < toWidth; column++, to += 3) {
      const x = column + left
      const u = (startX + roundHalfEven(m00 * x * 1024)) >> 5
      const v = (startY + roundHalfEven(m10 * x * 1024)) >> 5
      const sx = (u >> 5) - 1
      const sy = (v >> 5) - 1
      if (sx >= width || sx + 4 <= 0 || sy >= height || sy + 4 <= 0) continue
      const w = ((v & 31) * PHASES + (u & 31)) * 16
      let r = 16384
      let g = 16384
      let b = 16384
      for (let j = 0; j < 4; j++) {
        if (sy + j < 0 || sy + j >= height) continue
        let from = ((sy + j) * width + sx) * 3
        for (let k = 0; k < 4; k++, from += 3) {
          if (sx + k < 0 || sx + k >= width) continue
          const weight = WEIGHTS[w + j * 4 + k]!
          r += weight * data[from]!
          g += weight * data[from + 1]!
          b += weight * data[from + 2]!
        }
      }
      out[to] = saturate(r >> 15)
      out[to + 1] = saturate(g >> 15)
      out[to + 2] = saturate(b >> 15)
    }
  }
  return { width: toWidth, height: toHeight, data: out }
}

const saturate = (value: number): number => value < 0 ? 0 : value > 255 ? 255 : value

/** Inverts a matrix in the order of operations of OpenCV's `warpAffine`. */
function inverse ([a, b, tx, c, d, ty]: Matrix): Matrix {
  const determinant = a * d - b * c
  const scale = determinant === 0 ? 0 : 1 / determinant
  const ia = d * scale
  const ib = b * -scale
  const ic = c * -scale
  const id = a * scale
  return [ia, ib, -ia * tx - ib * ty, ic, id, -ic * tx - id * ty]
}

/** OpenCV's `getRotationMatrix2D` with scale 1: rotates by `degrees` about a centre, anticlockwise as displayed. */
export function rotation ([cx, cy]: readonly [number, number], degrees: number): Matrix {
  const angle = degrees * Math.PI / 180
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  return [cos, sin, (1 - cos) * cx - sin * cy, -sin, cos, sin * cx + (1 - cos) * cy]
}
