import { FaceError } from '../../errors.ts'
import { storeFailed, storeFull, storeReadOnly, storeUnopened } from '../collection-problems.ts'

/** SQLite's result codes, of which extended ones have the last eight bits. */
const [READONLY, FULL] = [8, 13]

/** `error` in the terms of the contract: what is no FaceError came from SQLite or from its disk. */
export function asFaceError (error: unknown, otherwise = storeFailed): FaceError {
  if (error instanceof FaceError) return error
  // node:sqlite and libsql call it differently.
  const { errcode, rawCode } = error as { errcode?: number, rawCode?: number }
  const code = (errcode ?? rawCode ?? 0) & 0xff
  if (code === FULL) return storeFull(error)
  if (code === READONLY) return storeReadOnly(error)
  return otherwise(error)
}

/** The same, of a file that is being opened. */
export const asOpeningError = (error: unknown): FaceError => asFaceError(error, storeUnopened)
