import type { Cascade, ShapePredictor, Tree } from '../../converter/importers/dlib/shape-predictor.ts'
import type { Image } from '../../image/image.ts'
import type { Affine } from '../../math/affine.ts'
import type { Point } from '../../math/point.ts'
import { similarityTransform } from '../../math/similarity-transform.ts'

/** Brightness, row by row: `data[y * width + x]`, 0..255. */
export interface Grey {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** A face's box as dlib has it: whole pixels, of which `right` and `bottom` are still inside. It may reach beyond the picture. */
export interface Rectangle {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Brightness as dlib takes it from colours: the mean of the three, rounded down (dlib 20.0 `pixel.h`). */
export function greyOf ({ width, height, data }: Image): Grey {
  const grey = new Uint8Array(width * height)
  for (let i = 0; i < grey.length; i++) grey[i] = (data[3 * i]! + data[3 * i + 1]! + data[3 * i + 2]!) / 3
  return { width, height, data: grey }
}

/**
 * The landmarks of the face in `box`, in whole pixels. Kazemi & Sullivan, "One Millisecond Face Alignment with an Ensemble of
 * Regression Trees", CVPR 2014; dlib 20.0 `image_processing/shape_predictor.h`, whose float32 roundings are kept, as a pixel
 * beside another can lead to another leaf.
 *
 * Of the predictor with five points these are, as the viewer sees them: the right eye's outer and inner corner, the left eye's
 * outer and inner corner, and the place where the nose meets the lip.
 */
export function predict ({ initialShape, cascades }: ShapePredictor, image: Grey, box: Rectangle): Point[] {
  const shape = initialShape.slice()
  for (const cascade of cascades) {
    const pixels = lookUp(cascade, image, box, shape, similarityTransform(pointsOf(initialShape), pointsOf(shape)))
    for (const tree of cascade.trees) move(shape, tree, pixels)
  }
  return pointsOf(shape).map(([x, y]) => inPicture(box, x, y))
}

/** The brightness at each pixel of the cascade, whose ways from the points turn and grow with the face; 0 outside of the picture. */
function lookUp ({ anchors, deltas }: Cascade, { width, height, data }: Grey, box: Rectangle, shape: Float32Array, turned: Affine): Uint8Array {
  const [a, b, c, d] = [turned.a, turned.b, turned.c, turned.d].map(Math.fround) as [number, number, number, number]
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

/** Adds to the points what the tree's leaf for these pixels says. */
function move (shape: Float32Array, { first, second, thresholds, leaves }: Tree, pixels: Uint8Array): void {
  let i = 0
  while (i < thresholds.length) i = pixels[first[i]!]! - pixels[second[i]!]! > thresholds[i]! ? 2 * i + 1 : 2 * i + 2
  const leaf = (i - thresholds.length) * shape.length
  for (let j = 0; j < shape.length; j++) shape[j] = shape[j]! + leaves[leaf + j]!
}

/** From coordinates of the box to the nearest pixel of the picture. */
const inPicture = ({ left, top, right, bottom }: Rectangle, x: number, y: number): Point =>
  [Math.floor(left + x * (right - left) + 0.5), Math.floor(top + y * (bottom - top) + 0.5)]

const pointsOf = (shape: Float32Array): Point[] => Array.from({ length: shape.length / 2 }, (_, i) => [shape[2 * i]!, shape[2 * i + 1]!])
