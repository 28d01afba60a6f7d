import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FaceError } from '../src/errors.ts'

export interface SameSiteOptions {
  /** Origins of CORS_ORIGINS, whose pages may call the service; `*` for all. */
  readonly origins: readonly string[]
  /** Host names of ALLOWED_HOSTS, in lower case without ports; any name when empty. */
  readonly hosts: readonly string[]
  /** True when every route asks for a key: a page that is not trusted has none, so any Host name may be sent. */
  readonly needsKey: boolean
}

/** Pages that a link of another site may open: they show nothing of anybody. */
const isPage = (path: string): boolean => path === '/' || path === '/docs' || path.startsWith('/docs/')

/** Names that no outsider can register: single labels, and the domains that RFC 6761, RFC 6762, RFC 8375 and ICANN reserve for inner networks. */
const INNER_NAME = /^[^.]+$|\.(?:localhost|local|internal|test|home\.arpa|lan|svc|cluster\.local)$/

/**
 * Refuses what a page of another site makes a browser send, unless CORS_ORIGINS names that page's origin. CORS alone only keeps a page from
 * reading answers: a form of any page could enrol a face, and a page whose name is pointed at this service (DNS rebinding) is of the same
 * origin. Programs send no such headers and are not concerned.
 *
 * Register it after `cors`, so that pages of listed origins can read refusals, and before bodies are read.
 */
export default fp<SameSiteOptions>(async (fastify, { origins, hosts, needsKey }) => {
  fastify.addHook('onRequest', async (request) => {
    const name = hostName(request)
    if (!isAllowedHost(request, name, hosts, needsKey)) {
      throw new FaceError('forbidden', `The service is not called ${JSON.stringify(name)}. Name the host in ALLOWED_HOSTS, or call the service by its address.`)
    }
    if (isForeign(request, origins)) {
      throw new FaceError('forbidden', 'A page of another site may not call this service. Name its origin in CORS_ORIGINS to permit it.')
    }
  })
}, { name: 'same-site', dependencies: ['errors'] })

/** Host name of a request without its port, in lower case; empty when there is none. */
const hostName = ({ hostname }: FastifyRequest): string => (hostname ?? '').toLowerCase().replace(/\.$/, '')

function isAllowedHost ({ headers }: FastifyRequest, name: string, hosts: readonly string[], needsKey: boolean): boolean {
  if (hosts.length > 0) return hosts.includes(name) || isAddress(name) || name === 'localhost'
  // Without keys a browser is only served under names that no page of the internet can have. The header is that of all browsers.
  const isBrowser = headers['user-agent']?.startsWith('Mozilla/') === true
  return needsKey || !isBrowser || name === '' || isAddress(name) || INNER_NAME.test(name)
}

/** True for an IPv4 address, and for an IPv6 address with or without brackets: a name has no colon. */
const isAddress = (name: string): boolean => /^[0-9.]+$/.test(name) || name.includes(':')

/** True when a browser says that another site's page sent the request. Browsers before 2023 send `Origin` alone. */
function isForeign ({ headers, host, method, url }: FastifyRequest, origins: readonly string[]): boolean {
  const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers
  if (origins.includes('*') || (origin !== undefined && origins.includes(origin))) return false
  if (site === 'same-origin' || site === 'none') return false
  if (site === undefined) return origin !== undefined && originHost(origin) !== host
  return !(mode === 'navigate' && method === 'GET' && isPage(url.split('?', 1)[0]!))
}

/** Host and port of an origin; undefined for `null`, the origin of files and sandboxed frames. */
const originHost = (origin: string): string | undefined => URL.canParse(origin) ? new URL(origin).host : undefined
