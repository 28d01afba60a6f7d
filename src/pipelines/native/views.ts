import type { Picture } from '../../image/picture.ts'
import { quarterTurned } from '../../image/turned.ts'
import { type Affine, invert, turning } from '../../math/affine.ts'

/** A picture as it is, or rotated by a multiple of 90°. */
export interface View {
  readonly picture: Picture
  /** From pixels of the view to pixels of the picture as it is. */
  readonly back: Affine
}

/** Returns the picture as it is and, with `rotated`, rotated by 90°, 180° and 270°. */
export function viewsOf (picture: Picture, rotated: boolean): [View, ...View[]] {
  const { width, height } = picture
  const upright: View = { picture, back: turning(0, width, height) }
  if (!rotated) return [upright]
  const turned = ([1, 2, 3] as const).map((quarters): View =>
    ({ picture: quarterTurned(picture, quarters), back: invert(turning(quarters, width, height)) }))
  return [upright, ...turned]
}

/**
 * Intersection over the smaller of two boxes from different views of one picture, above which the one with the lower score is a false
 * positive: usually a whole head, seen tilted.
 */
export const NESTED = 0.7
