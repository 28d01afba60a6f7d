import type { Picture } from '../../image/picture.ts'
import { quarterTurned } from '../../image/turned.ts'
import { type Affine, invert, turning } from '../../math/affine.ts'

/** A picture as it is or turned by quarters, and the way back from its pixels to those of the picture as it is. */
export interface View {
  readonly picture: Picture
  readonly back: Affine
}

/** The picture as it is, and with `rotated` turned by 90°, 180° and 270° too. */
export function viewsOf (picture: Picture, rotated: boolean): View[] {
  const { width, height } = picture
  const upright: View = { picture, back: turning(0, width, height) }
  if (!rotated) return [upright]
  return [upright, ...([1, 2, 3] as const).map((quarters) => ({ picture: quarterTurned(picture, quarters), back: invert(turning(quarters, width, height)) }))]
}

/**
 * Of two boxes from views of one picture, of which one has more than this of the other in it, the worse is no face: mostly a whole
 * head, seen askew.
 */
export const NESTED = 0.7
