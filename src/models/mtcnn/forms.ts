import type { CanvasFace } from '../../deepface/detector.ts'
import { bare, type Canvas } from '../../opencv/canvas.ts'
import type { BothForms } from '../family.ts'
import type { Detection } from '../model.ts'
import type { Found } from './candidates.ts'
import type { Nets } from './nets.ts'

/** The native pipeline looks at pictures with no longer side: faces of 2 % of it are found then. */
const LONGEST = 1024

/**
 * MTCNN for both pipelines, from what `find` finds on a canvas: DeepFace's, as `toFace` has it, without nose and mouth; and the native
 * one's, best first, with all five points and on a picture that is not too large.
 */
export function formsOf (nets: Nets, find: (canvas: Canvas) => Promise<Found[]>, toFace: (found: Found, canvas: Canvas) => CanvasFace): BothForms {
  const close = async (): Promise<void> => {
    await Promise.all([nets.pnet, nets.rnet, nets.onet].map((net) => net.close()))
  }
  return {
    deepface: {
      find: async (canvas) => (await find(canvas)).map((found) => toFace(found, canvas)),
      close
    },
    native: {
      async detect (picture) {
        const image = await picture.at(Math.min(1, LONGEST / Math.max(picture.width, picture.height)))
        const [x, y] = [picture.width / image.width, picture.height / image.height]
        return (await find(bare(image))).map((found) => toDetection(found, x, y)).sort((p, q) => q.score - p.score)
      },
      close
    }
  }
}

function toDetection ({ x1, y1, x2, y2, points, score }: Found, x: number, y: number): Detection {
  const [left, right, nose, mouthLeft, mouthRight] = points
  const at = ([px, py]: typeof left): typeof left => [px * x, py * y]
  return {
    box: { x: x1 * x, y: y1 * y, w: (x2 - x1) * x, h: (y2 - y1) * y },
    landmarks: [at(left), at(right), at(nose), at(mouthLeft), at(mouthRight)],
    score
  }
}
