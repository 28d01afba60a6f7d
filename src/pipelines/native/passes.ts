import type { Size } from '../../image/pixels.ts'
import { fromImage } from '../../image/picture.ts'
import { nmsGreedy } from '../../math/nms.ts'
import type { Detection, Detector } from '../contract.ts'
import { closerScale } from './closer-scale.ts'
import { findIn } from './find-in.ts'
import { type DetectOnce, withFineLandmarks } from './refine.ts'

/** Sizes that a detector can process. */
export interface Reach {
  /** Longest side of the first pass, in pixels; larger pictures are shrunk to it. */
  readonly longest: number
  /**
   * Side, in pixels of a pass, from which the detector finds every upright face. Where the first pass shows faces of 140 pixels smaller than
   * this, a closer one shows them in this size.
   */
  readonly face: number
  /** True when the detector finds large faces in large pictures too; the closer pass then replaces the first one. */
  readonly pyramid?: boolean
}

/**
 * Passes whose scales differ by less than this factor are one: the closer one finds the faces of the other. Those that fill a picture have
 * 1.5 times the longest side of the first pass.
 */
const NEAR = 1.5

/** Intersection over union above which two boxes of different passes are one face. */
export const SAME_FACE = 0.4

const firstScale = ({ width, height }: Size, longest: number): number => Math.min(1, longest / Math.max(width, height))

/** Scales of the passes over a picture, the largest first. Most pictures need one pass. */
export function passScales (picture: Size, { longest, face, pyramid = false }: Reach): number[] {
  const first = firstScale(picture, longest)
  const closer = closerScale(picture, face)
  if (closer <= first) return [first]
  return pyramid || closer < NEAR * first ? [closer] : [closer, first]
}

/**
 * Returns a detector that runs on each picture as a whole: once on most, twice on those that are so large or long that their faces would be
 * too small for it in one pass. `find` returns faces in pixels of the image that it is given. With `again`, faces that were small in the
 * largest pass are detected once more in a closer crop.
 */
export function inPasses (reach: Reach, find: DetectOnce, again?: DetectOnce): Detector {
  return {
    async detect (picture) {
      const [scale, ...smaller] = passScales(picture, reach) as [number, ...number[]]
      const image = await picture.at(scale)
      const found = (await findIn(picture, image, find)).sort((p, q) => q.score - p.score)
      for (const next of smaller) found.push(...await findIn(picture, await fromImage(image).at(next / scale), find))
      const faces = smaller.length === 0 ? found : nmsGreedy(found, SAME_FACE)
      return again ? await withFineLandmarks(again, picture, faces, scale, closerScale(picture, reach.face) > firstScale(picture, reach.longest)) : faces
    }
  }
}

/** Reads landmarks stored as x, y of the five points, in the order of `Landmarks`. */
export function pointsOf (values: ArrayLike<number>): NonNullable<Detection['landmarks']> {
  const point = (i: number): readonly [number, number] => [values[2 * i]!, values[2 * i + 1]!]
  return [point(0), point(1), point(2), point(3), point(4)]
}
