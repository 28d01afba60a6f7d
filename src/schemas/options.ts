import type { DetectorName, Normalization, Pipeline, RecogniserName } from '../names.ts'
import type { DetectOptions, RepresentOptions } from '../pipelines/contract.ts'

interface DetectFields {
  readonly pipeline: Pipeline
  readonly detector_backend: DetectorName
  readonly enforce_detection: boolean
  readonly align: boolean
  readonly expand_percentage: number
  readonly anti_spoofing: boolean
  readonly max_faces?: number
}

/** The engine's words for a request's fields. */
export const detectOptions = (body: DetectFields): DetectOptions => ({
  pipeline: body.pipeline,
  detector: body.detector_backend,
  enforceDetection: body.enforce_detection,
  align: body.align,
  expandPercentage: body.expand_percentage,
  maxFaces: body.max_faces,
  antiSpoofing: body.anti_spoofing
})

/** The same with a recogniser. */
export const representOptions = (body: DetectFields & { readonly model_name: RecogniserName, readonly normalization: Normalization }, purpose: RepresentOptions['purpose']): RepresentOptions => ({
  ...detectOptions(body),
  model: body.model_name,
  normalization: body.normalization,
  purpose
})
