import type { Options as NpmOptions } from 'pacote'
import type { Card } from '../models/card.ts'

export interface StoreLog {
  info: (object: object, message: string) => void
  warn: (object: object, message: string) => void
}

/** How far a download is. */
export interface Progress {
  /** The file or package. */
  readonly what: string
  /** Bytes. */
  readonly done: number
  /** Undefined where the source does not say. */
  readonly total: number | undefined
}
export type ProgressSink = (progress: Progress) => void

/** What all parts of one store share. */
export interface StoreContext {
  readonly folder: string
  /** A folder, or an http(s) URL; asked before the other sources. */
  readonly mirror: string | undefined
  /** Folders of the user whose published files are used from where they lie; read only. */
  readonly nearby: readonly string[]
  readonly offline: boolean
  readonly log: StoreLog
  readonly progress: ProgressSink
  /** Options of npm's own configuration: registry, proxies, cache. */
  readonly npm: NpmOptions
  /** The cards this store may serve. */
  readonly cards: readonly Card[]
  /** Longest silence in the middle of a download, in milliseconds. */
  readonly idleMs: number
}
