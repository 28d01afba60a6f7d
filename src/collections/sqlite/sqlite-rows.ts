import type { Collection, EnrolledFace, FaceDetails, Metadata, Subject } from '../contract.ts'
import type { Row } from './driver.ts'
import { readFloats } from './driver.ts'

/** Rows as what they stand for. */

export const COLLECTION = 'SELECT key, id, length, settings, store_photos, created_at, seq FROM collection'

export const toCollection = (row: Row): Collection => ({
  ...JSON.parse(row['settings'] as string),
  key: Number(row['key']),
  id: row['id'] as string,
  length: Number(row['length']),
  storePhotos: row['store_photos'] === 1,
  createdAt: row['created_at'] as string,
  version: String(row['seq'])
})

export const SUBJECT = 'SELECT key, id, name, metadata, created_at, updated_at, (SELECT count(*) FROM face WHERE face.subject = subject.key) AS faces FROM subject'

export const toSubject = (row: Row): Subject => ({
  id: row['id'] as string,
  name: row['name'] as string | null,
  metadata: toMetadata(row['metadata']),
  faces: Number(row['faces']),
  createdAt: row['created_at'] as string,
  updatedAt: row['updated_at'] as string
})

export const toMetadata = (text: unknown): Metadata => JSON.parse(text as string)

export const FACE = 'SELECT key, id, created_at, details, embedding, EXISTS (SELECT 1 FROM photo WHERE photo.face = face.key) AS has_photo FROM face'

export function toFace (row: Row, subject: string, length: number): EnrolledFace {
  const embedding = new Float32Array(length)
  readFloats(row['embedding'], embedding, 0)
  return {
    id: row['id'] as string,
    subject,
    embedding,
    details: JSON.parse(row['details'] as string) as FaceDetails,
    createdAt: row['created_at'] as string,
    hasPhoto: row['has_photo'] === 1
  }
}
