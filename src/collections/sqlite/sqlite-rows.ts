/** Columns that src/collections/sql-rows.ts converts. */

export const COLLECTION = 'SELECT key, id, length, settings, store_photos, created_at, seq FROM collection'

export const SUBJECT = `SELECT key, id, name, metadata, created_at, updated_at,
  (SELECT count(*) FROM face WHERE face.subject = subject.key) AS faces FROM subject`

export const FACE = `SELECT key, id, created_at, details, embedding,
  EXISTS (SELECT 1 FROM photo WHERE photo.face = face.key) AS has_photo FROM face`
