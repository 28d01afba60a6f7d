import { type TProperties, Type } from '@sinclair/typebox'
import { requestBody } from './endpoint.ts'
import { detectorBackend, modelName } from './parameters.ts'

/** The parameters of DeepFace's own service, with its defaults. */
export const fields = {
  model_name: modelName({ default: 'VGG-Face' }),
  detector_backend: detectorBackend({ default: 'opencv' }),
  enforce_detection: Type.Boolean({ default: true }),
  align: Type.Boolean({ default: true }),
  anti_spoofing: Type.Boolean({ default: false })
}

/** A request to one of DeepFace's own paths. */
export const deepfaceBody = <Properties extends TProperties>(properties: Properties, options: { title: string, examples: readonly object[] }) => requestBody(properties, options)

/** Parameters that these paths do not take, with the values DeepFace uses there. */
export const FIXED = { pipeline: 'deepface', normalization: 'base', expand_percentage: 0 } as const
