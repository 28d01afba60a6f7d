import type { SourceFile } from '../models/card.ts'

/** A published file to fetch. */
export interface Requested {
  readonly file: SourceFile
  /** Where to put it. */
  readonly target: string
  /** The one it must have: the card's, else the pinned one; undefined for the first copy. */
  readonly sha256: string | undefined
}

/** A published file that is here, whole. */
export interface LocalFile {
  readonly path: string
  readonly sha256: string
}
