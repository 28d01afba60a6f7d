import type { ErrorMessage } from '../../errors.ts'
import type { Size } from '../pixels.ts'

/** Head of a request to the decoder's process; the encoded picture follows. */
export interface DecodeRequest {
  /** Most pixels of the picture. */
  readonly limit: number
  /** Wanted size; null for that of the picture. */
  readonly size: Size | null
  /** Bounds of this picture, beyond which the process ends itself. */
  readonly bounds: Bounds
}

export interface Bounds {
  readonly milliseconds: number
  /** Bytes of memory besides those that the process has before it begins. */
  readonly memory: number
}

/** Head of an answer. Pixels follow in the first case, none in the second. */
export type DecodeAnswer = Size | { readonly error: ErrorMessage }
