import { type TObject, type TSchema, Type } from '@sinclair/typebox'
import { BOOLEANS } from '../system/booleans.ts'
import { antiSpoofing, detectorBackend, modelName } from './parameters.ts'

/** Parameters of DeepFace's own service, with its defaults. */
export const fields = {
  model_name: modelName({ default: 'VGG-Face' }),
  detector_backend: detectorBackend({ default: 'opencv' }),
  enforce_detection: Type.Boolean({ default: true }),
  align: Type.Boolean({ default: true }),
  anti_spoofing: antiSpoofing()
}

/** Parameters that DeepFace's own paths do not have, with the values DeepFace uses there. */
export const FIXED = { pipeline: 'deepface', normalization: 'base', expand_percentage: 0 } as const

/** Most images of one request. */
export const MOST_IMAGES = 32

/**
 * Returns the body of a request as DeepFace's own service takes it (deepface/api/src/modules/core/routes.py): fields that it does not know are
 * ignored, any value is a boolean, numbers and lists of words may be text. What is wrong stays, and the validator refuses it. Unlike there, a
 * text that spells false is false.
 * @example
 * asDeepfaceTakes({ actions: "['age']", align: 0, silent: true }, analyzeBody) // { actions: ['age'], align: false }
 */
export function asDeepfaceTakes (body: unknown, { properties }: TObject): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  return Object.fromEntries(Object.entries(body).flatMap(([name, value]) =>
    Object.hasOwn(properties, name) ? [[name, taken(value, properties[name]!)]] : []))
}

const WHOLE = /^\s*[+-]?[0-9]{1,15}\s*$/

function taken (value: unknown, schema: TSchema): unknown {
  const types = [schema['type']].flat()
  if (types.includes('boolean')) return schema['enum']?.includes(value) ? value : isTrue(value)
  if (typeof value !== 'string') return value
  if (types.includes('integer') && WHOLE.test(value)) return Number(value)
  if (types.includes('array') && schema['items']?.['enum']) return value.replace(/[[\]()"' ]/g, '').split(',')
  return value
}

/** Whether Python takes a value of JSON for true; texts are taken for what they spell. */
function isTrue (value: unknown): boolean {
  if (typeof value === 'string') return BOOLEANS.get(value.trim().toLowerCase()) ?? value !== ''
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value)
}
