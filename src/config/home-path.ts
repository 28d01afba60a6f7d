import { homedir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'

/**
 * Returns a parser of paths that replaces a leading `~` by the home folder, as a shell would: in a `.env` file no shell does. Other texts, such
 * as URLs, stay as they are.
 * @throws {ConfigError} for the home folder of another user (`~name`).
 */
export const homePath = (variable: string, home = homedir()) => (text?: string): string | undefined => {
  if (text === undefined || !text.startsWith('~')) return text
  if (text === '~' || text.startsWith('~/') || text.startsWith('~\\')) return join(home, text.slice(1))
  throw new ConfigError([`${variable} is ${JSON.stringify(text)}; a path may begin with ~/ for the own home folder, not with that of another user.`])
}
