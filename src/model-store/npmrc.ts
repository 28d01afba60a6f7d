import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Options } from 'pacote'

type Environment = Readonly<Record<string, string | undefined>>

/** Places that npm reads its settings from. */
export interface NpmSettings {
  /** Environment variables: `npm_config_…`, and those that an .npmrc refers to. */
  readonly env: Environment
  /** Folder of the project's .npmrc. */
  readonly folder: string
  /** Home folder of the user, with the user's .npmrc unless `npm_config_userconfig` names another file. */
  readonly home: string
}

/** Settings that concern a download, in npm's spelling and in pacote's. Tokens and `@scope:registry` keep theirs. */
const SETTINGS: Readonly<Record<string, string>> = {
  registry: 'registry',
  cache: 'cache',
  proxy: 'proxy',
  'https-proxy': 'httpsProxy',
  noproxy: 'noProxy',
  ca: 'ca',
  'strict-ssl': 'strictSSL'
}

/**
 * Returns npm's settings for a download in the order that npm itself follows: the environment, then the project's .npmrc, then the user's.
 * Settings that none of them names are left to pacote.
 *
 * @example
 * const npm = npmOptions({ env: process.env, folder: process.cwd(), home: homedir() })
 */
export function npmOptions ({ env, folder, home }: NpmSettings): Options {
  const settings = new Map([
    ...readSettings(env['npm_config_userconfig'] ?? join(home, '.npmrc'), env),
    ...readSettings(join(folder, '.npmrc'), env),
    ...Object.entries(env).flatMap(([name, value]): [string, string][] => {
      const [, key] = /^npm_config_(.+)$/i.exec(name) ?? []
      return key && value ? [[key.startsWith('/') || key.startsWith('@') ? key : key.toLowerCase().replaceAll('_', '-'), value]] : []
    })
  ])
  const options: Record<string, unknown> = {}
  for (const [key, value] of settings) {
    const name = SETTINGS[key] ?? (key.startsWith('//') || /^@[^:]+:registry$/.test(key) ? key : undefined)
    if (name) options[name] = name === 'strictSSL' ? value !== 'false' : value
  }
  // pacote expects the folder `_cacache` inside npm's cache folder.
  if (typeof options['cache'] === 'string') options['cache'] = join(options['cache'], '_cacache')
  return options
}

/** Reads the lines `key = value` of an .npmrc and replaces `${NAME}` from the environment. Empty when the file does not exist. */
function readSettings (path: string, env: Environment): [string, string][] {
  return read(path).split(/\r?\n/).flatMap((line): [string, string][] => {
    const [, key, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (key === undefined || value === undefined) return []
    return [[key, value.replace(/^"(.*)"$/, '$1').replace(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole)]]
  })
}

function read (path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) return ''
    throw error
  }
}
