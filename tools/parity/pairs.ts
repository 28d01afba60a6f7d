import { deepfaceConfidence, deepfaceDistance } from '../../src/match/deepface-confidence.ts'
import { DEEPFACE_THRESHOLDS } from '../../src/match/deepface-thresholds.ts'
import type { Metric, Vector } from '../../src/match/distance.ts'
import { closestPair } from '../../src/match/pair.ts'
import type { VerifyRecord } from './records.ts'

/** Difference between verdicts on pairs of photos and the recorded ones. */
export interface PairsDifference {
  /** Compared verdicts: one for each pair and metric. */
  readonly verdicts: number
  /** Compared verdicts that are the same. */
  readonly equalVerdicts: number
  /** Largest differences; NaN when nothing was compared. */
  readonly distance: number
  readonly pairConfidence: number
}

/** Key of the vectors of a photo's faces. */
export const keyOf = (model: string, detector: string, image: string): string => JSON.stringify([model, detector, image])

/** Compares the pairs for which both photos have been processed. `embeddings` holds the vectors of each photo's faces, by `keyOf`. */
export function comparePairs (pairs: readonly VerifyRecord[], embeddings: ReadonlyMap<string, readonly Vector[]>): PairsDifference {
  const compared = pairs.flatMap(({ model, detector, img1, img2, metrics }) => {
    const [a, b] = [img1, img2].map((image) => embeddings.get(keyOf(model, detector, image)))
    if (!a || !b) return []
    return Object.entries(metrics).map(([name, recorded]) => {
      const metric = name as Metric
      const nearest = closestPair(metric, a, b)
      if (!nearest) return { equal: false, distance: Infinity, confidence: Infinity }
      const distance = deepfaceDistance(metric, a[nearest.a]!, b[nearest.b]!)
      return {
        equal: (distance <= DEEPFACE_THRESHOLDS[model]![metric]) === recorded.verified,
        distance: Math.abs(distance - recorded.distance),
        confidence: Math.abs(deepfaceConfidence(model, metric, distance) - recorded.confidence)
      }
    })
  })
  const largest = (values: readonly number[]): number => values.length > 0 ? values.reduce((most, value) => Math.max(most, value)) : NaN
  return {
    verdicts: compared.length,
    equalVerdicts: compared.filter(({ equal }) => equal).length,
    distance: largest(compared.map(({ distance }) => distance)),
    pairConfidence: largest(compared.map(({ confidence }) => confidence))
  }
}
