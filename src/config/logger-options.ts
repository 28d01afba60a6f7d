import type { Config } from './config.ts'

/** Options of the logger. No query string is logged: it may hold a key; no header and no body, which holds pictures. */
export const loggerOptions = ({ LOG_LEVEL }: Pick<Config, 'LOG_LEVEL'>) => ({
  level: LOG_LEVEL,
  serializers: {
    req: ({ method, url, ip }: { method: string, url: string, ip: string }) => ({ method, url: url.split('?', 1)[0]!, remoteAddress: ip })
  }
})
