import type { LookupAddress } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { unlessAborted } from '../system/async.ts'
import { addressesIn, namesToAsk, searchIn } from './resolver-files.ts'

/** Resolves a host name to all its addresses. Rejects when there are none, and when `signal` aborts. */
export type Resolve = (hostname: string, signal: AbortSignal) => Promise<readonly LookupAddress[]>

export interface ResolverOptions {
  /** Asks the system for a name that neither the hosts file nor DNS knows. */
  readonly system?: (name: string) => Promise<readonly LookupAddress[]>
  /** Time for one name, in milliseconds. Default: 5,000, as long as glibc waits for one answer. */
  readonly timeoutMs?: number
  /** Addresses of DNS servers, with or without a port. Default: those of the machine. */
  readonly servers?: readonly string[]
  readonly hostsFile?: string
  readonly configFile?: string
}

/** Milliseconds after which a DNS server is asked again, or the next one; twice as long at each further try. */
const RETRY_MS = 1_000
const TRIES = 3

/** Asks the system as `ping` does, by getaddrinfo. */
export const askGetaddrinfo = (name: string): Promise<readonly LookupAddress[]> => lookup(name, { all: true })

/** RFC 6761 §6.3: these never leave the machine, whether the hosts file has them or not. */
const LOOPBACK = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }]

/**
 * Opens a resolver that needs no thread: it looks into the hosts file, then asks DNS, with the search domains of resolv.conf.
 *
 * `dns.lookup` calls getaddrinfo, which cannot be cancelled and waits in one of the few threads that also read files and decode pictures: four
 * names whose server does not answer would stop everything. c-ares, behind `Resolver`, asks DNS without a thread, but reads neither the hosts
 * file nor the search domains. What only the system knows (mDNS, scoped servers of macOS, other sources of nsswitch.conf) may be asked of
 * `system`, one name at a time, so that at most one thread waits.
 */
export function openResolver ({ system, timeoutMs = 5_000, servers, hostsFile = '/etc/hosts', configFile = '/etc/resolv.conf' }: ResolverOptions = {}): Resolve {
  /** Resolves when the system has answered for all names so far. */
  let before: Promise<unknown> = Promise.resolve()

  return async (hostname, given) => {
    const name = hostname.toLowerCase()
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(new Error(`The address of ${name} was not found in time.`)), timeoutMs)
    try {
      return await addressesOf(name, AbortSignal.any([given, deadline.signal]))
    } finally {
      clearTimeout(timer)
    }
  }

  async function addressesOf (name: string, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const listed = addressesIn(await textOf(hostsFile), name)
    if (listed.length > 0) return listed
    if (name === 'localhost' || name.endsWith('.localhost')) return LOOPBACK
    const found = await askDns(name, signal)
    if (found.length > 0) return found
    signal.throwIfAborted()
    if (!system) throw new Error(`No address of ${name} is known.`)
    const answer = before.then(() => {
      signal.throwIfAborted()
      return system(name)
    })
    before = answer.catch(() => {})
    return await unlessAborted(answer, signal)
  }

  /** Returns the addresses of the first name in the search list that has any. */
  async function askDns (name: string, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    // One for each name: it can be cancelled, and follows what changes in resolv.conf.
    const resolver = new Resolver({ timeout: RETRY_MS, tries: TRIES })
    if (servers) resolver.setServers(servers)
    const cancel = (): void => resolver.cancel()
    signal.addEventListener('abort', cancel)
    try {
      for (const each of namesToAsk(name, searchIn(await textOf(configFile)))) {
        if (signal.aborted) break
        // IPv4 first: many networks and containers have no route to IPv6 addresses.
        const answers = await Promise.allSettled([resolver.resolve4(each), resolver.resolve6(each)])
        const found = answers.flatMap((answer, i) => answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family: i === 0 ? 4 : 6 })) : [])
        if (found.length > 0) return found
      }
      return []
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

/** Returns the text of a file of the system; empty when it is absent, as the C library has it. */
async function textOf (path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return ''
  }
}
