import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Options } from 'pacote'

type Environment = Readonly<Record<string, string | undefined>>

/** How npm spells the settings that concern a download, and how pacote does. Tokens and `@scope:registry` pass as they are. */
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
 * npm's settings for a download, as npm itself would read them: the environment (`npm_config_…`), then the project's .npmrc, then
 * the user's. Without any, pacote's defaults hold.
 */
export function npmOptions (env: Environment, folder: string): Options {
  const settings = new Map([
    ...readSettings(env['npm_config_userconfig'] ?? join(homedir(), '.npmrc'), env),
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
  // pacote wants the folder inside npm's cache folder.
  if (typeof options['cache'] === 'string') options['cache'] = join(options['cache'], '_cacache')
  return options
}

/** The lines `key = value` of an .npmrc, with `${NAME}` replaced from the environment; none when there is no such file. */
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
