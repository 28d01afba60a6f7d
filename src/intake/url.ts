import { Client, type Dispatcher } from 'undici'
import { overloaded, shuttingDown } from '../errors.ts'
import { bareHost, hostFilter, isPublicAddress, isWebPort, mayBePublic } from './address.ts'
import { guardedConnector } from './connect.ts'
import type { IntakeLog } from './log.ts'
import { badUrl, unreachableUrl } from './problems.ts'
import { receive } from './receive.ts'
import { askGetaddrinfo, openResolver, type Resolve } from './resolve.ts'

/** Most redirects that are followed. */
const REDIRECTS = 5
/** Statuses whose Location leads to the image (RFC 9110 §15.4). */
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308])
/** Longest URL, in characters; signed URLs of object stores have up to 2,000. */
const MAX_URL = 8192
/** Largest headers of a response, in bytes. */
const MAX_HEADERS = 16 * 1024
/** No content encoding: a compressed response may unpack to any size. */
const HEADERS = { accept: 'image/*,*/*;q=0.5', 'accept-encoding': 'identity', 'user-agent': 'visage' }

export interface UrlReaderOptions {
  /** Allows connections to any address and port, not only to public ones. */
  readonly allowPrivate: boolean
  /** `host` or `*.suffix`; all when empty. */
  readonly allowedHosts: readonly string[]
  readonly maxBytes: number
  /** Time for one image from the first lookup to the last byte, redirects included. Milliseconds. */
  readonly timeoutMs: number
  /** Most images fetched at the same time. Each may hold `maxBytes` while it waits for a slow peer. */
  readonly maxFetches: number
  readonly log: IntakeLog
  /** Default: hosts file and DNS, and where private addresses are allowed also what only the system knows. */
  readonly resolve?: Resolve
  /** Whether an address is public; for tests. */
  readonly isPublic?: (address: string) => boolean
}

export interface UrlReader {
  /**
   * Returns the encoded bytes of the image at `url`, in memory of their own.
   * @throws {FaceError} image_decode_error, image_too_large, overloaded, service_unavailable after `close`; or the reason of `signal`.
   */
  read: (url: string, signal: AbortSignal | undefined) => Promise<Uint8Array>
  /** Aborts running fetches. */
  close: () => Promise<void>
}

/**
 * Opens a reader that fetches images over http and https, without a proxy, from allowed hosts only.
 *
 * Every hop is checked: the URL (protocol, no credentials, host, port), the addresses its host resolves to, and the connected peer.
 * Redirects are followed here instead of by undici, never from https to http. Every hop has a connection of its own that ends with it, so
 * that no connection outlives the check it was made under.
 * @throws {ConfigError} when `allowedHosts` is malformed.
 */
export function openUrlReader (options: UrlReaderOptions): UrlReader {
  const { allowPrivate, allowedHosts, maxBytes, timeoutMs, maxFetches, log, isPublic = isPublicAddress } = options
  const resolve = options.resolve ?? openResolver(allowPrivate ? { system: askGetaddrinfo } : {})
  const isListed = hostFilter(allowedHosts)
  const isAllowed = allowPrivate ? () => true : isPublic
  const fetches = new Set<AbortController>()
  let closed = false

  return {
    async read (text, signal) {
      if (closed) throw shuttingDown()
      if (fetches.size >= maxFetches) throw overloaded(fetches.size)
      const fetching = new AbortController()
      const stop = (): void => fetching.abort(signal?.reason)
      const timer = setTimeout(() => fetching.abort(badUrl(`did not deliver within ${timeoutMs} ms`)), timeoutMs)
      signal?.addEventListener('abort', stop, { once: true })
      fetches.add(fetching)
      try {
        const url = parse(text)
        if (!url) throw badUrl('is malformed')
        return await follow(url, fetching.signal)
      } catch (error) {
        // The reason of the abort says more than the error that the abort caused.
        throw fetching.signal.aborted ? fetching.signal.reason : error
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', stop)
        fetches.delete(fetching)
      }
    },
    async close () {
      closed = true
      for (const fetching of fetches) fetching.abort(shuttingDown())
    }
  }

  async function follow (url: URL, signal: AbortSignal, redirects = REDIRECTS): Promise<Uint8Array> {
    check(url)
    const outcome = await hop(url, signal)
    if (outcome instanceof Uint8Array) return outcome
    if (redirects === 0) throw badUrl(`redirects more than ${REDIRECTS} times`)
    if (url.protocol === 'https:' && outcome.protocol === 'http:') throw badUrl('redirects from https to http')
    return await follow(outcome, signal, redirects - 1)
  }

  /** @throws {FaceError} image_decode_error when nothing may be fetched from `url`. */
  function check (url: URL): void {
    const host = bareHost(url)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw badUrl('leads to a protocol other than http and https')
    if (url.username !== '' || url.password !== '') throw badUrl('must not hold a user name or a password')
    if (!isListed(host)) throw badUrl('names a host that URL_ALLOWED_HOSTS does not list')
    if (allowPrivate || (mayBePublic(host, isPublic) && isWebPort(url.port))) return
    // Log the host only: path and query may hold secrets.
    log.info({ host }, 'refused an image URL that is not public')
    throw unreachableUrl()
  }

  /** Sends one request. Returns the bytes of the image, or the URL of a redirect. */
  async function hop (url: URL, signal: AbortSignal): Promise<Uint8Array | URL> {
    signal.throwIfAborted()
    const client = new Client(url.origin, {
      connect: guardedConnector({ isAllowed, resolve, signal }),
      pipelining: 0,
      maxHeaderSize: MAX_HEADERS,
      // Only the signal limits the time.
      headersTimeout: 0,
      bodyTimeout: 0
    })
    try {
      const response = await send(client, url)
      // Destroying the client fails the unread rest of a body; without a listener the error would be unhandled.
      response.body.on('error', () => {})
      if (REDIRECT_STATUSES.has(response.statusCode)) {
        const next = parse(response.headers['location'], url)
        if (!next) throw badUrl('redirects to nowhere')
        return next
      }
      if (response.statusCode < 200 || response.statusCode > 299) throw badUrl(`was answered with status ${response.statusCode}`)
      return await receive(response, maxBytes)
    } finally {
      await client.destroy()
    }
  }

  async function send (client: Client, url: URL): Promise<Dispatcher.ResponseData> {
    try {
      return await client.request({ method: 'GET', path: url.pathname + url.search, headers: HEADERS })
    } catch (error) {
      log.debug({ host: bareHost(url), err: error }, 'an image URL could not be fetched')
      throw unreachableUrl(error)
    }
  }
}

/**
 * Parses a URL, relative to `base` where there is one; undefined when it is malformed. `example.com.` becomes `example.com`, the name in
 * certificates.
 */
function parse (text: unknown, base?: URL): URL | undefined {
  // canParse and new URL, because URL.parse needs Node 22.
  if (typeof text !== 'string' || text.length > MAX_URL || !URL.canParse(text, base?.href)) return undefined
  const url = new URL(text, base)
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1)
  return url
}
