import type { Size } from '../../image/pixels.ts'
import type { Image } from '../../image/image.ts'
import { type Affine, invert, resizing } from '../../math/affine.ts'
import type { Detection } from '../contract.ts'
import { moveDetection } from './move-detection.ts'

/** Maps pixels of `image`, which shows all of a picture, to pixels of the picture. */
export const toPicture = ({ width, height }: Size, image: Size): Affine => invert(resizing(image.width / width, image.height / height))

/** Runs `find` on the picture as `image` shows it. Returns faces in pixels of the picture. */
export async function findIn (picture: Size, image: Image, find: (image: Image) => Promise<Detection[]>): Promise<Detection[]> {
  const back = toPicture(picture, image)
  return (await find(image)).map((face) => moveDetection(back, face))
}
