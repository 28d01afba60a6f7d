import { open } from 'node:fs/promises'
import type { FaceEngine } from '../engine/face-engine.ts'
import { type ErrorCode, FaceError, engineFailed } from '../errors.ts'
import type { RepresentOptions } from '../pipelines/contract.ts'
import { isErrno } from '../system/errno.ts'
import type { IndexKey } from './index-key.ts'
import { bytesOf } from './list-photos.ts'
import { type Content, type FileStamp, stampOf } from './photo.ts'

/** Photos of the folder may be larger than what a client may send, but one file must not fill the memory. */
const MOST_BYTES = 64 * 2 ** 20

/** Errors that say something about the photo. All others say something about the service, and end the run. */
const OF_THE_PHOTO: ReadonlySet<ErrorCode> = new Set(['image_decode_error', 'image_too_large', 'no_face_detected', 'spoof_detected', 'deepface_error'])

const failure = (problem: string, hash = ''): Content => ({ hash, faces: [], vectors: new Float32Array(0), problem })

/** A photo file as it was read: its look from before the reading, so that a change in between is noticed by the next scan. */
export interface ReadPhoto {
  readonly stamp: FileStamp
  /** Undefined when it could not be read; then `problem` says why. */
  readonly bytes?: Uint8Array
  readonly problem?: Content
}

/** Reads the photo at `path` below `root`. Undefined when it is gone. */
export async function readPhoto (root: string, path: string, seen: FileStamp): Promise<ReadPhoto | undefined> {
  try {
    const handle = await open(bytesOf(root, path))
    try {
      const stamp = stampOf(await handle.stat())
      if (stamp.size > MOST_BYTES) return { stamp, problem: failure(`It has more than ${MOST_BYTES / 2 ** 20} MiB.`) }
      return { stamp, bytes: await handle.readFile() }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    // Permissions are a matter of ctime, but a disk or a network may fail once: forgotten with this process.
    return { stamp: stampOf(seen), problem: { ...failure(`It cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`), transient: true } }
  }
}

/**
 * The faces of a photo, or the problem with it.
 * @throws {FaceError} what is not the photo's fault: model_unavailable, service_unavailable…; the reason of `signal`.
 */
export async function representPhoto (engine: FaceEngine, key: IndexKey, bytes: Uint8Array, hash: string, signal: AbortSignal): Promise<Content> {
  const { weights, rotated, ...settings } = key
  const options: RepresentOptions = { ...settings, maxFaces: undefined, antiSpoofing: false, purpose: 'compare' }
  try {
    const found = await engine.represent(bytes, options, { background: true, signal })
    const length = found[0]?.embedding.length ?? 0
    const vectors = new Float32Array(found.length * length)
    for (const [i, { embedding }] of found.entries()) {
      if (embedding.length !== length) throw engineFailed(new Error('The embeddings of one photo differ in length.'))
      vectors.set(embedding, i * length)
    }
    return { hash, faces: found.map(({ box }) => box), vectors }
  } catch (error) {
    if (!(error instanceof FaceError) || !OF_THE_PHOTO.has(error.code)) throw error
    if (error.code === 'no_face_detected') return failure('No face was found in it.', hash)
    if (error.code === 'deepface_error') return { ...failure('The engine failed on it.', hash), transient: true }
    return failure(error.message, hash)
  }
}
