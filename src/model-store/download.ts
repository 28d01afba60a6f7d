import { rm } from 'node:fs/promises'
import { EnvHttpProxyAgent, request } from 'undici'
import { begin, beginningOf, type Resumption, tidyBeginning, validatorOf } from './beginning.ts'
import { deadline } from './deadline.ts'
import { MismatchError, RefusedError, storing } from './fetch-failure.ts'
import { receive } from './receive-file.ts'
import type { Requested } from './requested.ts'
import type { StoreContext } from './store-context.ts'
import { partialPaths } from './store-layout.ts'
import { UNPACK } from './unpack.ts'

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Redirects that are followed; authors' release pages use one or two. */
const REDIRECTS = 5

export interface UrlFetch {
  /** What the file is packed in there. It is unpacked on its way, and cannot be resumed. */
  readonly packed?: 'zip' | 'bz2' | 'tgz' | undefined
  /** Milliseconds until the first byte. */
  readonly startMs: number
  /** Mirrors may be plain http where the sha256 decides. So may this machine itself, where nothing can be overheard. */
  readonly allowHttp: boolean
}

/**
 * Fetches a file from `url` through the proxies of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). What an earlier try left is
 * resumed, unless the server says that the file is another one now; a resumed file with a wrong sha256 is fetched once more from
 * its start.
 * @throws the errors of `receive`, RefusedError, StalledError, undici's errors, the signal's reason.
 */
export async function fetchUrl (context: StoreContext, url: string, requested: Requested, options: UrlFetch, signal: AbortSignal): Promise<void> {
  const partial = partialPaths(requested.target).url
  const beginning = options.packed ? { offset: 0 } : await beginningOf(partial, url, requested)
  try {
    if (beginning.offset > 0) {
      try {
        return await attempt(context, url, requested, { ...options, ...beginning, partial }, signal)
      } catch (error) {
        if (!(error instanceof MismatchError)) throw error
        context.log.warn({ file: requested.file.name }, 'the rest does not fit what was here; fetching all of it again')
      }
    }
    await attempt(context, url, requested, { ...options, offset: 0, partial }, signal)
  } finally {
    if (options.packed) await storing(() => rm(partial, { force: true }))
    await tidyBeginning(partial)
  }
}

async function attempt (context: StoreContext, url: string, requested: Requested, { partial, offset, validator, startMs, allowHttp, packed }: UrlFetch & Resumption & { partial: string }, outer: AbortSignal): Promise<void> {
  const { file } = requested
  // Ended after the last byte and before the file got its name.
  if (offset === file.bytes) return await receive([], requested, { partial, offset })

  const limits = deadline(outer, startMs, context.idleMs)
  const plain = (allowHttp && requested.sha256 !== undefined) || LOOPBACK.has(new URL(url).hostname)
  // The deadline is the only clock.
  const dispatcher = new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } })
  try {
    const { statusCode, headers, body } = await follow(new URL(url))
    // 416: what is here is longer than what is there.
    if (statusCode === 416) throw new MismatchError('the rest cannot be had')
    if (statusCode !== 200 && statusCode !== 206) throw new RefusedError(`answered ${statusCode}`)
    if (statusCode === 206 && !String(headers['content-range']).startsWith(`bytes ${offset}-`)) throw new RefusedError('sent another part')
    // What nobody knows the sha256 of must at least be no page that says "sign in" or "try later".
    if (requested.sha256 === undefined && String(headers['content-type']).startsWith('text/html')) throw new RefusedError('sent a page instead of the file')
    // 200 to a request for the rest: the server cannot do parts, or the file has changed.
    const from = statusCode === 206 ? offset : 0
    const current = validatorOf(headers)
    if (from === 0) await begin(partial, { url, ...(current !== undefined && { validator: current }) })
    const length = lengthOf(headers, from)
    const bytes = watched(body, from, length)
    // Packed bytes are not the file's: the archive tells whether it is whole.
    await receive(packed ? UNPACK[packed](bytes, file.name) : bytes, requested, { partial, offset: from, total: file.bytes ?? (packed ? undefined : length) })
  } catch (error) {
    // The deadline's reason says more than the error that its abort caused.
    throw limits.signal.aborted ? limits.signal.reason : error
  } finally {
    limits.clear()
    await dispatcher.destroy()
  }

  async function follow (address: URL, redirects = REDIRECTS): ReturnType<typeof request> {
    if (address.protocol !== 'https:' && !(plain && address.protocol === 'http:')) throw new RefusedError('is or redirects to an address that is not https')
    const answer = await request(address, {
      dispatcher,
      signal: limits.signal,
      headers: {
        'accept-encoding': 'identity',
        ...(offset > 0 && { range: `bytes=${offset}-` }),
        ...(validator !== undefined && { 'if-range': validator })
      }
    })
    const { location } = answer.headers
    if (answer.statusCode < 300 || answer.statusCode > 399 || typeof location !== 'string') return answer
    await answer.body.dump()
    if (redirects === 0) throw new RefusedError('redirects too often')
    return await follow(new URL(location, address), redirects - 1)
  }

  async function * watched (body: AsyncIterable<Uint8Array>, done: number, total = file.bytes): AsyncIterable<Uint8Array> {
    for await (const chunk of body) {
      limits.alive()
      context.progress({ what: file.name, done: done += chunk.length, total })
      yield chunk
    }
  }
}

/** Bytes of the whole file, where the server tells how many are still to come after `from`. */
function lengthOf ({ 'content-length': length }: Readonly<Record<string, string | string[] | undefined>>, from: number): number | undefined {
  return typeof length === 'string' ? from + Number(length) : undefined
}
