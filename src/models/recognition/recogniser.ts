import type { Session } from '../../onnx/session.ts'
import type { Recogniser } from '../../pipelines/contract.ts'
import { toLetterbox, alignToTemplate } from '../../pipelines/native/align.ts'
import { runCrops } from '../../pipelines/native/run-crops.ts'
import type { RecogniserCard } from '../card.ts'
import { unit } from './unit-length.ts'

/**
 * Every recogniser: crops in, vectors out. What differs between them (size, template, scaling of the input) is in their cards.
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
      // A copy: the batch's memory is not kept alive by one of its rows.
      (outputs) => card.unitLength ? unit(outputs.only()) : outputs.only().slice()
    )
  }
}
