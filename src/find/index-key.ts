import type { Fingerprint } from '../engine/face-engine.ts'
import type { RepresentOptions } from '../pipelines/contract.ts'
import { sha256OfJson } from '../system/sha256.ts'

/** Counts up when the same weights give other embeddings than before, because the way from photo to crop has changed. */
const REVISION = 3

/** What the embeddings of an index depend on. Vectors of two keys are never compared; each key has its own file. */
export interface IndexKey extends Pick<RepresentOptions, 'model' | 'detector' | 'pipeline' | 'normalization' | 'align' | 'expandPercentage' | 'enforceDetection'> {
  /** Identifies the weight files of all models, so that new weights make a new index. */
  readonly weights: string
  /** Whether faces were looked for from all sides: an index made without would never show what is found since. */
  readonly rotated?: true
}

/** The key with its fields in a fixed order, whatever object it came from. */
export const keyOf = ({ model, detector, pipeline, normalization, align, expandPercentage, enforceDetection, weights, rotated }: IndexKey): IndexKey =>
  ({ model, detector, pipeline, normalization, align, expandPercentage, enforceDetection, weights, ...(rotated && { rotated }) })

/** A file name that says what is inside: `sface-retinaface-native-base-1f0c9a3b.index`. */
export function fileName (key: IndexKey): string {
  const words = [key.model, key.detector, key.pipeline, key.normalization].map((word) => word.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
  const rest = sha256OfJson(key).slice(0, 8)
  return `${[...words, rest].join('-')}.index`
}

/** The key of the photos that a query made with these options, on this basis, can be compared with. */
export const indexKey = (options: Omit<RepresentOptions, 'purpose'>, { weights, rotated }: Fingerprint): IndexKey => keyOf({
  ...options,
  // The native pipeline has one scaling, whatever was asked.
  normalization: options.pipeline === 'native' ? 'base' : options.normalization,
  // DeepFace takes photos without a face whole, where the query may be without one.
  enforceDetection: options.pipeline === 'native' || options.enforceDetection,
  weights: [`${REVISION}`, ...weights].join(' '),
  ...(rotated && { rotated })
})
