import { type Affine, compose, invert, resizing, scaleOf } from '../math/affine.ts'
import type { Picture } from './picture.ts'
import { warp, type WarpTarget } from './warp.ts'

/**
 * Smallest scale, in multiples of the crop's, at which an already decoded image is used. Decoding a photo of 2 megapixels again costs half
 * as much as embedding its face, and a third of a pixel of blur does not matter: verdicts on DeepFace's pairs, photos of that size, stay
 * 100 % right.
 */
const ENOUGH = 0.7

/** Largest such scale. The warp then averages several samples for each pixel, which costs less than decoding again. */
const AVERAGED = 4

/**
 * Crops `picture` into `target`; `toCrop` maps its full-scale pixels to those of the crop. The picture is decoded at the smallest scale at
 * which the crop is not blurred, so a large photo is decoded small.
 * @throws {FaceError} image_decode_error when the pixels are broken.
 * @throws {RangeError} when `toCrop` has no inverse.
 *
 * @example
 * const out = new Uint8Array(112 * 112 * 3)
 * await crop(picture, toCrop, { width: 112, height: 112, out, outside: 'black' })
 */
export async function crop (picture: Picture, toCrop: Affine, target: WarpTarget): Promise<void> {
  const scale = Math.min(1, scaleOf(toCrop))
  const image = await picture.at(scale, ENOUGH * scale, AVERAGED * scale)
  const toImage = resizing(image.width / picture.width, image.height / picture.height)
  warp(image, compose(toImage, invert(toCrop)), target)
}
