import type { Session } from '../../onnx/session.ts'
import type { Recogniser } from '../../pipelines/contract.ts'
import { alignToTemplate, toLetterbox } from '../../pipelines/native/align.ts'
import { runCrops } from '../../pipelines/native/run-crops.ts'
import type { RecogniserCard } from '../card.ts'
import { unit } from './unit-length.ts'

/**
 * A recogniser of the native pipeline: crops in, vectors out. All differences (size, template, scaling of the input) are on the cards.
 *
 * Input [n, height, width, 3] RGB. One output, float32[n, length].
 */
export function recogniser (session: Session, card: RecogniserCard): Recogniser {
  const [height, width] = card.size
  const { template } = card
  return {
    embed: (picture, faces, framing) => runCrops(
      session,
      picture,
      faces.map((face) => template ? alignToTemplate(face, template, card.size, framing) : toLetterbox(face, card.size, framing)),
      { width, height, outside: 'black' },
      // A copy, so that one row does not keep the memory of its batch alive.
      (outputs) => card.unitLength ? unit(outputs.only()) : outputs.only().slice()
    )
  }
}
