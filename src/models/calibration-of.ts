import type { DetectorName, Pipeline, RecogniserName } from '../names.ts'
import type { Alignment, Calibration, RecogniserCard } from './card.ts'
import { recogniserNamed } from './catalogue.ts'
import { alignmentOf } from './detector-cards.ts'
import { inPipeline, refused } from './recogniser-cards.ts'

/** The settings of a comparison on which thresholds depend. */
export interface Compared {
  readonly model: RecogniserName
  readonly detector: DetectorName
  readonly pipeline: Pipeline
}

/**
 * Thresholds and probability for embeddings of `model`, of faces that `detector` found in `pipeline`.
 * @throws {FaceError} validation_error when there are none: DeepFace lacks the model, or it has not been calibrated yet.
 *
 * @example
 * const { thresholds } = calibrationFor({ model: 'SFace', detector: 'yunet-mesh', pipeline: 'native' })
 */
export const calibrationFor = ({ model, detector, pipeline }: Compared): Calibration =>
  calibrationOf(recogniserNamed(model), alignmentOf(detector, pipeline))

/** The same for a card. @throws {FaceError} validation_error as `calibrationFor`. */
export function calibrationOf (card: RecogniserCard, alignment: Alignment): Calibration {
  const pipeline = alignment === 'deepface' ? alignment : 'native'
  const calibration = inPipeline(card, pipeline).calibration[alignment]
  if (!calibration) throw refused(card, `has no thresholds for the ${pipeline} pipeline yet`)
  return calibration
}
