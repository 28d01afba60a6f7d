import { open } from 'node:fs/promises'
import type { FaceEngine } from '../engine/face-engine.ts'
import { type ErrorCode, FaceError, engineFailed } from '../errors.ts'
import type { RepresentOptions } from '../pipelines/contract.ts'
import { isErrno } from '../system/errno.ts'
import type { IndexKey } from './index-key.ts'
import { bytesOf } from './list-photos.ts'
import { type Content, type FileStamp, type ListedPhoto, stampOf } from './photo.ts'

/** Largest photo of the folder. They may be larger than what a client may send, but one file must not fill the memory. */
const MAX_BYTES = 64 * 2 ** 20

/** Errors that concern one photo. All others concern the service and end the run. */
const PHOTO_ERRORS: ReadonlySet<ErrorCode> = new Set(['image_decode_error', 'image_too_large', 'no_face_detected', 'spoof_detected', 'deepface_error'])

const inHundredths = (value: number): number => Math.round(100 * value) / 100

const failure = (problem: string, hash = ''): Content => ({ hash, faces: [], vectors: new Float32Array(0), problem })

/** Stamp of a photo file and its bytes, or the problem that kept it from being read. */
export type ReadPhoto =
  /** The stamp is from before the bytes were read, so that the next run notices a change in between. */
  & { readonly stamp: FileStamp }
  & ({ readonly bytes: Uint8Array } | { readonly problem: Content })

/** Reads a listed photo below `root`. Undefined when it no longer exists. */
export async function readPhoto (root: string, listed: ListedPhoto): Promise<ReadPhoto | undefined> {
  try {
    const handle = await open(bytesOf(root, listed.path))
    try {
      const stamp = stampOf(await handle.stat())
      if (stamp.size > MAX_BYTES) return { stamp, problem: failure(`It has more than ${MAX_BYTES / 2 ** 20} MiB.`) }
      return { stamp, bytes: await handle.readFile() }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    // Transient: new permissions would change ctime, but a disk or a network may fail once.
    const problem = failure(`It cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`)
    return { stamp: stampOf(listed), problem: { ...problem, isTransient: true } }
  }
}

/**
 * Returns the faces of a photo, or the problem with it.
 * @throws {FaceError} when the photo is not the cause: model_unavailable, service_unavailable…; the reason of `signal`.
 */
export async function representPhoto (
  engine: FaceEngine, key: IndexKey, bytes: Uint8Array, hash: string, signal: AbortSignal
): Promise<Content> {
  const { weights, rotated, ages = false, ...settings } = key
  const options: RepresentOptions = { ...settings, ages, maxFaces: undefined, antiSpoofing: false, purpose: 'compare' }
  try {
    const faces = await engine.represent(bytes, options, { background: true, signal })
    const length = faces[0]?.embedding.length ?? 0
    const vectors = new Float32Array(faces.length * length)
    for (const [i, { embedding }] of faces.entries()) {
      if (embedding.length !== length) throw engineFailed(new Error('The embeddings of one photo differ in length.'))
      vectors.set(embedding, i * length)
    }
    return { hash, faces: faces.map(({ box, age }) => ({ box, ...(age !== undefined && { age: inHundredths(age) }) })), vectors }
  } catch (error) {
    if (!(error instanceof FaceError) || !PHOTO_ERRORS.has(error.code)) throw error
    if (error.code === 'no_face_detected') return failure('No face was found in it.', hash)
    if (error.code === 'deepface_error') return { ...failure('The engine failed on it.', hash), isTransient: true }
    return failure(error.message, hash)
  }
}
