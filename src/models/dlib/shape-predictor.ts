import type { Cascade, ShapePredictor, Tree } from '../../converter/importers/dlib/shape-predictor.ts'
import type { Image } from '../../image/image.ts'
import type { Affine } from '../../math/affine.ts'
import type { Point } from '../../math/point.ts'
import { similarityTransform } from '../../math/similarity-transform.ts'

/** Brightness of a picture, row by row: `data[y * width + x]`, 0..255. */
export interface Grey {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** A box as dlib has it: whole pixels, `right` and `bottom` included. It may reach beyond the picture. */
export interface Rectangle {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Brightness as dlib computes it from colours: the mean of the three, rounded down (dlib 20.0 `pixel.h`). */
export function greyOf ({ width, height, data }: Image): Grey {
  const grey = new Uint8Array(width * height)
  for (let i = 0; i < grey.length; i++) grey[i] = (data[3 * i]! + data[3 * i + 1]! + data[3 * i + 2]!) / 3
  return { width, height, data: grey }
}

/**
 * Predicts the landmarks of the face in `box`, in whole pixels. Kazemi & Sullivan, "One Millisecond Face Alignment with an Ensemble of
 * Regression Trees", CVPR 2014; dlib 20.0 `image_processing/shape_predictor.h`, whose float32 roundings are kept, because a neighbouring
 * pixel can lead to another leaf.
 *
 * The predictor with five points returns, as the viewer sees them: outer and inner corner of the right eye, outer and inner corner of
 * the left eye, and the point where the nose meets the lip.
 */
export function predict ({ initialShape, cascades }: ShapePredictor, image: Grey, box: Rectangle): Point[] {
  const shape = initialShape.slice()
  for (const cascade of cascades) {
    const pixels = readPixels(cascade, image, box, shape, similarityTransform(pointsOf(initialShape), pointsOf(shape)))
    for (const tree of cascade.trees) move(shape, tree, pixels)
  }
  return pointsOf(shape).map(([x, y]) => inPicture(box, x, y))
}

/** Brightness at each pixel that the cascade reads, 0 outside the picture. `toShape` rotates and scales their offsets from the points. */
function readPixels ({ anchors, deltas }: Cascade, { width, height, data }: Grey, box: Rectangle, shape: Float32Array, toShape: Affine): Uint8Array {
  const [a, b, c, d] = [toShape.a, toShape.b, toShape.c, toShape.d].map(Math.fround) as [number, number, number, number]
  const values = new Uint8Array(anchors.length)
  for (let i = 0; i < values.length; i++) {
    const [dx, dy] = [deltas[2 * i]!, deltas[2 * i + 1]!]
    const anchor = 2 * anchors[i]!
    const px = Math.fround(Math.fround(Math.fround(a * dx) + Math.fround(b * dy)) + shape[anchor]!)
    const py = Math.fround(Math.fround(Math.fround(c * dx) + Math.fround(d * dy)) + shape[anchor + 1]!)
    const [x, y] = inPicture(box, px, py)
    if (x >= 0 && y >= 0 && x < width && y < height) values[i] = data[y * width + x]!
  }
  return values
}

/** Adds to the points the offsets of the leaf that these pixels lead to. */
function move (shape: Float32Array, { first, second, thresholds, leaves }: Tree, pixels: Uint8Array): void {
  let i = 0
  while (i < thresholds.length) i = pixels[first[i]!]! - pixels[second[i]!]! > thresholds[i]! ? 2 * i + 1 : 2 * i + 2
  const leaf = (i - thresholds.length) * shape.length
  for (let j = 0; j < shape.length; j++) shape[j] = shape[j]! + leaves[leaf + j]!
}

/** The nearest pixel of the picture to a position in sides of the box. */
const inPicture = ({ left, top, right, bottom }: Rectangle, x: number, y: number): Point =>
  [Math.floor(left + x * (right - left) + 0.5), Math.floor(top + y * (bottom - top) + 0.5)]

const pointsOf = (shape: Float32Array): Point[] => Array.from({ length: shape.length / 2 }, (_, i) => [shape[2 * i]!, shape[2 * i + 1]!])
