import { type FieldError, validationError } from '../errors.ts'
import type { Collection } from './contract.ts'

/**
 * The vector that a client sent.
 * @throws {FaceError} validation_error where it is no vector of this collection.
 */
export function vectorOf (field: string, values: readonly number[], { length, model }: Pick<Collection, 'length' | 'model'>): Float32Array {
  const vector = Float32Array.from(values)
  const problem = problemWith(vector, length, model)
  if (problem !== undefined) throw validationError([{ field, msg: problem } satisfies FieldError])
  return vector
}

/** What is wrong with an embedding; undefined when nothing is. */
export function problemWith (vector: Float32Array, length: number, model: string): string | undefined {
  if (vector.length !== length) return `must have ${length} values, the length of an embedding of ${model}, and has ${vector.length}`
  if (!vector.every(Number.isFinite)) return 'must have values that float32 can hold'
  if (vector.every((value) => value === 0)) return 'must not be all zeros: such a vector has no direction'
  return undefined
}
