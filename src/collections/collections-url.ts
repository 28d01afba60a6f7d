import { ConfigError } from '../errors.ts'
import { INDEXES, type MilvusAddress, parseMilvusUrl } from './milvus/milvus-address.ts'

/** Where the collections are kept. */
export type CollectionsUrl =
  | { readonly kind: 'sqlite', readonly path: string }
  | { readonly kind: 'postgres', readonly url: string }
  | { readonly kind: 'milvus', readonly address: MilvusAddress }
  /** Nowhere: the routes of the collections answer `service_unavailable`. */
  | { readonly kind: 'none' }

/**
 * What COLLECTIONS_URL says: `sqlite:<path>`, `postgres://…`, `milvus://…` or `none`.
 * @throws {ConfigError} when it says something else.
 */
export function parseCollectionsUrl (text = 'none'): CollectionsUrl {
  if (text === 'none') return { kind: 'none' }
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return { kind: 'postgres', url: text }
  const address = parseMilvusUrl(text)
  if (address) return { kind: 'milvus', address }
  const path = /^sqlite:(.+)$/.exec(text)?.[1]
  // A path, not a URL with a host: sqlite://data/x would mean something else to everybody.
  if (path !== undefined && !path.startsWith('//')) return { kind: 'sqlite', path }
  // Not told as it is: it may hold a password.
  throw new ConfigError([`COLLECTIONS_URL is ${JSON.stringify(text.replace(/\/\/.*@/, '//…@'))}; it must be sqlite:<path of a file>, such as sqlite:data/visage.db, postgres://user:password@host/database, milvus://host, maybe with ?index= and one of ${INDEXES.join(', ')}, or none.`])
}
