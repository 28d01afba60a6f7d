/** Columns that src/collections/sql-rows.ts converts, and vectors as the driver sends and receives them. */

/** The column as an ISO 8601 text, whatever the settings of the server. */
const iso = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column}`

export const COLLECTION = `SELECT key, id, length, settings, store_photos, ${iso('created_at')}, seq FROM visage.collection`

export const SUBJECT = `SELECT key, id, name, metadata, ${iso('created_at')}, ${iso('updated_at')},
  (SELECT count(*) FROM visage.face WHERE face.subject = subject.key) AS faces FROM visage.subject`

export const FACE = `SELECT key, id, ${iso('created_at')}, details, embedding,
  EXISTS (SELECT 1 FROM visage.photo WHERE photo.face = face.key) AS has_photo FROM visage.face`

/** The bytes of a `bytea`, which the driver returns as `\x` and hexadecimal digits: it has no other form. */
export const toBytes = (text: unknown): Buffer => Buffer.from((text as string).slice(2), 'hex')

/** Writes the values of a `bytea` into `out` from index `at` on. Little-endian, as in memory. */
export function readFloats (text: unknown, out: Float32Array, at: number): void {
  Buffer.from(out.buffer, out.byteOffset + at * 4).write((text as string).slice(2), 'hex')
}

/** Joins vectors of one length into one `bytea`, which the server splits. @throws {RangeError} when one has another length. */
export function joinFloats (vectors: readonly Float32Array[], length: number): Buffer {
  const joined = new Float32Array(vectors.length * length)
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== length) throw new RangeError(`A vector of ${vector.length} values cannot be kept among those of ${length}.`)
    joined.set(vector, i * length)
  }
  return Buffer.from(joined.buffer)
}
