import { StalledError } from './fetch-failure.ts'

export interface Deadline {
  /** Aborts with a StalledError when the source is too slow, or with the outer signal's reason. */
  readonly signal: AbortSignal
  /** Call on each sign of life: from then on the source may be silent for `idleMs`. */
  readonly alive: () => void
  readonly clear: () => void
}

/** Limits the time until a source starts to send (`startMs`), and every silence after that (`idleMs`). Milliseconds. */
export function deadline (outer: AbortSignal, startMs: number, idleMs: number): Deadline {
  const controller = new AbortController()
  const expire = (reason: string) => () => controller.abort(new StalledError(reason))
  let timer = setTimeout(expire('no answer in time'), startMs)
  return {
    signal: AbortSignal.any([outer, controller.signal]),
    alive () {
      clearTimeout(timer)
      timer = setTimeout(expire('stopped sending'), idleMs)
    },
    clear: () => clearTimeout(timer)
  }
}
