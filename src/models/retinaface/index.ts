import { type Affine, apply, invert, resizing } from '../../geometry/affine.ts'
import { nms } from '../../geometry/nms.ts'
import type { Landmarks } from '../../geometry/point.ts'
import type { Image } from '../../image/image.ts'
import type { Picture } from '../../image/picture.ts'
import { output, type Session } from '../../onnx/session.ts'
import type { Detection, Detector } from '../model.ts'
import { decodeLevel, LEVELS } from './anchors.ts'

/** Faces below this score are taken for background. */
const SCORE = 0.5

/** Two boxes with more than this intersection over union are one face. InsightFace `retinaface.py`. */
const OVERLAP = 0.4

/**
 * Longest side of the first look, in pixels: larger pictures are shrunk to it. A portrait is done with it in half the time of
 * the usual 640.
 */
const LONGEST = 480

/**
 * The closer look, four times as dear, at pictures larger than the first: when nothing was found there, or a face smaller than
 * `face` pixels of the first look, which may have still smaller ones beside it. Group photos gain by it, portraits never pay.
 */
const CLOSER = { longest: 960, face: 40 }

/** Smaller pictures are enlarged to this: of 48-pixel faces half are missed as they are, and one in a hundred at three times the size. */
const SHORTEST = 160

/**
 * The last look, when nothing was found, for faces that fill the picture or are cut off by its border: the picture shrunk to
 * this longest side and put into a frame of `border` of its sides.
 */
const SMALL = { longest: 160, border: 0.5 }

/** The network halves its input five times. */
const MULTIPLE = 32

/**
 * RetinaFace: faces with five landmarks.
 * Deng et al., "RetinaFace: Single-stage Dense Face Localisation in the Wild", CVPR 2020, arXiv:1905.00641; InsightFace's
 * MobileNet-0.25 (`mnet.25`, "cov2").
 *
 * Input uint8[1, height, width, 3] RGB, height and width multiples of 32. Outputs a level: see `anchors.ts`.
 */
export function retinaface (session: Session): Detector {
  async function look (picture: Picture, longest: number, border: number): Promise<Detection[]> {
    const side = Math.max(picture.width, picture.height)
    const image = await picture.at(Math.min(Math.max(side, SHORTEST), longest) / side)
    const framed = frame(image, border)
    const outputs = await session.run(framed.data, [1, framed.height, framed.width, 3])
    const found = LEVELS.flatMap((level) => decodeLevel(level, {
      scores: output(outputs, `face_rpn_cls_prob_reshape_stride${level.stride}`),
      boxes: output(outputs, `face_rpn_bbox_pred_stride${level.stride}`),
      landmarks: output(outputs, `face_rpn_landmark_pred_stride${level.stride}`)
    }, SCORE))
    const toPicture = invert(resizing(image.width / picture.width, image.height / picture.height))
    return nms(found, OVERLAP).map((detection) => moved(detection, framed, toPicture))
  }

  return {
    async detect (picture) {
      const side = Math.max(picture.width, picture.height)
      const first = await look(picture, LONGEST, 0)
      const smallest = Math.min(...first.map(({ box }) => Math.max(box.w, box.h) * LONGEST / side))
      const closer = side > LONGEST && !(first.length > 0 && smallest >= CLOSER.face) ? await look(picture, CLOSER.longest, 0) : []
      // A closer look may lose a face that fills the picture, so what either saw counts.
      const found = nms([...closer, ...first], OVERLAP)
      return found.length > 0 ? found : look(picture, SMALL.longest, SMALL.border)
    },
    close: session.close
  }
}

interface Framed extends Image {
  /** Where the picture's first pixel is. */
  readonly left: number
  readonly top: number
}

/** `image` with a black border of `border` × its sides all around, filled up to multiples of 32 at the right and the bottom. */
function frame ({ width, height, data }: Image, border: number): Framed {
  const left = Math.round(width * border)
  const top = Math.round(height * border)
  const fullWidth = roundUp(width + 2 * left)
  const fullHeight = roundUp(height + 2 * top)
  const framed = new Uint8Array(fullWidth * fullHeight * 3)
  for (let y = 0; y < height; y++) {
    framed.set(data.subarray(y * width * 3, (y + 1) * width * 3), ((y + top) * fullWidth + left) * 3)
  }
  return { width: fullWidth, height: fullHeight, data: framed, left, top }
}

const roundUp = (size: number): number => Math.ceil(size / MULTIPLE) * MULTIPLE

/** From pixels of the network's input to those of the picture. */
function moved ({ box, landmarks, score }: Detection, { left, top }: Framed, toPicture: Affine): Detection {
  const [x, y] = apply(toPicture, [box.x - left, box.y - top])
  return {
    score,
    box: { x, y, w: box.w * toPicture.a, h: box.h * toPicture.d },
    landmarks: landmarks?.map(([px, py]) => apply(toPicture, [px - left, py - top])) as Landmarks | undefined
  }
}
