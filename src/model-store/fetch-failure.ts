import { FaceError, modelUnavailable } from '../errors.ts'
import type { Card, SourceFile } from '../models/card.ts'
import { describeSource } from './describe-source.ts'
import { filesOf } from './editions.ts'

/** The store's own folder cannot be read or written, so no other source would help. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
}

/** The bytes that arrived are not the file that the card describes. */
export class MismatchError extends Error {
  override readonly name = 'MismatchError'
}

/** The bytes ended too early. */
export class TruncatedError extends Error {
  override readonly name = 'TruncatedError'
}

/** A source answered, but not with the file. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

/** A source did not start, or did not go on, in time. */
export class StalledError extends Error {
  override readonly name = 'StalledError'
}

/** A source that did not deliver. */
export interface Failure {
  /** The source's name, as clients see it. */
  readonly source: string
  readonly cause: unknown
}

/** A published file that no source delivered. */
export class FetchError extends Error {
  override readonly name = 'FetchError'

  constructor (file: SourceFile, failures: readonly Failure[]) {
    super(`${file.name}: ${failures.map(({ source, cause }) => `${source} (${reasonOf(cause)})`).join('; ')}`, {
      cause: new AggregateError(failures.map(({ cause }) => cause))
    })
  }
}

/**
 * Runs an operation on the store's folder and wraps the file system's errors.
 * @throws {StorageError}; the reason of `signal`.
 */
export async function storing<Result> (operation: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  try {
    return await operation()
  } catch (error) {
    signal?.throwIfAborted()
    throw new StorageError(`The models folder cannot be used (${codeOf(error)}).`, { cause: error })
  }
}

/** Returns the `code` of an error of the system, undici or npm; its name where it has none. */
export function codeOf (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'host not found',
  EAI_AGAIN: 'host not found',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  UND_ERR_SOCKET: 'connection lost',
  ENETUNREACH: 'network unreachable',
  EHOSTUNREACH: 'network unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'stopped sending',
  ECONNECTIONTIMEOUT: 'no answer in time',
  ERESPONSETIMEOUT: 'no answer in time',
  EIDLETIMEOUT: 'stopped sending',
  ETRANSFERTIMEOUT: 'stopped sending',
  ETIMEDOUT: 'no answer in time',
  E404: 'not found there',
  ETARGET: 'version not found there',
  EINTEGRITY: 'damaged on the way'
}

/** Returns why a source did not deliver, in a few words without addresses or paths. */
export function reasonOf (error: unknown): string {
  if ([MismatchError, TruncatedError, RefusedError, StalledError].some((kind) => error instanceof kind)) return (error as Error).message
  return REASONS[codeOf(error)] ?? codeOf(error)
}

const HELP = 'Put the file into a folder and name it in MODELS_MIRROR, or copy the folder of MODELS_PATH from a machine that has the model.'

/** Turns a failure to make a model ready into the error for the client. Causes belong in the log. */
export function unavailable (card: Card, error: unknown): FaceError {
  if (error instanceof FaceError) return error
  const failures = error instanceof AggregateError ? error.errors : [error]
  if (failures.every((failure) => failure instanceof FetchError)) {
    return modelUnavailable(`The weights of ${card.name} are not here and could not be fetched: ${failures.map(({ message }) => message).join('. Nor ')}. ${HELP}`, error)
  }
  if (error instanceof StorageError) {
    const advice = NO_SPACE.has(codeOf(error.cause)) ? 'There is no space left' : 'The folder cannot be used'
    return modelUnavailable(`The weights of ${card.name} could not be stored (${codeOf(error.cause)}). ${advice}: see to the folder of MODELS_PATH, or set MODELS_PATH to another one.`, error)
  }
  // Without a sha256 only the conversion notices a damaged file.
  const advice = filesOf(card).some(({ sha256 }) => sha256 === undefined) ? ` If its file is damaged, "npm run models -- remove ${card.name}" and try again.` : ''
  return modelUnavailable(`The weights of ${card.name} could not be made ready (${codeOf(error)}). The cause is in the service log.${advice}`, error)
}

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT'])

/** The error for a model whose licence the configuration does not allow. */
export const refusedLicence = ({ name, licence }: Card): FaceError =>
  modelUnavailable(`${name} is not used because MODEL_LICENSES is commercial and its licence (${licence.name}) does not permit that. Choose another model, or set MODEL_LICENSES to any.`)

/** The error for a file that differs from the pinned one: the card has no sha256, and the model was made from another file before. */
export const differsFromFirst = ({ name }: Card): FaceError =>
  modelUnavailable(`${name} was made from another file before, and its vectors would not compare with those of this one. To start anew, remove the model first, and then every vector of it that is stored.`)

/** The error for a model that is missing while MODELS_OFFLINE is set. */
export const offline = (card: Card): FaceError =>
  modelUnavailable(`The weights of ${card.name} are not here, and MODELS_OFFLINE forbids fetching them from ${[...new Set(filesOf(card).flatMap(({ sources }) => sources.map(describeSource)))].join(' or ')}. ${HELP}`)
