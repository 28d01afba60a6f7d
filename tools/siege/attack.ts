import type { Answer } from './exchange.ts'

/** A service under siege. */
export interface Target {
  readonly origin: URL
  /** Headers of every request, such as the API key. */
  readonly headers: Readonly<Record<string, string>>
  /** Sample photo with one face, as JPEG. */
  readonly photo: Buffer
}

/** Bounds that the service must keep while an attack runs and after it. */
export interface Bounds {
  /** Statuses that the service may answer with. */
  readonly statuses: readonly number[]
  /** Whether the connection may end without an answer, as it may for a client that breaks the protocol or is too slow. */
  readonly maybeSilent: boolean
  /** Seconds in which the head of each answer must have come. */
  readonly answered: number
  /** Seconds in which each connection must have been closed; it was asked for by `Connection: close`. */
  readonly closed: number
  /** Seconds after the attack in which every worker must have answered an ordinary photo. */
  readonly recovered: number
}

export interface Attack {
  readonly name: string
  /** The end of a sentence that begins with "sends". */
  readonly sends: string
  /** Bounds that differ from DEFAULT_BOUNDS. */
  readonly bounds?: Partial<Bounds>
  /** Whether it takes so little time that the siege of the tests includes it. */
  readonly isShort?: boolean
  /** Attacks, and returns every answer. */
  readonly run: (target: Target) => Promise<readonly Answer[]>
}

/** Answers to bodies that are wrong or too costly: never one of 500 to 599 but 503, which says when to come back. */
export const REFUSED: readonly number[] = [400, 408, 413, 415, 422, 429, 503]

export const DEFAULT_BOUNDS: Bounds = {
  statuses: [200, ...REFUSED],
  maybeSilent: false,
  // The default REQUEST_TIMEOUT_MS, at which the service itself gives up, and five seconds for a machine that has much to do.
  answered: 35,
  closed: 45,
  // A worker is back 10 s after its timeout, whatever runs in it.
  recovered: 10
}
