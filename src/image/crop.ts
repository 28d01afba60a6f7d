import { type Affine, compose, invert, resizing, scaleOf } from '../math/affine.ts'
import type { Picture } from './picture.ts'
import { warp, type WarpTarget } from './warp.ts'

/**
 * How much smaller than the crop wants it a picture may be that is decoded already: to decode a photo of 2 megapixels again costs half
 * as much as to embed its face, and a third of a pixel of blur does not show: DeepFace's pairs, photos of that size, stay 100 % right.
 */
const ENOUGH = 0.7

/** How much larger it may be: the warp then takes the mean of several samples, which costs less than decoding again. */
const AVERAGED = 4

/**
 * Cuts a crop out of `picture`: `toCrop` takes its full-scale pixels to the crop's. The picture is sampled from the smallest
 * scale at which the crop is not blurred, so a large photo is decoded small.
 * @throws {FaceError} image_decode_error when the pixels are broken.
 * @throws {RangeError} when `toCrop` has no inverse.
 */
export async function crop (picture: Picture, toCrop: Affine, target: WarpTarget): Promise<void> {
  const scale = Math.min(1, scaleOf(toCrop))
  const image = await picture.at(scale, ENOUGH * scale, AVERAGED * scale)
  const toImage = resizing(image.width / picture.width, image.height / picture.height)
  warp(image, compose(toImage, invert(toCrop)), target)
}
