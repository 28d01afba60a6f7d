import type { Session } from '../../onnx/session.ts'
import type { Recogniser } from '../../pipelines/contract.ts'
import { alignToTemplate, mirrorImage, toLetterbox } from '../../pipelines/native/align.ts'
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
  const { template } = card
  return {
    async embed (picture, faces, framing) {
      const crops = faces.flatMap((face) => {
        const crop = template ? alignToTemplate(face, template, card.size, framing) : toLetterbox(face, card.size, framing)
        return face.mirrored ? [crop, mirrorImage(crop, width)] : [crop]
      })
      // A copy, so that one row does not keep the memory of its batch alive.
      const vectors = (await runCrops(session, picture, crops, { width, height, outside: 'black' }, (outputs) =>
        card.unitLength ? unit(outputs.only()) : outputs.only().slice())).values()
      return faces.map(({ mirrored }) => mirrored ? meanDirection(vectors.next().value!, vectors.next().value!) : vectors.next().value!)
    }
  }
}
