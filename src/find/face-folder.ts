import { shuttingDown } from '../errors.ts'
import { dbNotConfigured } from './face-folder-problems.ts'
import { type FindOptions, type FolderIndex, type FolderIndexOptions, type Progress, openFolderIndex } from './folder-index.ts'
import { type IndexKey, canonicalKey, fileName } from './index-key.ts'

/** Most indexes in memory. Beyond, the least recently used one is closed; its file stays. */
const MAX_OPEN = 8

/** The face database: one folder of photos, with one index for each key that was searched. */
export interface FaceFolder {
  /** Folder of the photos, as configured; undefined when there is none. */
  readonly root: string | undefined
  /** Searches the index of `key`, see `FolderIndex.find`. @throws {FaceError} service_unavailable when there is no root; else as there. */
  find: (key: IndexKey, queries: readonly Float32Array[], options: FindOptions) => ReturnType<FolderIndex['find']>
  /** Progress of each index in memory, by file name. */
  progress: () => Array<Progress & { readonly index: string }>
  close: () => Promise<void>
}

export interface FaceFolderOptions extends Omit<FolderIndexOptions, 'root' | 'key'> {
  readonly root: string | undefined
}

/**
 * Opens the face database. Nothing is read before the first search.
 *
 * @example
 * const faceFolder = openFaceFolder({ root: '/data/faces', engine, log })
 * const { hits, warnings } = await faceFolder.find(indexKey(options, fingerprint), [embedding], { metric, threshold, k, refresh: true })
 */
export function openFaceFolder ({ root, ...options }: FaceFolderOptions): FaceFolder {
  /** Open indexes by file name, the least recently used first. */
  const open = new Map<string, { readonly index: FolderIndex, calls: number }>()
  let closed = false

  /** Names of the open indexes that no call uses and no run fills. */
  function idleNames (): string[] {
    return [...open].filter(([, { index, calls }]) => calls === 0 && !index.progress().indexing).map(([name]) => name)
  }

  return {
    root,
    async find (key, queries, findOptions) {
      if (root === undefined) throw dbNotConfigured()
      if (closed) throw shuttingDown()
      const name = fileName(canonicalKey(key))
      const entry = open.get(name) ?? { index: openFolderIndex({ ...options, root, key }), calls: 0 }
      open.delete(name)
      open.set(name, entry)
      entry.calls++
      try {
        return await entry.index.find(queries, findOptions)
      } finally {
        entry.calls--
        for (const unused of idleNames().slice(0, Math.max(0, open.size - MAX_OPEN))) {
          const { index } = open.get(unused)!
          open.delete(unused)
          await index.close()
        }
      }
    },
    progress: () => [...open].map(([index, entry]) => ({ ...entry.index.progress(), index })),
    async close () {
      closed = true
      await Promise.all([...open.values()].map(({ index }) => index.close()))
    }
  }
}
