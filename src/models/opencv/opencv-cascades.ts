import type { Image } from '../../image/image.ts'
import { toCanvas, cropCanvas } from '../../image/opencv/canvas.ts'
import { detect } from '../../image/opencv/cascade/detect-cascade.ts'
import type { Rect } from '../../image/opencv/cascade/group-rectangles.ts'
import { readCascade } from '../../image/opencv/cascade/read-cascade.ts'
import { resizeUint8 } from '../../image/opencv/resize-uint8.ts'
import type { Point } from '../../math/point.ts'
import type { CanvasDetector, Eyes, FindEyes } from '../../pipelines/deepface/deepface-models.ts'

/**
 * Viola and Jones, "Rapid object detection using a boosted cascade of simple features", CVPR 2001, as OpenCV implements it and
 * DeepFace calls it (`OpenCv.py`, 0.0.100). `face` and `eye` are the texts of `haarcascade_frontalface_default.xml` and
 * `haarcascade_eye.xml`.
 *
 * The confidence is (100 − weight) / 100, and a clearer face has a larger weight: the clearer the face, the lower its confidence. That
 * is DeepFace's behaviour, as are faces whose "eyes" are nostrils.
 * @throws {Error} when a file is not a cascade.
 */
export function opencv (face: string, eye: string): CanvasDetector {
  const faces = readCascade(face)
  const findEyes = eyeFinder(eye)
  return {
    async find (canvas) {
      return detect(faces, canvas).map(({ x, y, w, h, weight }) => {
        const { left, right } = findEyes(cropCanvas(canvas, x, y, w, h))
        const moved = (eye: Point | undefined): Point | undefined => eye && [x + eye[0], y + eye[1]]
        return { x, y, w, h, leftEye: moved(left), rightEye: moved(right), confidence: (100 - weight) / 100 }
      })
    },
    // Undoes confidence = 1 − weight / 100. Weights of faces are small numbers above 1.
    scoreOf (confidence) {
      const weight = Math.max(0, 100 * (1 - confidence))
      return weight / (1 + weight)
    }
  }
}

/** Pixels of the largest crop in which eyes are searched at its own size; larger ones are halved. The cascade takes up to 2 µs a pixel. */
const LARGEST_CROP = 4_000_000

/** Returns `image` with half its sides, each pixel the mean of 2 × 2. */
function halved (image: Image): Image {
  const [width, height] = [image.width >> 1, image.height >> 1]
  return resizeUint8(toCanvas(cropCanvas(toCanvas(image), 0, 0, 2 * width, 2 * height)), width, height)
}

/** Returns a function that finds the eyes of a cropped face: the two largest detections of the eye cascade, or none when there are fewer. */
export function eyeFinder (eye: string): FindEyes {
  const cascade = readCascade(eye)
  const find = (face: Image): Eyes => {
    if (face.width * face.height > LARGEST_CROP) {
      const { left, right } = find(halved(face))
      return { left: left && doubled(left), right: right && doubled(right) }
    }
    const [first, second] = detect(cascade, toCanvas(face)).sort((p, q) => q.w * q.h - p.w * p.h)
    if (!first || !second) return { left: undefined, right: undefined }
    return first.x < second.x ? { left: centre(second), right: centre(first) } : { left: centre(first), right: centre(second) }
  }
  return find
}

const doubled = ([x, y]: Point): Point => [2 * x, 2 * y]

const centre = ({ x, y, w, h }: Rect): Point => [Math.trunc(x + w / 2), Math.trunc(y + h / 2)]
