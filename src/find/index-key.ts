import type { Fingerprint } from '../engine/face-engine.ts'
import type { RepresentOptions } from '../pipelines/contract.ts'
import { sha256OfJson } from '../system/sha256.ts'

/** Increased whenever the same weights yield other embeddings, because the way from photo to crop has changed. */
const REVISION = 3

type KeyOption = 'model' | 'detector' | 'pipeline' | 'normalization' | 'align' | 'expandPercentage' | 'enforceDetection'

/** Everything that the embeddings of an index depend on. Vectors of two keys are never compared; each key has its own file. */
export interface IndexKey extends Pick<RepresentOptions, KeyOption> {
  /** Identifies the weight files of all models, so that new weights make a new index. */
  readonly weights: string
  /** True when faces were detected at all rotations: an index made without would lack the faces that this finds. */
  readonly rotated?: true
  /** True when the ages of the faces are estimated too. */
  readonly ages?: true
}

/** Returns the key alone, with its fields in a fixed order, so that equal keys have equal JSON. */
export const canonicalKey = (options: IndexKey): IndexKey => {
  const { model, detector, pipeline, normalization, align, expandPercentage, enforceDetection, weights, rotated, ages } = options
  return { model, detector, pipeline, normalization, align, expandPercentage, enforceDetection, weights, ...(rotated && { rotated }), ...(ages && { ages }) }
}

/** Returns the name of the index file: readable settings and a hash of all, `sface-yunetmesh-native-base-1f0c9a3b.index`. */
export function fileName (key: IndexKey): string {
  const words = [key.model, key.detector, key.pipeline, key.normalization].map((word) => word.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
  const rest = sha256OfJson(key).slice(0, 8)
  return `${[...words, rest].join('-')}.index`
}

/**
 * Returns the key of the index that holds the photos comparable with a query: one represented with these options by an engine with this
 * fingerprint.
 * @param options with `ages` where verdicts go by them.
 *
 * @example
 * const key = indexKey(options, await engine.fingerprint(options))
 * const { hits } = await faceFolder.find(key, [face.embedding], { metric: 'cosine', threshold: 0.6, k: 5, refresh: true })
 */
export const indexKey = ({ ages, ...options }: Omit<RepresentOptions, 'purpose'>, { weights, rotated }: Fingerprint): IndexKey => canonicalKey({
  ...options,
  // The native pipeline has one scaling, whatever the request says.
  normalization: options.pipeline === 'native' ? 'base' : options.normalization,
  // When the query may be without a face, DeepFace takes photos without a face whole.
  enforceDetection: options.pipeline === 'native' || options.enforceDetection,
  weights: [`${REVISION}`, ...weights].join(' '),
  ...(rotated && { rotated }),
  ...(ages && { ages: true as const })
})
