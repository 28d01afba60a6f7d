import { validationError } from '../errors.ts'
import type { Pipeline, RecogniserName } from '../names.ts'
import type { RecogniserCard } from './card.ts'
import { recogniserNamed } from './catalogue.ts'

/** Name of the card that runs as `model` in `pipeline`. @throws {FaceError} validation_error when that pipeline does not have it. */
export const recogniserCard = (model: RecogniserName, pipeline: Pipeline): string => inPipeline(recogniserNamed(model), pipeline).name

/** `card` itself. @throws {FaceError} validation_error when `pipeline` does not run it. */
export function inPipeline (card: RecogniserCard, pipeline: Pipeline): RecogniserCard {
  if (pipeline === 'deepface' && !card.deepfaceInput) throw refused(card, 'is not available in the deepface pipeline, as DeepFace does not have it; set pipeline to native')
  return card
}

/** The error for a recogniser that cannot do as it is asked. */
export const refused = ({ name }: RecogniserCard, reason: string) => validationError([{ field: 'model_name', msg: `${name} ${reason}` }])
