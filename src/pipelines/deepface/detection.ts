import { noFaceDetected } from '../../errors.ts'
import type { Image } from '../../image/image.ts'
import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Box } from '../../math/box.ts'
import type { Point } from '../../math/point.ts'
import { roundTo } from '../../math/rounding.ts'
import type { Liveness } from '../contract.ts'
import { slice, alignFace } from './align-face.ts'
import { withBorder } from './border.ts'
import type { CanvasDetector, CanvasFace, FindEyes } from './deepface-models.ts'
import { expandBox } from './expand-box.ts'

export interface DetectionOptions {
  /** Rotate each face upright; the detector then runs on the picture in a black frame. */
  readonly align: boolean
  /** Grow each box by this percentage of its size; a negative one counts as 0. */
  readonly expandPercentage: number
  /** Keep only this many faces, largest first; all, in the detector's order, when undefined. */
  readonly maxFaces: number | undefined
  /** No face is an error when true; when false the picture as a whole stands for the face. */
  readonly enforceDetection: boolean
  /** Called with the faces before they are processed further; returns the verdicts that are reported with them, or throws to refuse them. */
  readonly checkLiveness?: ((faces: readonly DetectedFace[]) => Promise<readonly Liveness[] | undefined>) | undefined
}

/**
 * Points of a face in whole pixels of the picture; left and right are the person's. A point is undefined when the detector finds none or
 * when it lies outside the picture.
 */
export interface FacePoints {
  readonly leftEye: Point | undefined
  readonly rightEye: Point | undefined
  readonly nose?: Point | undefined
  readonly mouthLeft?: Point | undefined
  readonly mouthRight?: Point | undefined
}

/** A face as DeepFace's `extract_faces` returns it. */
export interface DetectedFace {
  /**
   * Whole pixels of the picture, never rotated. It ends at least one pixel before the picture does; its width and height may be negative
   * when the detector's box lies outside.
   */
  readonly box: Box
  readonly points: FacePoints
  /** Two decimals. 0 for a picture as a whole. */
  readonly confidence: number
  /** The face upright, at the picture's own scale; `toTensor` makes a network's input of it. */
  readonly crop: Image
  /** Where `checkLiveness` returns it. */
  readonly liveness?: Liveness
}

const NO_POINTS: FacePoints = { leftEye: undefined, rightEye: undefined }

/**
 * DeepFace 0.0.100's `extract_faces` (`detection.py`): the faces of an upright picture, each box and pixel as there.
 * Without a detector (`skip`), or when none is found and that is allowed, the whole picture stands for one face.
 * @throws {FaceError} no_face_detected; what the detector and `checkLiveness` throw.
 */
export async function extractFaces (image: Image, detector: CanvasDetector | undefined, options: DetectionOptions): Promise<DetectedFace[]> {
  const faces = await facesOf(image, detector, options)
  const verdicts = await options.checkLiveness?.(faces)
  return verdicts ? faces.map((face, i) => ({ ...face, liveness: verdicts[i]! })) : faces
}

async function facesOf (image: Image, detector: CanvasDetector | undefined, options: DetectionOptions): Promise<DetectedFace[]> {
  if (!detector) return [whole(image)]
  const canvas = withBorder(image, options.align)
  const found = largest(await detector.find(canvas), options.maxFaces)
  if (found.length === 0 && options.enforceDetection) throw noFaceDetected()
  if (found.length === 0) return [whole(image)]
  const faces = found.map((face) => extract(face, canvas, options, detector.findEyes)).filter(({ crop }) => crop.data.length > 0)
  if (faces.length === 0 && options.enforceDetection) throw noFaceDetected()
  return faces
}

/** The whole picture as one face. */
const whole = (image: Image): DetectedFace =>
  ({ box: reported({ x: 0, y: 0, w: image.width, h: image.height }, image), points: NO_POINTS, confidence: 0, crop: image })

function largest (faces: readonly CanvasFace[], count: number | undefined): readonly CanvasFace[] {
  if (count === undefined || count >= faces.length) return faces
  return [...faces].sort((p, q) => q.w * q.h - p.w * p.h).slice(0, count)
}

function extract (face: CanvasFace, canvas: Canvas, { align, expandPercentage }: DetectionOptions, findEyes: FindEyes | undefined): DetectedFace {
  const box = expandBox(face, expandPercentage, canvas)
  const plain = slice(canvas, box)
  const { leftEye, rightEye } = withEyes(face, box, plain, findEyes)
  const { image, left, top } = canvas
  const own = (point: Point | undefined): Point | undefined => point && inside([point[0] - left, point[1] - top], image)
  const { nose, mouthLeft, mouthRight } = face
  return {
    crop: align ? alignFace(canvas, box, { left: leftEye, right: rightEye }) : plain,
    box: reported({ ...box, x: box.x - left, y: box.y - top }, image),
    points: {
      leftEye: own(leftEye),
      rightEye: own(rightEye),
      ...(nose && { nose: own(nose), mouthLeft: own(mouthLeft), mouthRight: own(mouthRight) })
    },
    confidence: roundTo(face.confidence, 2)
  }
}

/** Eyes of the face; when one is missing, both are searched for in the crop of its box. */
function withEyes (
  { leftEye, rightEye }: CanvasFace,
  { x, y }: Box,
  plain: Image,
  findEyes: FindEyes | undefined
): Pick<CanvasFace, 'leftEye' | 'rightEye'> {
  if ((leftEye && rightEye) || !findEyes) return { leftEye, rightEye }
  const { left, right } = findEyes(plain)
  const moved = (eye: Point | undefined): Point | undefined => eye && [x + eye[0], y + eye[1]]
  return { leftEye: moved(left), rightEye: moved(right) }
}

/** The box as DeepFace reports it: it only shrinks a box that reaches over the picture, by one pixel more than needed. */
const reported = ({ x, y, w, h }: Box, { width, height }: Image): Box => {
  const left = Math.max(0, x)
  const top = Math.max(0, y)
  return { x: left, y: top, w: Math.min(width - left - 1, w), h: Math.min(height - top - 1, h) }
}

const inside = (point: Point, { width, height }: Image): Point | undefined =>
  point[0] >= 0 && point[0] < width && point[1] >= 0 && point[1] < height ? point : undefined
