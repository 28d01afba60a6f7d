import { stat } from 'node:fs/promises'
import { EnvHttpProxyAgent, request } from 'undici'
import type { SourceFile } from '../models/card.ts'
import type { StoreContext } from './context.ts'
import { deadline } from './deadline.ts'
import { MismatchError, RefusedError, storing } from './failure.ts'
import { orMissing } from './missing.ts'
import { receive } from './receive.ts'

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Redirects that are followed; authors' release pages use one or two. */
const REDIRECTS = 5

export interface UrlFetch {
  readonly target: string
  /** Milliseconds until the first byte. */
  readonly startMs: number
  /** Mirrors may be plain http: the sha256 decides. So may this machine itself, where nothing can be overheard. */
  readonly allowHttp: boolean
}

/**
 * Fetches `file` from `url` to `target` through the proxies of the environment. What an earlier try left is resumed; a resumed
 * file with a wrong sha256 is fetched once more from its start.
 * @throws the errors of `receive`, RefusedError, StalledError, undici's errors, the signal's reason.
 */
export async function fetchUrl (context: StoreContext, url: string, file: SourceFile, options: UrlFetch, signal: AbortSignal): Promise<void> {
  const partial = `${options.target}.partial`
  const offset = await sizeOf(partial)
  if (offset > 0 && offset < file.bytes) {
    try {
      await attempt(context, url, file, { ...options, partial, offset }, signal)
      return
    } catch (error) {
      if (!(error instanceof MismatchError)) throw error
      context.log.warn({ file: file.name }, 'the rest does not fit what was here; fetching all of it again')
    }
  }
  await attempt(context, url, file, { ...options, partial, offset: 0 }, signal)
}

async function attempt (context: StoreContext, url: string, file: SourceFile, { partial, target, offset, startMs, allowHttp }: UrlFetch & { partial: string, offset: number }, outer: AbortSignal): Promise<void> {
  const limits = deadline(outer, startMs, context.idleMs)
  const plain = allowHttp || LOOPBACK.has(new URL(url).hostname)
  // The deadline is the only clock.
  const dispatcher = new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } })
  try {
    const { statusCode, headers, body } = await follow(new URL(url))
    // 416: what is here is longer than what is there.
    if (statusCode === 416) throw new MismatchError('the rest cannot be had')
    if (statusCode !== 200 && statusCode !== 206) throw new RefusedError(`answered ${statusCode}`)
    if (statusCode === 206 && !String(headers['content-range']).startsWith(`bytes ${offset}-`)) throw new RefusedError('sent another part')
    await receive(watched(body), file, {
      partial,
      target,
      offset: statusCode === 206 ? offset : 0,
      onBytes: (done) => context.progress({ what: file.name, done, total: file.bytes })
    })
  } catch (error) {
    // The deadline's reason says more than the error that its abort caused.
    throw limits.signal.aborted ? limits.signal.reason : error
  } finally {
    limits.clear()
    await dispatcher.destroy()
  }

  async function follow (address: URL, redirects = REDIRECTS): ReturnType<typeof request> {
    if (address.protocol !== 'https:' && !(plain && address.protocol === 'http:')) throw new RefusedError('redirects to an address that is not https')
    const answer = await request(address, {
      dispatcher,
      signal: limits.signal,
      headers: { 'accept-encoding': 'identity', ...(offset > 0 && { range: `bytes=${offset}-` }) }
    })
    const { location } = answer.headers
    if (answer.statusCode < 300 || answer.statusCode > 399 || typeof location !== 'string') return answer
    await answer.body.dump()
    if (redirects === 0) throw new RefusedError('redirects too often')
    return await follow(new URL(location, address), redirects - 1)
  }

  async function * watched (body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of body) {
      limits.alive()
      yield chunk
    }
  }
}

/** Bytes of the file at `path`, 0 when there is none. */
async function sizeOf (path: string): Promise<number> {
  const stats = await storing(() => orMissing(stat(path)))
  return stats?.size ?? 0
}
