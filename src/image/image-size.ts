import { type FaceError, imageTooLarge } from '../errors.ts'

/** Longest side in pixels: what JPEG can state. A PNG of 146 KB can be 50 million pixels wide and one high, and libvips shrinks that for 4 s. */
const LONGEST = 65_535

/** What is wrong with the size of a picture before its pixels are decoded; undefined where nothing is. `limit`: of width × height. */
export function sizeProblem (width: number, height: number, limit: number): FaceError | undefined {
  if (width * height > limit) return imageTooLarge(`The image has ${width} × ${height} pixels; the limit is ${limit} pixels.`)
  if (Math.max(width, height) > LONGEST) return imageTooLarge(`The image has ${width} × ${height} pixels; no side may have more than ${LONGEST}.`)
  return undefined
}
