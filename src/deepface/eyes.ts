import type { Point } from '../math/point.ts'
import type { Image } from '../image/image.ts'

/** In pixels of the face, left and right being the person's. */
export interface Eyes {
  readonly left: Point | undefined
  readonly right: Point | undefined
}

/** Looks for both eyes of a face that has been cut out of its picture. */
export type FindEyes = (face: Image) => Eyes
