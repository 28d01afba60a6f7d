import { cosine, type Vector } from '../../src/match/distance.ts'
import type { RecordedVector } from './records.ts'

/** Difference between a vector and the recorded one. */
export interface VectorDifference {
  /** Set when the whole vector is recorded; −1 when there is none of ours. */
  readonly cosine?: number
  /** Set when length and first values are recorded: the largest of their differences, relative to the length of the recorded vector. */
  readonly values?: number
}

export function vectorDifference (ours: Vector | undefined, { embedding, norm = 1, first8 = [] }: RecordedVector): VectorDifference {
  if (embedding) return { cosine: ours ? 1 - cosine(ours, embedding) : -1 }
  if (!ours) return { values: Infinity }
  return { values: Math.max(...[Math.hypot(...ours) - norm, ...first8.map((value, i) => value - ours[i]!)].map(Math.abs)) / norm }
}
