import { ConfigError } from './config-error.ts'

/** Where the collections are kept. */
export type GalleryUrl =
  | { readonly kind: 'sqlite', readonly path: string }
  /** Nowhere: the routes of the collections answer `service_unavailable`. */
  | { readonly kind: 'none' }

/**
 * What GALLERY_URL says: `sqlite:<path>` or `none`.
 * @throws {ConfigError} when it says something else.
 */
export function parseGalleryUrl (text = 'none'): GalleryUrl {
  if (text === 'none') return { kind: 'none' }
  const path = /^sqlite:(.+)$/.exec(text)?.[1]
  // A path, not a URL with a host: sqlite://data/x would mean something else to everybody.
  if (path !== undefined && !path.startsWith('//')) return { kind: 'sqlite', path }
  throw new ConfigError([`GALLERY_URL is ${JSON.stringify(text)}; it must be sqlite:<path of a file>, such as sqlite:data/visage.db, or none.`])
}
