import { expand } from '../math/box.ts'
import type { Landmarks } from '../math/point.ts'
import type { Face, FoundFace } from './contract.ts'

/** Returns a face of the native pipeline as models look at it again, with the box that it had before it was expanded by `expandPercentage`. */
export const foundFace = ({ box, landmarks, score }: Face, expandPercentage: number): FoundFace =>
  ({ box: expand(box, -100 * expandPercentage / (100 + expandPercentage)), landmarks: landmarks as Landmarks | undefined, score })
