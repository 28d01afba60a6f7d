import { ConfigError } from '../errors.ts'

/**
 * Parses SEARCH_FALSE_ALARMS: a share above 0 and up to 1, such as `0.01`, or `off`.
 * @throws {ConfigError} when it is neither.
 */
export function parseFalseAlarms (text = '0.01'): number | 'off' {
  if (text.toLowerCase() === 'off') return 'off'
  const share = Number(text)
  if (!(share > 0 && share <= 1)) throw new ConfigError([`SEARCH_FALSE_ALARMS is ${JSON.stringify(text)}; it must be a share above 0 and up to 1, such as 0.01, or off.`])
  return share
}
