import { destination } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Config } from './config.ts'

/** A stream that may be a terminal: `process.stdout`. */
export interface Terminal {
  readonly isTTY?: boolean | undefined
  readonly write: (text: string) => unknown
}

/** Options of the logger. Query strings are not logged, because they may hold a key; neither are headers and bodies, which hold photos. */
export const loggerOptions = ({ LOG_LEVEL }: Pick<Config, 'LOG_LEVEL'>) => ({
  level: LOG_LEVEL,
  serializers: {
    req: ({ method, url, ip }: { method: string, url: string, ip: string }) => ({ method, url: url.split('?', 1)[0]!, remoteAddress: ip })
  }
})

/** True when the service prints for a person: text instead of JSON, progress bars, the addresses to open. */
export const isForPeople = ({ LOG_FORMAT }: Pick<Config, 'LOG_FORMAT'>, { isTTY = false }: Pick<Terminal, 'isTTY'>): boolean =>
  LOG_FORMAT === 'text' || (LOG_FORMAT === 'auto' && isTTY)

/** Clears the line that a progress bar may have left unfinished. */
const CLEAR_LINE = '\r\x1b[2K'

/** The stream that log lines are written to. It writes at once and in this thread: the last lines before a crash are the ones that matter. */
export function logStream (config: Pick<Config, 'LOG_FORMAT'>, terminal: Terminal) {
  if (!isForPeople(config, terminal)) return destination({ sync: true })
  const isTTY = terminal.isTTY === true
  const prettify = prettyFactory({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', singleLine: true, colorize: isTTY })
  return { write: (line: string): void => { terminal.write(isTTY ? CLEAR_LINE + prettify(line) : prettify(line)) } }
}
