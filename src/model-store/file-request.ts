import type { SourceFile } from '../models/card.ts'

/** A published file that the store needs. */
export interface FileRequest {
  readonly file: SourceFile
  /** Path in the store's folder. */
  readonly target: string
  /** Required hash: the card's, else the pinned one. Undefined for a first copy, which may be any. */
  readonly sha256: string | undefined
}

/** A complete, verified published file on this machine. */
export interface LocalFile {
  readonly path: string
  readonly sha256: string
}
