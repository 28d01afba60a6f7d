import type { Box } from '../math/box.ts'

/** What a file looks like from outside. Two looks that agree mean the same content; ctime notices also what mtime was set back for. */
export interface FileStamp {
  readonly size: number
  /** Milliseconds since 1970, with fractions. */
  readonly mtimeMs: number
  readonly ctimeMs: number
}

/** A photo of the folder, as the last scan saw it. */
export interface ListedPhoto extends FileStamp {
  /**
   * Below the root, `/` between names, one character (code 0..255) a byte: file names are bytes, not text, and this form
   * keeps each of them. `display` makes it readable.
   */
  readonly path: string
}

/** What the models made of the content of a photo. */
export interface Content {
  /** SHA-256 of the bytes, lower-case hex; empty when they were not read. */
  readonly hash: string
  /** Where its faces are, largest first; none when there is a problem. */
  readonly faces: readonly Box[]
  /** The embeddings of these faces, one after the other. */
  readonly vectors: Float32Array
  /** Why it is not searched, for the log and the response. */
  readonly problem?: string
  /** The problem may be ours, not the photo's: it is remembered until the process ends and not written down. */
  readonly transient?: boolean
}

/** A photo of the index. */
export interface Photo extends ListedPhoto, Content {}

/** `path` of a photo as text. Bytes that are no UTF-8 become U+FFFD. */
export const display = (path: string): string => Buffer.from(path, 'latin1').toString('utf8')

export const sameStamp = (a: FileStamp, b: FileStamp): boolean =>
  a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs

export const stampOf = ({ size, mtimeMs, ctimeMs }: FileStamp): FileStamp => ({ size, mtimeMs, ctimeMs })
