import type { FaceEngine } from '../engine/face-engine.ts'
import { yieldToLoop } from '../system/async.ts'
import { sha256OfBytes } from '../system/sha256.ts'
import type { FolderVectors } from './folder-vectors.ts'
import type { IndexLog } from './index-file.ts'
import type { IndexKey } from './index-key.ts'
import { type Content, display, type ListedPhoto, type Photo } from './photo.ts'
import { representPhoto, readPhoto } from './represent-photo.ts'

export interface ReaderOptions {
  /** A real path. */
  readonly root: string
  readonly engine: FaceEngine
  readonly key: IndexKey
  readonly log: IndexLog
  readonly signal: AbortSignal
}

/** Reads photos during one indexing run and collects the result. */
export interface PhotoReader {
  /** Indexed photos by path, with those replaced that were read since. */
  readonly photos: Map<string, Photo>
  /** Reads a photo again and represents its faces. @throws {FaceError} when the photo is not the cause; the reason of `signal`. */
  read: (listed: ListedPhoto) => Promise<void>
  /**
   * Returns the photos whose embeddings have the length of those read last. Two lengths under one key mean that a model was exchanged by
   * mistake: the photos of the older one are left out, and the next run reads them again.
   */
  photosOfNewestLength: () => Photo[]
}

export async function openReader ({ root, engine, key, log, signal }: ReaderOptions, indexed: FolderVectors): Promise<PhotoReader> {
  let length = indexed.length
  const photos = new Map(indexed.photos)
  /** Contents by hash: a photo that was renamed, copied or touched is not represented again. */
  const contents = new Map<string, Content | Promise<Content>>()
  for (const photo of indexed.photos.values()) {
    if (photo.hash !== '') contents.set(photo.hash, photo)
    await yieldToLoop(contents.size)
  }

  async function contentOf (bytes: Uint8Array): Promise<Content> {
    const hash = await sha256OfBytes(bytes)
    let content = contents.get(hash)
    if (!content) {
      content = representPhoto(engine, key, bytes, hash, signal)
      contents.set(hash, content)
    }
    return content
  }

  return {
    photos,
    async read (listed) {
      signal.throwIfAborted()
      const { path } = listed
      const file = await readPhoto(root, listed)
      if (!file) {
        photos.delete(path)
        return
      }
      const { hash, faces, vectors, problem, isTransient } = 'bytes' in file ? await contentOf(file.bytes) : file.problem
      if (faces.length > 0) length = vectors.length / faces.length
      photos.set(path, { path, ...file.stamp, hash, faces, vectors, ...(problem !== undefined && { problem }), ...(isTransient && { isTransient }) })
      if (problem !== undefined) log.warn({ photo: display(path), problem }, 'a photo is not searched')
    },
    photosOfNewestLength: () => [...photos.values()].filter((photo) => photo.vectors.length === photo.faces.length * length)
  }
}
