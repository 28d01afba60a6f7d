import { ConfigError } from '../errors.ts'
import { list } from './comma-list.ts'

/**
 * Parses CORS_ORIGINS into origins as browsers write them, or `*`.
 * @throws {ConfigError} naming an entry that no browser sends as an origin.
 */
export function parseOrigins (text?: string): string[] {
  return list(text).map((entry) => {
    if (entry === '*') return entry
    const origin = /^https?:\/\//i.test(entry) && URL.canParse(entry) ? new URL(entry).origin : undefined
    if (origin === undefined || ![origin, `${origin}/`].includes(entry.toLowerCase())) {
      throw new ConfigError([`CORS_ORIGINS holds ${JSON.stringify(entry)}; an entry must be an origin, such as https://app.example.com, or *.`])
    }
    return origin
  })
}
