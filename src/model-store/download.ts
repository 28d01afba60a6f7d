import { rm } from 'node:fs/promises'
import { EnvHttpProxyAgent, request as httpRequest } from 'undici'
import type { Packing } from '../models/card.ts'
import { deadline } from './deadline.ts'
import { MismatchError, RefusedError, storing } from './fetch-failure.ts'
import type { FileRequest } from './file-request.ts'
import { receive } from './receive-file.ts'
import { removeEmptyPartial, type Resumption, resumptionFor, startPartial, validatorOf } from './resumption.ts'
import type { StoreContext } from './store-context.ts'
import { partialPaths } from './store-layout.ts'
import { unpack } from './unpack.ts'

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Most redirects that are followed; authors' release pages use one or two. */
const REDIRECTS = 5

export interface UrlFetch {
  /** Archive that the URL delivers. The file is unpacked while it arrives, and cannot be resumed. */
  readonly packing?: Packing | undefined
  /** Milliseconds until the first byte. */
  readonly startMs: number
  /** Allows plain http where the sha256 is known, as for mirrors. From this machine itself it is always allowed: nobody can listen in. */
  readonly allowHttp: boolean
}

interface Attempt extends UrlFetch, Resumption {
  readonly partial: string
}

/**
 * Fetches a file from `url` through the proxies of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). What an earlier attempt left is
 * resumed, unless the server reports that the file has changed; a resumed file with a wrong sha256 is fetched once more from its start.
 * @throws errors of `receive`, RefusedError, StalledError, undici's errors, the signal's reason.
 */
export async function fetchUrl (
  context: StoreContext, url: string, request: FileRequest, options: UrlFetch, signal: AbortSignal
): Promise<void> {
  const partial = partialPaths(request.target).url
  const resumption = options.packing ? { offset: 0 } : await resumptionFor(partial, url, request)
  try {
    if (resumption.offset > 0) {
      try {
        return await attempt(context, url, request, { ...options, ...resumption, partial }, signal)
      } catch (error) {
        if (!(error instanceof MismatchError)) throw error
        context.log.warn({ file: request.file.name }, 'the rest does not fit what was here; fetching all of it again')
      }
    }
    await attempt(context, url, request, { ...options, offset: 0, partial }, signal)
  } finally {
    if (options.packing) await storing(() => rm(partial, { force: true }))
    await removeEmptyPartial(partial)
  }
}

async function attempt (
  context: StoreContext,
  url: string,
  request: FileRequest,
  { partial, offset, validator, startMs, allowHttp, packing }: Attempt,
  outer: AbortSignal
): Promise<void> {
  const { file } = request
  // The process ended after the last byte, before the file was renamed.
  if (offset === file.bytes) return await receive([], request, { partial, offset })

  const limits = deadline(outer, startMs, context.idleMs)
  const isHttpAllowed = (allowHttp && request.sha256 !== undefined) || LOOPBACK.has(new URL(url).hostname)
  // Only the deadline limits the time.
  const dispatcher = new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } })
  try {
    const { statusCode, headers, body } = await follow(new URL(url))
    // 416: the partial file is longer than the server's.
    if (statusCode === 416) throw new MismatchError('the rest cannot be had')
    if (statusCode !== 200 && statusCode !== 206) throw new RefusedError(`answered ${statusCode}`)
    if (statusCode === 206 && !String(headers['content-range']).startsWith(`bytes ${offset}-`)) throw new RefusedError('sent another part')
    // Without a sha256, at least a page that asks to sign in or to try later is refused.
    if (request.sha256 === undefined && String(headers['content-type']).startsWith('text/html')) throw new RefusedError('sent a page instead of the file')
    // 200 to a range request: the server does not support ranges, or the file has changed.
    const from = statusCode === 206 ? offset : 0
    const current = validatorOf(headers)
    if (from === 0) await startPartial(partial, { url, ...(current !== undefined && { validator: current }) })
    const length = lengthOf(headers, from)
    const bytes = watched(body, from, length)
    // The length of an archive is not that of its file; the archive itself shows whether it is complete.
    const total = file.bytes ?? (packing ? undefined : length)
    await receive(packing ? unpack(bytes, packing, file.name) : bytes, request, { partial, offset: from, total })
  } catch (error) {
    // The deadline's reason says more than the error that its abort caused.
    throw limits.signal.aborted ? limits.signal.reason : error
  } finally {
    limits.clear()
    await dispatcher.destroy()
  }

  async function follow (address: URL, redirects = REDIRECTS): ReturnType<typeof httpRequest> {
    if (address.protocol !== 'https:' && !(isHttpAllowed && address.protocol === 'http:')) {
      throw new RefusedError('is or redirects to an address that is not https')
    }
    const response = await httpRequest(address, {
      dispatcher,
      signal: limits.signal,
      headers: {
        'accept-encoding': 'identity',
        ...(offset > 0 && { range: `bytes=${offset}-` }),
        ...(validator !== undefined && { 'if-range': validator })
      }
    })
    const { location } = response.headers
    if (response.statusCode < 300 || response.statusCode > 399 || typeof location !== 'string') return response
    await response.body.dump()
    if (redirects === 0) throw new RefusedError('redirects too often')
    return await follow(new URL(location, address), redirects - 1)
  }

  async function * watched (body: AsyncIterable<Uint8Array>, done: number, total = packing?.archive?.bytes ?? file.bytes): AsyncIterable<Uint8Array> {
    for await (const chunk of body) {
      limits.alive()
      context.progress({ what: file.name, done: done += chunk.length, total })
      yield chunk
    }
  }
}

/** Returns the length of the whole file: the bytes before `from` and those that the response announces; undefined when it announces none. */
function lengthOf ({ 'content-length': length }: Readonly<Record<string, string | string[] | undefined>>, from: number): number | undefined {
  return typeof length === 'string' ? from + Number(length) : undefined
}
