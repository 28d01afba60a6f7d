import { ConfigError } from '../errors.ts'

export interface Rate {
  /** Maximum number of requests in a window. */
  readonly max: number
  /** Length of a window, in milliseconds. */
  readonly windowMs: number
}

const MILLISECONDS: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/**
 * Parses RATE_LIMIT, such as `100/minute`; undefined when it is empty.
 * @throws {ConfigError} when it is not a rate.
 */
export function parseRate (text = ''): Rate | undefined {
  if (text === '') return undefined
  const [, max, unit] = /^([1-9][0-9]{0,8})\/(second|minute|hour|day)$/.exec(text) ?? []
  if (max === undefined || unit === undefined) {
    throw new ConfigError([`RATE_LIMIT is ${JSON.stringify(text)}; it must be <requests>/<second, minute, hour or day>, such as 100/minute.`])
  }
  return { max: Number(max), windowMs: MILLISECONDS[unit]! }
}
