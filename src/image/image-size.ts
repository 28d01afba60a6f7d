import { type FaceError, imageTooLarge } from '../errors.ts'

/**
 * Longest allowed side in pixels, the largest that JPEG can state. A PNG of 146 KB can be 50 million pixels wide and one high, and libvips
 * takes 4 s to shrink it.
 */
const LONGEST = 65_535

/** Returns the error for a picture that is too large to decode, undefined for any other. `limit` is the most pixels, width × height. */
export function sizeProblem (width: number, height: number, limit: number): FaceError | undefined {
  if (width * height > limit) return imageTooLarge(`The image has ${width} × ${height} pixels; the limit is ${limit} pixels.`)
  if (Math.max(width, height) > LONGEST) return imageTooLarge(`The image has ${width} × ${height} pixels; no side may have more than ${LONGEST}.`)
  return undefined
}
