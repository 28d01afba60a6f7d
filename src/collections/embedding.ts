import { type FieldError, validationError } from '../errors.ts'
import type { Collection } from './contract.ts'

/**
 * Returns a vector that a client sent as float32.
 * @param field the field of the request that holds it, for the error.
 * @throws {FaceError} validation_error when it is not a vector of this collection.
 * @example
 * const vector = vectorOf('embeddings.1', body.embeddings[1], collection)
 */
export function vectorOf (field: string, values: readonly number[], { length, model }: Pick<Collection, 'length' | 'model'>): Float32Array {
  const vector = Float32Array.from(values)
  const problem = problemWith(vector, length, model)
  if (problem !== undefined) throw validationError([{ field, msg: problem } satisfies FieldError])
  return vector
}

/** The problem of an embedding as a predicate of its name (`must have …`); undefined when it has none. */
export function problemWith (vector: Float32Array | readonly number[], length: number, model: string): string | undefined {
  if (vector.length !== length) return `must have ${length} values, the length of an embedding of ${model}, and has ${vector.length}`
  let isZero = true
  // A plain loop: thousands of vectors may come in one request.
  for (const value of vector) {
    if (!Number.isFinite(value)) return 'must have values that float32 can hold'
    if (value !== 0) isZero = false
  }
  return isZero ? 'must not be all zeros: such a vector has no direction' : undefined
}
