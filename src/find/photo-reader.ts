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

/** Photos while they are indexed. */
export interface PhotoReader {
  /** By path: those of the index, and what has been read since. */
  readonly photos: Map<string, Photo>
  /** Reads a photo anew. @throws {FaceError} what is not the photo's fault; the reason of `signal`. */
  read: (found: ListedPhoto) => Promise<void>
  /**
   * The photos to go on with. Vectors of two lengths come from two models, under one key by mistake only: those of the older model are
   * left out, and the next run looks at their photos again.
   */
  sameLength: () => Photo[]
}

export async function openReader ({ root, engine, key, log, signal }: ReaderOptions, indexed: FolderVectors): Promise<PhotoReader> {
  let length = indexed.length
  const photos = new Map(indexed.photos)
  /** By hash: a renamed, copied or touched photo costs no embedding. */
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
    async read (found) {
      signal.throwIfAborted()
      const seen = await readPhoto(root, found.path, found)
      if (!seen) {
        photos.delete(found.path)
        return
      }
      const { hash, faces, vectors, problem, transient } = seen.bytes ? await contentOf(seen.bytes) : seen.problem!
      if (faces.length > 0) length = vectors.length / faces.length
      photos.set(found.path, { path: found.path, ...seen.stamp, hash, faces, vectors, ...(problem !== undefined && { problem }), ...(transient && { transient }) })
      if (problem !== undefined) log.warn({ photo: display(found.path), problem }, 'a photo is not searched')
    },
    sameLength: () => [...photos.values()].filter((photo) => photo.vectors.length === photo.faces.length * length)
  }
}
