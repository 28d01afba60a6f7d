import { nmsGreedy } from '../../math/nms.ts'
import { output, type Session } from '../../onnx/session.ts'
import type { DetectOnce } from '../../pipelines/native/refine.ts'
import { padToMultiple } from '../input-multiple.ts'
import { decodeLevel, LEVELS } from './anchors.ts'

/** Detections below this score count as background. */
const SCORE = 0.5

/** Intersection over union above which two boxes are one face. InsightFace `retinaface.py`. */
const OVERLAP = 0.4

/** Runs the network once, on `image` padded with black to multiples of 32. Returns faces in pixels of `image`, best first. */
export const detectOnce = (session: Session): DetectOnce => async (image) => {
  const { width, height, data } = padToMultiple(image)
  const outputs = await session.run(data, [1, height, width, 3])
  return nmsGreedy(LEVELS.flatMap((level) => decodeLevel(level, {
    scores: output(outputs, `face_rpn_cls_prob_reshape_stride${level.stride}`),
    boxes: output(outputs, `face_rpn_bbox_pred_stride${level.stride}`),
    landmarks: output(outputs, `face_rpn_landmark_pred_stride${level.stride}`)
  }, SCORE)), OVERLAP)
}
