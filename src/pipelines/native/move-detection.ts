import { type Affine, apply } from '../../math/affine.ts'
import { moveBox } from '../../math/box.ts'
import type { Landmarks } from '../../math/point.ts'
import type { Detection } from '../contract.ts'

/** Returns the face after `m` has moved, scaled or rotated its picture. */
export const moveDetection = (m: Affine, { box, landmarks, score }: Detection): Detection => ({
  box: moveBox(m, box),
  landmarks: landmarks?.map((point) => apply(m, point)) as Landmarks | undefined,
  score
})
