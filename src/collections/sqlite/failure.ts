import { FaceError } from '../../errors.ts'
import { storeFailed, storeFull, storeIsNoDatabase, storeReadOnly, storeUnopened } from '../collection-problems.ts'

/** Primary result codes of SQLite, which are the low eight bits of the extended ones. */
const [READONLY, CORRUPT, FULL, NOTADB] = [8, 11, 13, 26]

/** Returns `error` as a FaceError of the contract. An error of any other class comes from SQLite or from its disk. */
export function asFaceError (error: unknown, otherwise = storeFailed): FaceError {
  if (error instanceof FaceError) return error
  // node:sqlite calls it errcode, libsql rawCode.
  const { errcode, rawCode } = error as { errcode?: number, rawCode?: number }
  const code = (errcode ?? rawCode ?? 0) & 0xff
  if (code === FULL) return storeFull(error)
  if (code === READONLY) return storeReadOnly(error)
  if (code === CORRUPT || code === NOTADB) return storeIsNoDatabase(error)
  return otherwise(error)
}

/** The same for an error while a file is being opened. */
export const asOpeningError = (error: unknown): FaceError => asFaceError(error, storeUnopened)
