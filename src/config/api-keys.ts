import { createHash } from 'node:crypto'
import { ConfigError } from '../errors.ts'
import { list } from './comma-list.ts'

/** Scopes of a key: `faces` for all routes without a scope of their own, `models` to list models, `metrics` to read metrics. */
export const SCOPES = ['faces', 'models', 'metrics'] as const
export type Scope = typeof SCOPES[number]

/** One key of API_KEYS. The key itself is not kept. */
export interface ApiKey {
  /** The first 12 hexadecimal digits of its sha256; safe to log. */
  readonly id: string
  readonly sha256: Buffer
  readonly scopes: ReadonlySet<Scope>
}

/** Shorter keys could be guessed by trying. */
const SHORTEST_KEY = 16
const LONGEST_KEY = 256

/**
 * Parses API_KEYS: entries `key` or `key:scope+scope` between commas. A key has 16 to 256 visible ASCII characters other than comma and
 * colon; without scopes it has all of them.
 * @throws {ConfigError} that names an entry by its number, never by its text.
 */
export function parseApiKeys (text?: string): ApiKey[] {
  const keys = list(text).map((entry, i) => {
    const wrong = (reason: string) => new ConfigError([`API_KEYS: entry ${i + 1} ${reason}.`])
    const [key, scopes, ...rest] = entry.split(':') as [string, ...string[]]
    if (rest.length > 0) throw wrong('has more than one colon; it must be a key, or key:scope+scope')
    if (!/^[\x21-\x7e]+$/.test(key)) throw wrong('has a key with spaces or characters outside ASCII')
    if (key.length < SHORTEST_KEY || key.length > LONGEST_KEY) throw wrong(`has a key of ${key.length} characters; it must have ${SHORTEST_KEY} to ${LONGEST_KEY}`)
    const names = scopes?.split('+') ?? SCOPES
    // Do not quote a wrong scope: it may be part of a key that holds a colon.
    if (!names.every(isScope)) throw wrong(`has an unknown scope; scopes are ${SCOPES.join(', ')}, joined by +`)
    const sha256 = hashKey(key)
    return { id: sha256.toString('hex').slice(0, 12), sha256, scopes: new Set(names) }
  })
  keys.forEach(({ id }, i) => {
    const first = keys.findIndex((other) => other.id === id)
    if (first !== i) throw new ConfigError([`API_KEYS: entry ${i + 1} repeats the key of entry ${first + 1}.`])
  })
  return keys
}

/**
 * Parses DEEPFACE_AUTH_TOKEN, the token of DeepFace's own service (`deepface/api/src`, 0.0.100), into one key with all scopes; none when it is empty.
 * @throws {ConfigError} when it is shorter than a key must be, which never quotes it.
 */
export function parseAuthToken (text?: string): ApiKey[] {
  if (text === undefined) return []
  if (!/^[\x21-\x7e]+$/.test(text) || text.length < SHORTEST_KEY || text.length > LONGEST_KEY) {
    throw new ConfigError([`DEEPFACE_AUTH_TOKEN has ${text.length} characters; it must have ${SHORTEST_KEY} to ${LONGEST_KEY}, all of them visible ASCII.`])
  }
  const sha256 = hashKey(text)
  return [{ id: sha256.toString('hex').slice(0, 12), sha256, scopes: new Set(SCOPES) }]
}

const isScope = (name: string): name is Scope => (SCOPES as readonly string[]).includes(name)

export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()
