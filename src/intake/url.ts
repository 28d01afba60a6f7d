import { Client, type Dispatcher } from 'undici'
import { overloaded, shuttingDown } from '../errors.ts'
import { bareHost, hostFilter, isPublicAddress, isWebPort, mayBePublic } from './address.ts'
import { guardedConnector, type Resolve, systemResolve } from './connect.ts'
import type { IntakeLog } from './log.ts'
import { badUrl, unreachableUrl } from './problems.ts'
import { receive } from './receive.ts'

/** Redirects that are followed. */
const REDIRECTS = 5
/** Redirects that say where the image is (RFC 9110 §15.4). */
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308])
/** The longest URL, in characters; signed ones of object stores have up to 2,000. */
const LONGEST_URL = 8192
/** All headers of an answer, in bytes. */
const LONGEST_HEADERS = 16 * 1024
/** Images fetched at the same time. Each may hold MAX_IMAGE_BYTES while it waits for a slow peer. */
const MOST_FETCHES = 128

/** Bytes as they are: a compressed answer may unpack to any size. */
const HEADERS = { accept: 'image/*,*/*;q=0.5', 'accept-encoding': 'identity', 'user-agent': 'visage' }

export interface UrlReaderOptions {
  /** Connect to any address and port, and not to public ones only. */
  readonly allowPrivate: boolean
  /** `host` or `*.suffix`; all when empty. */
  readonly allowedHosts: readonly string[]
  readonly maxBytes: number
  /** For one image from the first lookup to the last byte, redirects included. */
  readonly timeoutMs: number
  readonly log: IntakeLog
  readonly resolve?: Resolve
  /** Whether an address is public. */
  readonly isPublic?: (address: string) => boolean
}

export interface UrlReader {
  /** @throws {FaceError} image_decode_error, image_too_large, overloaded, service_unavailable after `close`; or the reason of `signal`. */
  read: (url: string, signal: AbortSignal | undefined) => Promise<Uint8Array>
  /** Ends what is being fetched. */
  close: () => Promise<void>
}

/**
 * Fetches images over http and https, past no proxy, from where clients may send us and nowhere else.
 *
 * Every hop is checked: the URL (protocol, no credentials, host, port), the addresses its host resolves to, and the connected peer.
 * Redirects are followed by hand, never from https to http. Every hop has a connection of its own that ends with it, so that no
 * connection outlives the check it was made under.
 * @throws {ConfigError} when `allowedHosts` is malformed.
 */
export function openUrlReader ({ allowPrivate, allowedHosts, maxBytes, timeoutMs, log, resolve = systemResolve, isPublic = isPublicAddress }: UrlReaderOptions): UrlReader {
  const isListed = hostFilter(allowedHosts)
  const isAllowed = allowPrivate ? () => true : isPublic
  const fetches = new Set<AbortController>()
  let closed = false

  return {
    async read (text, signal) {
      if (closed) throw shuttingDown()
      if (fetches.size >= MOST_FETCHES) throw overloaded(fetches.size)
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
        // Why it was aborted says more than the error that came of it.
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
    const answer = await hop(url, signal)
    if (answer instanceof Uint8Array) return answer
    if (redirects === 0) throw badUrl(`redirects more than ${REDIRECTS} times`)
    if (url.protocol === 'https:' && answer.protocol === 'http:') throw badUrl('redirects from https to http')
    return await follow(answer, signal, redirects - 1)
  }

  /** @throws {FaceError} image_decode_error when nothing may be fetched from `url`. */
  function check (url: URL): void {
    const host = bareHost(url)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw badUrl('leads to a protocol other than http and https')
    if (url.username !== '' || url.password !== '') throw badUrl('must not hold a user name or a password')
    if (!isListed(host)) throw badUrl('names a host that URL_ALLOWED_HOSTS does not list')
    if (allowPrivate || (mayBePublic(host, isPublic) && isWebPort(url.port))) return
    // Never more of a URL than its host: path and query may hold secrets.
    log.info({ host }, 'refused an image URL that is not public')
    throw unreachableUrl()
  }

  /** One request: the bytes of the image, or where to go next. */
  async function hop (url: URL, signal: AbortSignal): Promise<Uint8Array | URL> {
    signal.throwIfAborted()
    // The signal is the only clock.
    const client = new Client(url.origin, { connect: guardedConnector({ isAllowed, resolve, signal }), pipelining: 0, maxHeaderSize: LONGEST_HEADERS, headersTimeout: 0, bodyTimeout: 0 })
    try {
      const answer = await send(client, url)
      // What is not read of a body ends with the client, as an error that nobody waits for.
      answer.body.on('error', () => {})
      if (REDIRECT_STATUSES.has(answer.statusCode)) {
        const next = parse(answer.headers['location'], url)
        if (!next) throw badUrl('redirects to nowhere')
        return next
      }
      if (answer.statusCode < 200 || answer.statusCode > 299) throw badUrl(`was answered with status ${answer.statusCode}`)
      return await receive(answer, maxBytes)
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
 * The URL that `text` is, seen from `base`. `example.com.` becomes `example.com`, which is what certificates name.
 * Undefined when it is none.
 */
function parse (text: unknown, base?: URL): URL | undefined {
  // URL.parse needs Node 22.
  if (typeof text !== 'string' || text.length > LONGEST_URL || !URL.canParse(text, base?.href)) return undefined
  const url = new URL(text, base)
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1)
  return url
}
