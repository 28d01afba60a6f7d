import { type Affine, compose, invert, resizing, scaleOf } from '../geometry/affine.ts'
import type { Picture } from './picture.ts'
import { warp, type WarpTarget } from './warp.ts'

/**
 * Cuts a crop out of `picture`: `toCrop` takes its full-scale pixels to the crop's. The picture is sampled from the smallest
 * scale at which the crop is not blurred, so a large photo is decoded small.
 * @throws {FaceError} image_decode_error when the pixels are broken.
 * @throws {RangeError} when `toCrop` has no inverse.
 */
export async function crop (picture: Picture, toCrop: Affine, target: WarpTarget): Promise<void> {
  const image = await picture.at(Math.min(1, scaleOf(toCrop)))
  const toImage = resizing(image.width / picture.width, image.height / picture.height)
  warp(image, compose(toImage, invert(toCrop)), target)
}
