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
  new FaceError('service_unavailable', 'The store of the collections (COLLECTIONS_URL) cannot be used now. Try again after a while; the cause is in the service log.', { cause, retryAfter: 2 })

/** Returns why the store is not ready, in a sentence. */
export const whyMissing = (error: unknown): string => (error instanceof FaceError ? error : storeFailed(error)).message

export const storeUnopened = (cause: unknown): FaceError =>
  new FaceError('service_unavailable', 'The file of COLLECTIONS_URL cannot be opened. Its folder must be there, or it must be possible to make it, and the service must be allowed to write in it; or set COLLECTIONS_URL to none. The cause is in the service log.', { cause })

const DAMAGED = 'The file of COLLECTIONS_URL is not an SQLite database, or it is damaged. Name another file, restore a backup, or move it away to begin anew. The cause is in the service log.'

export const storeIsNoDatabase = (cause: unknown): FaceError => new FaceError('service_unavailable', DAMAGED, { cause })

/** Whether `error` says that the file is damaged, be it from this thread or another. */
export const isDamage = (error: unknown): error is FaceError => error instanceof FaceError && error.message === DAMAGED

/** The file of COLLECTIONS_URL is a folder, a device or the like. */
export const storeIsNoFile = (): FaceError =>
  new FaceError('service_unavailable', 'The path of COLLECTIONS_URL is a folder, or something else that is no file. Name a file, such as sqlite:data/visage.db.')

export const storeIsMissing = (): FaceError =>
  new FaceError('service_unavailable', 'The file of COLLECTIONS_URL does not exist, so that there is nothing to read or copy. Name the file of the service.')

export const storeOfOthers = (): FaceError =>
  new FaceError('service_unavailable', 'The file of COLLECTIONS_URL is a database of another program. Name another file: this one is left as it is.')

export const storeReplaced = (): FaceError =>
  new FaceError('service_unavailable', 'The file of COLLECTIONS_URL was removed or replaced while the service runs, so that nothing can be written. Put it back, or start the service again to use what is there now. Searches go on.')

export const storeTruncated = (): FaceError =>
  new FaceError('service_unavailable', 'The file of COLLECTIONS_URL was shortened while the service runs, so that nothing can be written. Restore a backup and start the service again.')

const GO_ON = 'Restore a backup; or run `npm run collections -- accept-loss` to go on without these writes.'

/** The database is gone or empty, and its write-ahead log is there, which SQLite would remove. */
export const storeVanished = (): FaceError =>
  new FaceError('service_unavailable', `The file of COLLECTIONS_URL is gone, but its write-ahead log with acknowledged writes is still there. Put the file back. ${GO_ON}`)

/** SQLite would write the pages of the log over those of the other file. */
export const journalOfAnother = (): FaceError =>
  new FaceError('service_unavailable', 'The file of COLLECTIONS_URL was replaced, but the write-ahead log beside it belongs to the file before. Put that file back; or run `npm run collections -- accept-loss` to go on with the new file alone.')

/** SQLite would drop commits of the write-ahead log without an error. */
export const journalDamaged = (commits: number): FaceError =>
  new FaceError('service_unavailable', `The write-ahead log beside the file of COLLECTIONS_URL is damaged: at least ${commits} acknowledged ${commits === 1 ? 'write' : 'writes'} behind the damage cannot be read. ${GO_ON}`)

export const writesLost = (collections: number): FaceError =>
  new FaceError('service_unavailable', `The file of COLLECTIONS_URL lacks the last acknowledged writes of ${collections} ${collections === 1 ? 'collection' : 'collections'}: its write-ahead log was removed or damaged, or an older copy was written over it. ${GO_ON}`)

export const storeFull = (cause: unknown): FaceError =>
  new FaceError('service_unavailable', 'The disk of the store of the collections is full: nothing can be written until there is room again. What was acknowledged is kept, and searches go on.', { cause, retryAfter: 30 })

export const storeReadOnly = (cause: unknown): FaceError =>
  new FaceError('service_unavailable', 'The store of the collections cannot be written: its file, its folder or its disk is read-only. Searches go on.', { cause, retryAfter: 30 })

/** A search for at least a version that this instance has not read yet. */
export const stale = (): FaceError =>
  new FaceError('service_unavailable', 'This instance has not seen that version of the collection yet. Try again, or ask for no version.', { retryAfter: 1 })
