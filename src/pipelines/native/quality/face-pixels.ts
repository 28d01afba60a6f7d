import { crop } from '../../../image/crop.ts'
import type { Picture } from '../../../image/picture.ts'
import { toGrey } from '../../../image/warp.ts'
import { apply, invert } from '../../../math/affine.ts'
import { convexHull, eachRow } from '../../../math/convex-hull.ts'
import type { Point } from '../../../math/point.ts'
import type { Mesh } from '../../contract.ts'
import { pointOf } from '../mesh/points.ts'
import { nextSquare, squareToCrop } from '../mesh/squares.ts'

/** Side of the measured crop, in pixels. A face has 102 of them, as in the crops of recognisers: detail that they do not see does not count. */
const SIDE = 128

/** Figures of the pixels of a face: those inside the convex hull of its mesh and inside the picture. */
export interface FacePixels {
  /** Share of the pixels with each linear luminance of 0..255; 256 shares, all 0 for a face outside the picture. */
  readonly luminance: Float64Array
  /**
   * Variance of the Laplacian of the grey values, as `src/image/laplacian-variance.ts` has it, at the same mean: that of a photo that is half as
   * bright is a quarter, and dark skin must not pass for blur.
   */
  readonly sharpness: number
}

/** Mean grey value to which sharpness is converted, and the least that is: below, it would be the noise of rounding. */
const MEAN = { standard: 110, least: 40 }

/** Linear light of each value of sRGB, 0..1 (IEC 61966-2-1). */
const LINEAR = Float64Array.from({ length: 256 }, (_, value) => {
  const v = value / 255
  return v > 0.04045 ? ((v + 0.055) / 1.055) ** 2.4 : v / 12.92
})

/** Measures the pixels of a face. */
export async function facePixels (picture: Picture, mesh: Mesh): Promise<FacePixels> {
  const toCrop = squareToCrop(nextSquare(mesh), SIDE)
  const rgb = new Uint8Array(SIDE * SIDE * 3)
  await crop(picture, toCrop, { width: SIDE, height: SIDE, out: rgb, outside: 'replicate' })
  const back = invert(toCrop)
  const isInPicture = (x: number, y: number): boolean => {
    const [px, py] = apply(back, [x, y])
    return px >= 0 && py >= 0 && px <= picture.width - 1 && py <= picture.height - 1
  }
  return measure(rgb, SIDE, convexHull(Array.from({ length: mesh.points.length / 3 }, (_, i) => apply(toCrop, pointOf(mesh, i)))), isInPicture)
}

/** Measures the pixels of a crop of `side` × `side` that are inside the hull, and for which `counts` is true. */
export function measure (rgb: Uint8Array, side: number, hull: readonly Point[], counts: (x: number, y: number) => boolean): FacePixels {
  const grey = toGrey(rgb)
  const luminance = new Float64Array(256)
  let [pixels, brightness, inner, sum, squares] = [0, 0, 0, 0, 0]
  eachRow(hull, side, side, (y, from, to) => {
    for (let x = from; x <= to; x++) {
      if (!counts(x, y)) continue
      const i = y * side + x
      const light = 0.2126 * LINEAR[rgb[3 * i]!]! + 0.7152 * LINEAR[rgb[3 * i + 1]!]! + 0.0722 * LINEAR[rgb[3 * i + 2]!]!
      luminance[Math.floor(255 * light + 0.5)]!++
      pixels++
      brightness += grey[i]!
      if (x === 0 || y === 0 || x === side - 1 || y === side - 1) continue
      const value = grey[i - 1]! + grey[i + 1]! + grey[i - side]! + grey[i + side]! - 4 * grey[i]!
      inner++
      sum += value
      squares += value * value
    }
  })
  const factor = MEAN.standard / Math.max(MEAN.least, brightness / pixels)
  return {
    luminance: pixels === 0 ? luminance : luminance.map((count) => count / pixels),
    sharpness: inner === 0 ? 0 : factor ** 2 * (squares / inner - (sum / inner) ** 2)
  }
}
