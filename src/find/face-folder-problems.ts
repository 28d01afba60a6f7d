import { FaceError } from '../errors.ts'

const ADVICE = 'Set FACES_DB_PATH to a folder with one folder a person and the photos in it.'

/** Sentences for a path that leads to no folder. */
const NO_FOLDER: Readonly<Record<string, string>> = {
  ENOENT: 'The folder of FACES_DB_PATH does not exist. Create it, with one folder a person and the photos in it.',
  ENOTDIR: `FACES_DB_PATH is no folder, or leads through a file. ${ADVICE}`,
  ELOOP: `FACES_DB_PATH leads through symbolic links that never end. ${ADVICE}`,
  ENAMETOOLONG: `FACES_DB_PATH, or a name in it, is longer than the file system allows. ${ADVICE}`
}

/** Reasons why a folder that is there cannot be listed, by the code of the system. */
const UNREADABLE: Readonly<Record<string, string>> = {
  EACCES: 'the user of the service may not list it, or may not enter a folder above it',
  EPERM: 'the user of the service may not list it, or may not enter a folder above it',
  EIO: 'its disk failed',
  ESTALE: 'its network drive is gone',
  ENOTCONN: 'its network drive is gone',
  EHOSTDOWN: 'its network drive is gone',
  ETIMEDOUT: 'its network drive does not answer',
  EMFILE: 'the service has too many files open',
  ENFILE: 'the machine has too many files open'
}

/** The error for a path that is no folder. */
export const dbNotFound = (code = 'ENOENT', cause?: unknown): FaceError => new FaceError('db_not_found', NO_FOLDER[code]!, { cause })

export const dbNotConfigured = (): FaceError =>
  new FaceError('service_unavailable', 'This service has no face database. Set FACES_DB_PATH to a folder with one folder a person and start it again.')

/** Returns the error for a folder that the system refused to list; any other error as it is. */
export function asFolderProblem (error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (!(error instanceof Error) || code === undefined || syscall === undefined) return error
  if (code in NO_FOLDER) return dbNotFound(code, error)
  return new FaceError('service_unavailable', `The folder of FACES_DB_PATH cannot be read: ${UNREADABLE[code] ?? 'the system refuses it'} (${code}).`, { cause: error })
}
