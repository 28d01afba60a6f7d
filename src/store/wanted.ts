import type { SourceFile } from '../models/card.ts'

/** A published file that is to come. */
export interface Wanted {
  readonly file: SourceFile
  /** Where it is to lie. */
  readonly target: string
  /** What it must have: the card's, else that of the first copy; undefined when this is the first one. */
  readonly sha256: string | undefined
}

/** A published file that is here, whole. */
export interface Had {
  readonly path: string
  readonly sha256: string
}
