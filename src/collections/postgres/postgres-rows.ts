import type { Collection, EnrolledFace, FaceDetails, Metadata, Subject } from '../contract.ts'
import type { Row } from './connection.ts'

/** Rows as what they stand for. */

/** A time as ISO 8601, whatever the server's settings. */
const iso = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column}`

export const COLLECTION = `SELECT key, id, length, settings, store_photos, ${iso('created_at')}, seq FROM visage.collection`

export const toCollection = (row: Row): Collection => ({
  ...JSON.parse(row['settings'] as string),
  key: row['key'] as number,
  id: row['id'] as string,
  length: row['length'] as number,
  storePhotos: row['store_photos'] as boolean,
  createdAt: row['created_at'] as string,
  version: String(row['seq'])
})

export const SUBJECT = `SELECT key, id, name, metadata, ${iso('created_at')}, ${iso('updated_at')}, (SELECT count(*) FROM visage.face WHERE face.subject = subject.key) AS faces FROM visage.subject`

export const toSubject = (row: Row): Subject => ({
  id: row['id'] as string,
  name: row['name'] as string | null,
  metadata: toMetadata(row['metadata']),
  faces: row['faces'] as number,
  createdAt: row['created_at'] as string,
  updatedAt: row['updated_at'] as string
})

export const toMetadata = (text: unknown): Metadata => JSON.parse(text as string)

export const FACE = `SELECT key, id, ${iso('created_at')}, details, embedding, EXISTS (SELECT 1 FROM visage.photo WHERE photo.face = face.key) AS has_photo FROM visage.face`

export function toFace (row: Row, subject: string, length: number): EnrolledFace {
  const embedding = new Float32Array(length)
  readFloats(row['embedding'], embedding, 0)
  return {
    id: row['id'] as string,
    subject,
    embedding,
    details: JSON.parse(row['details'] as string) as FaceDetails,
    createdAt: row['created_at'] as string,
    hasPhoto: row['has_photo'] as boolean
  }
}

/** The bytes of a `bytea`, which comes as `\x` and hexadecimal digits: the driver has no other form. */
export const toBytes = (text: unknown): Buffer => Buffer.from((text as string).slice(2), 'hex')

/** Writes the values of a `bytea` into `out` from `at` on. Little-endian, as in memory. */
export function readFloats (text: unknown, out: Float32Array, at: number): void {
  Buffer.from(out.buffer, out.byteOffset + at * 4).write((text as string).slice(2), 'hex')
}

/** Vectors of one length as one `bytea`, of which the server cuts them. @throws {RangeError} when one has another length. */
export function joinFloats (vectors: readonly Float32Array[], length: number): Buffer {
  const joined = new Float32Array(vectors.length * length)
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== length) throw new RangeError(`A vector of ${vector.length} values cannot be kept among those of ${length}.`)
    joined.set(vector, i * length)
  }
  return Buffer.from(joined.buffer)
}
