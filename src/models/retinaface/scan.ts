import { nms } from '../../math/nms.ts'
import { output, type Session } from '../../onnx/session.ts'
import { bare, cut } from '../../opencv/canvas.ts'
import type { Scan } from '../upright.ts'
import { decodeLevel, LEVELS } from './anchors.ts'

/** Faces below this score are taken for background. */
const SCORE = 0.5

/** Two boxes with more than this intersection over union are one face. InsightFace `retinaface.py`. */
export const OVERLAP = 0.4

/** The network halves its input five times. */
const MULTIPLE = 32

/** What one run of the network finds, best first, in pixels of `image`. It is filled up with black to multiples of 32. */
export const scanner = (session: Session): Scan => async (image) => {
  const { width, height, data } = cut(bare(image), 0, 0, roundUp(image.width), roundUp(image.height))
  const outputs = await session.run(data, [1, height, width, 3])
  return nms(LEVELS.flatMap((level) => decodeLevel(level, {
    scores: output(outputs, `face_rpn_cls_prob_reshape_stride${level.stride}`),
    boxes: output(outputs, `face_rpn_bbox_pred_stride${level.stride}`),
    landmarks: output(outputs, `face_rpn_landmark_pred_stride${level.stride}`)
  }, SCORE)), OVERLAP)
}

const roundUp = (size: number): number => Math.ceil(size / MULTIPLE) * MULTIPLE
