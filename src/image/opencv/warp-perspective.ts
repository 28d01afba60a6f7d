import { roundHalfEven } from '../../math/rounding.ts'
import type { Image } from '../image.ts'
import type { Canvas } from './canvas.ts'
import { inverse, type Perspective } from './perspective.ts'

/** Samples lie on a grid of 1/32 of a pixel. */
const PHASES = 32

/** Columns that OpenCV computes from one start; with another start, their last bit would differ. */
const BLOCK = 64

/**
 * Warps `canvas` by `matrix` into `width` × `height` pixels, black beyond the canvas. OpenCV's `warpPerspective` with INTER_LINEAR and a
 * constant border, bit for bit (4.10, `imgproc/src/imgwarp.cpp`), on 8-bit RGB. Nothing is smoothed.
 *
 * @example
 * const square = warpPerspective(canvas, perspective(corners, [[0, 128], [0, 0], [128, 0], [128, 128]]), 128, 128)
 */
export function warpPerspective ({ left, top, image }: Canvas, matrix: Perspective, width: number, height: number): Image {
  const [m00, m01, m02, m10, m11, m12, m20, m21, m22] = inverse(matrix)
  const out = new Uint8Array(width * height * 3)
  const { data } = image
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const step = x % BLOCK
      const start = x - step
      const w = m20 * start + m21 * y + m22 + m20 * step
      const scale = w === 0 ? 0 : PHASES / w
      const u = roundHalfEven((m00 * start + m01 * y + m02 + m00 * step) * scale) - left * PHASES
      const v = roundHalfEven((m10 * start + m11 * y + m12 + m10 * step) * scale) - top * PHASES
      const sx = Math.floor(u / PHASES)
      const sy = Math.floor(v / PHASES)
      if (sx < -1 || sy < -1 || sx >= image.width || sy >= image.height) continue
      const right = u - sx * PHASES
      const below = v - sy * PHASES
      const [west, east, north, south] = [sx >= 0, sx + 1 < image.width, sy >= 0, sy + 1 < image.height]
      const from = (sy * image.width + sx) * 3
      const next = from + image.width * 3
      for (let c = 0; c < 3; c++) {
        const upper = north ? (west ? (PHASES - right) * data[from + c]! : 0) + (east ? right * data[from + 3 + c]! : 0) : 0
        const lower = south ? (west ? (PHASES - right) * data[next + c]! : 0) + (east ? right * data[next + 3 + c]! : 0) : 0
        out[to + c] = ((PHASES - below) * upper + below * lower + 512) >> 10
      }
    }
  }
  return { width, height, data: out }
}
