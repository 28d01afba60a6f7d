import { ConfigError } from '../errors.ts'
import { INDEXES, type MilvusAddress, parseMilvusUrl } from './milvus/milvus-address.ts'

/** Where the collections are kept. */
export type CollectionsUrl =
  | { readonly kind: 'sqlite', readonly path: string }
  | { readonly kind: 'postgres', readonly url: string }
  | { readonly kind: 'milvus', readonly address: MilvusAddress }
  /** No collections: their routes answer `service_unavailable`. */
  | { readonly kind: 'none' }

/**
 * Parses COLLECTIONS_URL: `sqlite:<path>`, `postgres://…`, `milvus://…` or `none`.
 * @throws {ConfigError} when it is anything else.
 */
export function parseCollectionsUrl (text = 'none'): CollectionsUrl {
  if (text === 'none') return { kind: 'none' }
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return { kind: 'postgres', url: text }
  const address = parseMilvusUrl(text)
  if (address) return { kind: 'milvus', address }
  const path = /^sqlite:(.+)$/.exec(text)?.[1]
  // Each thread would open a database of its own in memory.
  if (path === ':memory:') throw new ConfigError(['COLLECTIONS_URL is "sqlite::memory:"; collections need a file, such as sqlite:data/visage.db. Use none to do without collections.'])
  // A path, not a URL with a host: readers would take the `data` of sqlite://data/x for a host.
  if (path !== undefined && !path.startsWith('//')) return { kind: 'sqlite', path }
  // Without the user part: it may hold a password.
  throw new ConfigError([`COLLECTIONS_URL is ${JSON.stringify(text.replace(/\/\/.*@/, '//…@'))}; it must be sqlite:<path of a file>, such as sqlite:data/visage.db, postgres://user:password@host/database, milvus://host, maybe with ?index= and one of ${INDEXES.join(', ')}, or none.`])
}
