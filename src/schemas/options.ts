import { currentDetector, type DetectorName, type Normalization, type Pipeline, type RecogniserName, type Trait } from '../names.ts'
import type { DetectOptions, RepresentOptions } from '../pipelines/contract.ts'

/** Fields of a request that say how faces are found and cut out. */
export interface DetectFields {
  readonly pipeline: Pipeline
  readonly detector_backend: DetectorName
  readonly enforce_detection: boolean
  readonly align: boolean
  readonly expand_percentage: number
  readonly anti_spoofing: boolean | 'report'
  readonly max_faces?: number
  readonly include?: readonly Trait[]
}

/** The same with those of a recogniser. */
export interface RepresentFields extends DetectFields {
  readonly model_name: RecogniserName
  readonly normalization: Normalization
}

/** Maps the fields of a request to the engine's options. */
export const detectOptions = (body: DetectFields): DetectOptions => ({
  pipeline: body.pipeline,
  detector: currentDetector(body.detector_backend, body.pipeline),
  enforceDetection: body.enforce_detection,
  align: body.align,
  expandPercentage: body.expand_percentage,
  maxFaces: body.max_faces,
  antiSpoofing: body.anti_spoofing,
  ...(body.include && { include: body.include })
})

/**
 * Maps the fields of a request to the engine's options for embeddings.
 * @param purpose the function of DeepFace that the deepface pipeline follows.
 */
export const representOptions = (body: RepresentFields, purpose: RepresentOptions['purpose']): RepresentOptions => ({
  ...detectOptions(body),
  model: body.model_name,
  normalization: body.normalization,
  purpose
})
