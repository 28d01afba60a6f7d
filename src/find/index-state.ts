import { type FolderVectors, lengthOf, layOut, NO_VECTORS } from './folder-vectors.ts'
import type { IndexFile, IndexLog } from './index-file.ts'
import type { PhotoList } from './list-photos.ts'
import { display, type Photo } from './photo.ts'

/** Folder inside FACES_DB_PATH that holds the index files. Hidden, so that listings leave it out. */
export const INDEX_FOLDER = '.visage'

/** After a failed save the next attempt comes with the next change of a photo, or after this long. Milliseconds. */
const SAVE_AGAIN_MS = 60_000

/** Most photos with a problem, and most parts that cannot be read, that one response names. The log names all photos with a problem. */
const MAX_WARNINGS = 100

export interface Warning {
  /** Path below the root; absent when the message concerns the whole folder or the index. */
  readonly photo?: string
  readonly message: string
}

/**
 * Relation of an index in memory to its file. It holds
 *
 * - `incomplete`: nothing, or the photos of a run that broke off: no run has finished, and no file was read.
 * - `saved`: the same photos as the file.
 * - `unsaved`: photos that the file lacks, because it could not be written or is damaged.
 */
type Stage = 'incomplete' | 'saved' | 'unsaved'

/** One index in memory: its photos, how they relate to the file, and the warnings about them. */
export interface IndexState {
  /** The photos to search. */
  vectors: () => FolderVectors
  /** True once a run has finished or the file was read. */
  isComplete: () => boolean
  /** True when the index is complete and either saved, or unsaved after an attempt that failed less than a minute ago. */
  isSettled: () => boolean
  /** Takes over the file when another process has changed it. */
  reload: () => Promise<void>
  /** Takes the lock of the file. Undefined when it cannot be written; the run then goes on for this process alone. @throws the reason of `signal`. */
  lock: (signal: AbortSignal) => Promise<(() => Promise<void>) | undefined>
  /** Replaces the photos by the result of a run. `isComplete`: the run has finished; otherwise a later one goes on from there. */
  replace: (photos: readonly Photo[], isComplete: boolean) => Promise<void>
  /** Writes photos to the file, except those with a transient problem. A failure becomes a warning. */
  save: (photos: Iterable<Photo>) => Promise<void>
  /** Records the parts of the folder that the last listing could not read, and those that it left out. */
  setListing: (list: Pick<PhotoList, 'unread' | 'leftOut'>) => void
  /** Returns the warnings for a search in `vectors`: about the index, the folder, then single photos. */
  warnings: (vectors: FolderVectors) => Warning[]
}

/** @param name of the index, for messages. */
export function createIndexState (name: string, file: IndexFile, log: IndexLog): IndexState {
  let vectors = NO_VECTORS
  let stage: Stage = 'incomplete'
  let saveFailure: { readonly message: string, readonly at: number } | undefined
  /** Damage that the last read of the file found. */
  let damage: Warning | undefined
  let unread: Warning[] = []
  let leftOut: readonly string[] = []

  function saveFailed (error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    log.warn({ err: error, index: name }, 'the index cannot be saved; it is kept in memory and lost with this process')
    saveFailure = {
      message: `The index could not be saved in ${INDEX_FOLDER} (${code}). The search is complete, but the photos are indexed again after a restart.`,
      at: Date.now()
    }
  }

  return {
    vectors: () => vectors,
    isComplete: () => stage !== 'incomplete',
    isSettled () {
      const failedRecently = saveFailure !== undefined && Date.now() - saveFailure.at < SAVE_AGAIN_MS
      return stage === 'saved' || (stage === 'unsaved' && failedRecently)
    },

    async reload () {
      const change = await file.readChange()
      if (change.state === 'unchanged') return
      damage = undefined
      if (change.state === 'changed') {
        // The file has no photos with transient problems. They are kept, so that they are not read again.
        const transient = [...vectors.photos.values()].filter(({ isTransient }) => isTransient === true)
        vectors = await layOut(mergeByPath(transient, change.photos))
        stage = 'saved'
      } else if (change.state === 'damaged') {
        damage = { message: `The index ${name} was rebuilt: ${change.why}.` }
        log.warn({ index: name, why: change.why }, 'the index is rebuilt')
        if (stage === 'saved') stage = 'unsaved'
      } else {
        // Removing the file is how a user asks for a new index.
        log.info({ index: name }, 'the index file was removed; the index is rebuilt')
        vectors = NO_VECTORS
        stage = 'incomplete'
      }
    },

    async lock (signal) {
      try {
        return await file.lock(signal)
      } catch (error) {
        signal.throwIfAborted()
        saveFailed(error)
        return undefined
      }
    },

    async replace (photos, isComplete) {
      vectors = await layOut(photos)
      if (isComplete || stage === 'saved') stage = 'unsaved'
    },

    async save (photos) {
      const lasting = [...photos].filter(({ isTransient }) => isTransient !== true)
      try {
        await file.save(lengthOf(lasting), lasting)
        if (stage === 'unsaved') stage = 'saved'
        saveFailure = undefined
      } catch (error) {
        saveFailed(error)
      }
    },

    setListing (list) {
      const first = list.unread.slice(0, MAX_WARNINGS)
      unread = first.map(({ path, cause }) => ({ photo: display(path), message: `It cannot be looked at (${(cause as NodeJS.ErrnoException).code}).` }))
      const more = list.unread.length - first.length
      if (more > 0) unread.push({ message: `${more} more folders and photos cannot be looked at.` })
      for (const { path, cause } of first) {
        log.warn({ err: cause, path: display(path) }, 'a part of the folder cannot be looked at; its photos stay as they were indexed')
      }
      for (const sentence of list.leftOut) if (!leftOut.includes(sentence)) log.warn({ index: name }, sentence)
      leftOut = list.leftOut
    },

    warnings ({ photos }) {
      const all: Warning[] = [...leftOut.map((message) => ({ message })), ...unread]
      if (damage) all.unshift(damage)
      if (saveFailure) all.unshift({ message: saveFailure.message })
      let problems = 0
      for (const { path, problem } of photos.values()) {
        if (problem === undefined) continue
        problems++
        if (problems <= MAX_WARNINGS) all.push({ photo: display(path), message: problem })
      }
      if (problems > MAX_WARNINGS) all.push({ message: `${problems - MAX_WARNINGS} more photos are not searched; the log names them.` })
      return all
    }
  }
}

/** Merges two lists; where both have a photo of the same path, the second one's is taken. */
function mergeByPath (first: readonly Photo[], second: readonly Photo[]): Iterable<Photo> {
  return new Map([...first, ...second].map((photo) => [photo.path, photo])).values()
}
