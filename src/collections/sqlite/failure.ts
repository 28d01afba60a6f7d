import { FaceError } from '../../errors.ts'
import { storeFailed, storeFull, storeReadOnly, storeUnopened } from '../collection-problems.ts'

/** Primary result codes of SQLite, which are the low eight bits of the extended ones. */
const [READONLY, FULL] = [8, 13]

/** Returns `error` as a FaceError of the contract. An error of any other class comes from SQLite or from its disk. */
export function asFaceError (error: unknown, otherwise = storeFailed): FaceError {
  if (error instanceof FaceError) return error
  // node:sqlite calls it errcode, libsql rawCode.
  const { errcode, rawCode } = error as { errcode?: number, rawCode?: number }
  const code = (errcode ?? rawCode ?? 0) & 0xff
  if (code === FULL) return storeFull(error)
  if (code === READONLY) return storeReadOnly(error)
  return otherwise(error)
}

/** The same for an error while a file is being opened. */
export const asOpeningError = (error: unknown): FaceError => asFaceError(error, storeUnopened)
