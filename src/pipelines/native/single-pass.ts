import type { Image } from '../../image/image.ts'
import { invert, resizing } from '../../math/affine.ts'
import type { Detection, Detector } from '../contract.ts'
import { moveDetection } from './move-detection.ts'

/**
 * Returns a detector that runs once on each picture, shrunk to a longest side of `longest` pixels when it is larger. `find` returns faces
 * in pixels of the image that it is given.
 */
export function singlePass (longest: number, find: (image: Image) => Promise<Detection[]>): Detector {
  return {
    async detect (picture) {
      const image = await picture.at(Math.min(1, longest / Math.max(picture.width, picture.height)))
      const back = invert(resizing(image.width / picture.width, image.height / picture.height))
      return (await find(image)).map((face) => moveDetection(back, face)).sort((p, q) => q.score - p.score)
    }
  }
}

/** Reads landmarks stored as x, y of the five points, in the order of `Landmarks`. */
export function pointsOf (values: ArrayLike<number>): NonNullable<Detection['landmarks']> {
  const point = (i: number): readonly [number, number] => [values[2 * i]!, values[2 * i + 1]!]
  return [point(0), point(1), point(2), point(3), point(4)]
}
