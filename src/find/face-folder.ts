import { shuttingDown } from '../errors.ts'
import { dbNotConfigured } from './face-folder-problems.ts'
import { type FindOptions, type FolderIndex, type FolderIndexOptions, type Progress, openFolderIndex } from './folder-index.ts'
import { type IndexKey, fileName, keyOf } from './index-key.ts'

/** Indexes kept in memory at once. The one that was used least recently is closed for a new one; its file stays. */
const MOST_OPEN = 8

/** The face database: one folder of photos, one index for each key that was asked for. */
export interface FaceFolder {
  /** As configured; undefined when there is none. */
  readonly root: string | undefined
  /** @throws {FaceError} service_unavailable when there is no root; else as FolderIndex.find. */
  find: (key: IndexKey, queries: readonly Float32Array[], options: FindOptions) => ReturnType<FolderIndex['find']>
  /** The indexes in memory. */
  progress: () => Array<Progress & { readonly index: string }>
  close: () => Promise<void>
}

export interface FaceFolderOptions extends Omit<FolderIndexOptions, 'root' | 'key'> {
  readonly root: string | undefined
}

export function openFaceFolder ({ root, ...options }: FaceFolderOptions): FaceFolder {
  /** By file name, the least recently used first. */
  const open = new Map<string, { readonly index: FolderIndex, calls: number }>()
  let closed = false

  /** Indexes that nobody uses or fills. */
  function idle (): string[] {
    return [...open].filter(([, { index, calls }]) => calls === 0 && !index.progress().indexing).map(([name]) => name)
  }

  return {
    root,
    async find (key, queries, findOptions) {
      if (root === undefined) throw dbNotConfigured()
      if (closed) throw shuttingDown()
      const name = fileName(keyOf(key))
      const entry = open.get(name) ?? { index: openFolderIndex({ ...options, root, key }), calls: 0 }
      open.delete(name)
      open.set(name, entry)
      entry.calls++
      try {
        return await entry.index.find(queries, findOptions)
      } finally {
        entry.calls--
        for (const unused of idle().slice(0, Math.max(0, open.size - MOST_OPEN))) {
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
