import { FROM_COSINE, type Metric, cosineOf, euclideanOf } from '../match/distance.ts'
import { dot, squaredDifference } from '../match/vector.ts'

/** A face whose owner is known. */
export interface KnownFace {
  readonly person: string
  readonly embedding: Float32Array
}

/** How many pairs of faces of two people there are. */
export function strangersCount (faces: readonly KnownFace[]): number {
  const own = new Map<string, number>()
  for (const { person } of faces) own.set(person, (own.get(person) ?? 0) + 1)
  const pairs = (n: number): number => n * (n - 1) / 2
  return [...own.values()].reduce((rest, n) => rest - pairs(n), pairs(faces.length))
}

/**
 * Calls `visit` with the distance of every pair of faces of two people: all of them, not a sample, since false accepts of one in
 * a thousand need millions. About 0.15 µs a pair at 128 values. Distances are what `distance` of `src/match` gives.
 * @throws {RangeError} when embeddings differ in length.
 */
export function eachStrangers (faces: readonly KnownFace[], metric: Metric, visit: (distance: number) => void): void {
  const length = faces[0]?.embedding.length ?? 0
  const vectors = new Float32Array(faces.length * length)
  faces.forEach(({ embedding }, i) => {
    if (embedding.length !== length) throw new RangeError(`Embeddings of ${length} and ${embedding.length} values cannot be compared.`)
    vectors.set(embedding, i * length)
  })
  const numbers = new Map<string, number>()
  const people = Int32Array.from(faces, ({ person }) => numbers.get(person) ?? (numbers.set(person, numbers.size), numbers.size - 1))
  const squares = Float64Array.from(faces, (_, i) => dot(vectors, i * length, vectors, i * length, length))

  for (let i = 1; i < faces.length; i++) {
    for (let j = 0; j < i; j++) {
      if (people[i] === people[j]) continue
      if (metric === 'euclidean') visit(euclideanOf(squaredDifference(vectors, i * length, vectors, j * length, length)))
      else visit(FROM_COSINE[metric](cosineOf(dot(vectors, i * length, vectors, j * length, length), squares[i]! * squares[j]!)))
    }
  }
}
