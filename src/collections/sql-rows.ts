import type { Collection, EnrolledFace, FaceDetails, Feed, Metadata, Subject, VectorRows } from './contract.ts'

/** Conversion of the rows that SQLite and PostgreSQL return, whose tables have the same columns, into the types of the contract. */

export type Row = Readonly<Record<string, unknown>>

/** Writes the values of a stored vector into `out` from index `at` on. Each driver returns bytes in another form. */
export type ReadFloats = (stored: unknown, out: Float32Array, at: number) => void

export const toCollection = (row: Row): Collection => ({
  ...JSON.parse(row['settings'] as string),
  key: Number(row['key']),
  id: row['id'] as string,
  length: Number(row['length']),
  // 0 or 1 in SQLite, a boolean in PostgreSQL.
  storePhotos: Boolean(row['store_photos']),
  createdAt: row['created_at'] as string,
  version: String(row['seq'])
})

export const toSubject = (row: Row): Subject => ({
  id: row['id'] as string,
  name: row['name'] as string | null,
  metadata: toMetadata(row['metadata']),
  faces: Number(row['faces']),
  createdAt: row['created_at'] as string,
  updatedAt: row['updated_at'] as string
})

const toMetadata = (text: unknown): Metadata => JSON.parse(text as string)

/** @param length number of values of an embedding. */
export const toFace = (row: Row, subject: string, length: number, readFloats: ReadFloats): EnrolledFace => ({
  id: row['id'] as string,
  subject,
  embedding: toVectors([row], length, readFloats),
  details: JSON.parse(row['details'] as string) as FaceDetails,
  createdAt: row['created_at'] as string,
  hasPhoto: Boolean(row['has_photo'])
})

/** The embeddings of rows one after another, rows.length × length; zeros for a row without one. */
function toVectors (rows: readonly Row[], length: number, readFloats: ReadFloats): Float32Array {
  const vectors = new Float32Array(rows.length * length)
  for (const [i, { embedding }] of rows.entries()) if (embedding !== null) readFloats(embedding, vectors, i * length)
  return vectors
}

export const toVectorRows = (rows: readonly Row[], length: number, readFloats: ReadFloats): VectorRows => ({
  keys: rows.map((row) => Number(row['key'])),
  faces: rows.map((row) => row['id'] as string),
  subjects: rows.map((row) => row['subject'] as string),
  seqs: rows.map((row) => Number(row['seq'])),
  details: rows.map((row) => row['details'] as string),
  embeddings: toVectors(rows, length, readFloats)
})

/** The rows that a page of the feed is made of, both tables in order of `seq`, at most `limit` rows each. */
export interface FeedRows {
  readonly head: number
  readonly reset: boolean
  readonly limit: number
  readonly subjects: readonly Row[]
  readonly faces: readonly Row[]
}

export function toFeed ({ head, reset, limit, subjects, faces }: FeedRows, length: number, readFloats: ReadFloats): Feed {
  // Both tables are numbered by one counter: the page ends at the end of the table that reached its limit first.
  const upTo = Math.min(head, ...[faces, subjects].filter((rows) => rows.length === limit).map((rows) => Number(rows.at(-1)!['seq'])))
  const onPage = ({ seq }: Row): boolean => Number(seq) <= upTo
  const pageFaces = faces.filter(onPage)
  return {
    upTo,
    head,
    reset,
    subjects: subjects.filter(onPage).map(({ key, id, metadata }) => ({
      key: Number(key), id: id as string | null, metadata: id === null ? null : toMetadata(metadata)
    })),
    faces: {
      keys: Float64Array.from(pageFaces, ({ key }) => Number(key)),
      subjects: Float64Array.from(pageFaces, ({ subject }) => Number(subject ?? 0)),
      embeddings: toVectors(pageFaces, length, readFloats),
      ages: Float32Array.from(pageFaces, ({ age }) => Number(age ?? NaN))
    }
  }
}
