import type { Session } from '../../onnx/session.ts'
import type { Recogniser } from '../../pipelines/contract.ts'
import { alignToTemplate, type FaceCrop, mirrorImage, toLetterbox } from '../../pipelines/native/align.ts'
import { runCrops } from '../../pipelines/native/run-crops.ts'
import type { RecogniserCard } from '../card.ts'
import { meanDirection, unit } from './unit-length.ts'

/**
 * A recogniser of the native pipeline: crops in, vectors out. All differences (size, template, scaling of the input) are on the cards. The
 * vector of a face that is to be `mirrored` has the mean direction and length of those of its crop and of the mirror image.
 *
 * Input [n, height, width, 3] RGB. One output, float32[n, length].
 */
export function recogniser (session: Session, card: RecogniserCard): Recogniser {
  const [height, width] = card.size
  const { template, lengthLimits } = card
  return {
    ...(lengthLimits && { length: lengthLimits }),
    async embed (picture, faces, framing) {
      const crops = faces.map((face) => template ? alignToTemplate(face, template, card.size, framing) : toLetterbox(face, card.size, framing))
      const run = (crops: readonly FaceCrop[]): Promise<Float32Array[]> =>
        // A copy, so that one row does not keep the memory of its batch alive.
        runCrops(session, picture, crops, { width, height, outside: 'black' }, (outputs) => card.unitLength ? unit(outputs.only()) : outputs.only().slice())
      const vectors = await run(crops)
      // In runs of their own: ONNX Runtime would keep the memory of a larger batch.
      const images = (await run(faces.flatMap(({ mirrored }, i) => mirrored ? [mirrorImage(crops[i]!, width)] : []))).values()
      return faces.map(({ mirrored }, i) => mirrored ? meanDirection(vectors[i]!, images.next().value!) : vectors[i]!)
    }
  }
}
