import { toCanvas, cropCanvas } from '../../image/opencv/canvas.ts'
import { nmsGreedy } from '../../math/nms.ts'
import { roundUp } from '../../math/round-up.ts'
import { output, type Session } from '../../onnx/session.ts'
import type { DetectOnce } from '../../pipelines/native/refine.ts'
import { decodeLevel, LEVELS } from './anchors.ts'

/** Faces below this score are taken for background. */
const SCORE = 0.5

/** Two boxes with more than this intersection over union are one face. InsightFace `retinaface.py`. */
export const OVERLAP = 0.4

/** The network halves its input five times. */
const MULTIPLE = 32

/** What one run of the network finds, best first, in pixels of `image`. It is filled up with black to multiples of 32. */
export const detectOnce = (session: Session): DetectOnce => async (image) => {
  const { width, height, data } = cropCanvas(toCanvas(image), 0, 0, roundUp(image.width, MULTIPLE), roundUp(image.height, MULTIPLE))
  const outputs = await session.run(data, [1, height, width, 3])
  return nmsGreedy(LEVELS.flatMap((level) => decodeLevel(level, {
    scores: output(outputs, `face_rpn_cls_prob_reshape_stride${level.stride}`),
    boxes: output(outputs, `face_rpn_bbox_pred_stride${level.stride}`),
    landmarks: output(outputs, `face_rpn_landmark_pred_stride${level.stride}`)
  }, SCORE)), OVERLAP)
}
