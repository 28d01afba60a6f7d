import { Type } from '@sinclair/typebox'
import { detectorBackend, modelName } from './parameters.ts'

/** Parameters of DeepFace's own service, with its defaults. */
export const fields = {
  model_name: modelName({ default: 'VGG-Face' }),
  detector_backend: detectorBackend({ default: 'opencv' }),
  enforce_detection: Type.Boolean({ default: true }),
  align: Type.Boolean({ default: true }),
  anti_spoofing: Type.Boolean({ default: false })
}

/** Parameters that DeepFace's own paths do not have, with the values DeepFace uses there. */
export const FIXED = { pipeline: 'deepface', normalization: 'base', expand_percentage: 0 } as const
