import { validationError } from '../errors.ts'
import type { Pipeline, RecogniserName } from '../names.ts'
import type { Calibration, RecogniserCard } from './card.ts'
import { recogniserNamed } from './catalogue.ts'

/** Name of the card that runs as `model` in `pipeline`. @throws {FaceError} validation_error when that pipeline does not have it. */
export const recogniserCard = (model: RecogniserName, pipeline: Pipeline): string => inPipeline(recogniserNamed(model), pipeline).name

/**
 * Thresholds and probability of a recogniser in `pipeline`.
 * @throws {FaceError} validation_error when it has none there: DeepFace lacks the model, or it has not been calibrated yet.
 *
 * @example
 * const { thresholds } = calibrationOf(recogniserNamed('SFace'), 'native')
 */
export function calibrationOf (card: RecogniserCard, pipeline: Pipeline): Calibration {
  const calibration = inPipeline(card, pipeline).calibration[pipeline]
  if (!calibration) throw refused(card, `has no thresholds for the ${pipeline} pipeline yet`)
  return calibration
}

/** `card` itself. @throws {FaceError} validation_error when `pipeline` does not run it. */
export function inPipeline (card: RecogniserCard, pipeline: Pipeline): RecogniserCard {
  if (pipeline === 'deepface' && !card.deepfaceInput) throw refused(card, 'is not available in the deepface pipeline, as DeepFace does not have it; set pipeline to native')
  return card
}

const refused = ({ name }: RecogniserCard, reason: string) => validationError([{ field: 'model_name', msg: `${name} ${reason}` }])
