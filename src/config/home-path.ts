import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ConfigError } from '../errors.ts'

/** Returns the home folder; undefined for a user without one, as containers run by a number alone. */
export function homeFolder (): string | undefined {
  try {
    const home = homedir()
    return isAbsolute(home) ? home : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SYSTEM_ERROR') return undefined
    throw error
  }
}

/**
 * Returns a parser of paths that replaces a leading `~` by the home folder, as a shell would: in a `.env` file no shell does. Other texts, such
 * as URLs, stay as they are.
 * @throws {ConfigError} for the home folder of another user (`~name`), of a user without one, and for a path that begins with a variable,
 * which would be the name of a folder.
 */
export const homePath = (variable: string, home = homeFolder()) => (text?: string): string | undefined => {
  if (text === undefined) return undefined
  if (/^\$[{(]?\w/.test(text)) {
    throw new ConfigError([`${variable} is ${JSON.stringify(text)}; variables in it are not replaced. Write the whole path, or one that begins with ~/ for the home folder.`])
  }
  if (!text.startsWith('~')) return text
  if (text !== '~' && !text.startsWith('~/') && !text.startsWith('~\\')) {
    throw new ConfigError([`${variable} is ${JSON.stringify(text)}; a path may begin with ~/ for the own home folder, not with that of another user.`])
  }
  if (home === undefined) throw new ConfigError([`${variable} is ${JSON.stringify(text)}; the user of the service has no home folder. Write the whole path, or set HOME.`])
  return join(home, text.slice(1))
}
