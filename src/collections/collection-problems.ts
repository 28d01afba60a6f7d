import { FaceError } from '../errors.ts'

export const noCollection = (id: string): FaceError =>
  new FaceError('not_found', `There is no collection ${id}. List the collections for their ids, or make this one first.`)

export const noSubject = (id: string): FaceError =>
  new FaceError('not_found', `There is no subject ${id} in this collection. List its subjects for their ids, or make this one first.`)

export const noFace = (id: string): FaceError =>
  new FaceError('not_found', `There is no face ${id} of this subject. List its faces for their ids.`)

export const collectionExists = (id: string): FaceError =>
  new FaceError('conflict', `The collection ${id} exists. Take another id, or delete it first.`)

export const subjectExists = (id: string): FaceError =>
  new FaceError('conflict', `The subject ${id} exists. Change it, or take another id.`)

export const faceElsewhere = (id: string): FaceError =>
  new FaceError('conflict', `The face ${id} belongs to another subject. Delete it there first.`)

/** The same Idempotency-Key with another request. */
export const keyReused = (): FaceError =>
  new FaceError('conflict', 'This Idempotency-Key was sent with another request. Send a new key with a new request, and the same key only with the same one.')

export const storeFailed = (cause: unknown): FaceError =>
  new FaceError('service_unavailable', 'The store of the collections cannot be used now. Try again after a while; the cause is in the service log.', { cause, retryAfter: 2 })

export const storeUnopened = (cause: unknown): FaceError =>
  new FaceError('service_unavailable', 'The file of COLLECTIONS_URL cannot be opened. Its folder must be there, or it must be possible to make it, and the service must be allowed to write in it; or set COLLECTIONS_URL to none. The cause is in the service log.', { cause })

export const storeIsNoDatabase = (cause: unknown): FaceError =>
  new FaceError('service_unavailable', 'The file of COLLECTIONS_URL is not an SQLite database, or it is damaged. Name another file, restore a backup, or move it away to begin anew. The cause is in the service log.', { cause })

export const storeFull = (cause: unknown): FaceError =>
  new FaceError('service_unavailable', 'The disk of the store of the collections is full: nothing can be written until there is room again. What was acknowledged is kept, and searches go on.', { cause, retryAfter: 30 })

export const storeReadOnly = (cause: unknown): FaceError =>
  new FaceError('service_unavailable', 'The store of the collections cannot be written: its file, its folder or its disk is read-only. Searches go on.', { cause, retryAfter: 30 })

/** A search for at least a version that this instance has not read yet. */
export const stale = (): FaceError =>
  new FaceError('service_unavailable', 'This instance has not seen that version of the collection yet. Try again, or ask for no version.', { retryAfter: 1 })
