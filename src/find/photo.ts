import type { Box } from '../math/box.ts'

/**
 * Size and times of a file. Two equal stamps mean the same content; ctime also changes when mtime is set back.
 */
export interface FileStamp {
  readonly size: number
  /** Milliseconds since 1970, with fractions. */
  readonly mtimeMs: number
  readonly ctimeMs: number
}

/** A photo of the folder, as it was last listed. */
export interface ListedPhoto extends FileStamp {
  /**
   * Path below the root, with `/` between names and one character (code 0..255) for each byte: file names are bytes, not text, and this
   * form preserves all of them. `display` makes it readable.
   */
  readonly path: string
}

/** A face of a photo. */
export interface PhotoFace {
  readonly box: Box
  /** Years, estimated; absent where that was not asked for or not possible. */
  readonly age?: number
}

/** Result of running the models on the content of a photo. */
export interface Content {
  /** SHA-256 of the bytes, lower-case hex; empty when they were not read. */
  readonly hash: string
  /** Its faces, largest first; empty when there is a problem. */
  readonly faces: readonly PhotoFace[]
  /** Embeddings of these faces, one after the other. */
  readonly vectors: Float32Array
  /** Why the photo is not searched, a sentence for the log and the response. */
  readonly problem?: string
  /** True when the problem may lie in the service, not in the photo: kept in memory, never persisted. */
  readonly isTransient?: boolean
}

/** A photo of the index. */
export interface Photo extends ListedPhoto, Content {}

/** Returns the path of a photo as text. Bytes that are not UTF-8 become U+FFFD. */
export const display = (path: string): string => Buffer.from(path, 'latin1').toString('utf8')

export const sameStamp = (a: FileStamp, b: FileStamp): boolean =>
  a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs

/** Picks the stamp out of the result of `stat`, or out of a listed photo. */
export const stampOf = ({ size, mtimeMs, ctimeMs }: FileStamp): FileStamp => ({ size, mtimeMs, ctimeMs })
