import type { Options as NpmOptions } from 'pacote'
import type { Card } from '../models/card.ts'

export interface StoreLog {
  info: (object: object, message: string) => void
  warn: (object: object, message: string) => void
}

/** Progress of one download. */
export interface Progress {
  /** Name of the file or package. */
  readonly what: string
  /** Bytes so far. */
  readonly done: number
  /** Bytes in all; undefined where the source does not report them. */
  readonly total: number | undefined
}
export type ProgressSink = (progress: Progress) => void

/** Settings and sinks that all modules of one store share. */
export interface StoreContext {
  readonly folder: string
  /** A folder, or an http(s) URL; tried before the other sources. */
  readonly mirror: string | undefined
  /** Folders whose published files are used in place and never written to. */
  readonly nearby: readonly string[]
  readonly offline: boolean
  readonly log: StoreLog
  readonly progress: ProgressSink
  /** Options for pacote: registry, proxies, cache. */
  readonly npm: NpmOptions
  /** Cards that this store may serve. */
  readonly cards: readonly Card[]
  /** Longest silence within a download, in milliseconds. */
  readonly idleMs: number
}
