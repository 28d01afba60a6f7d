import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Config } from './config.ts'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** The networks that Fastify's names of them stand for (@fastify/proxy-addr). */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']
}

/** Most entries of X-Forwarded-For that are read, from the nearest: more proxies than any request passes. */
const MOST_ENTRIES = 100

/**
 * Returns a function that gives the address of the client of a request, in its normal form: the nearest sender that is not trusted, as the
 * trusted ones wrote it into X-Forwarded-For. Undefined when the connection itself is not that of a trusted proxy, or there is no header.
 *
 * What is no address, which a client may have written, is never a client's address: it would be counted as a client of its own each time.
 * A port, brackets and the `for=` of RFC 7239 are taken off.
 *
 * @example
 * const clientOf = clientAddress(['loopback'])
 * clientOf(request) // '192.0.2.7' for a request of 127.0.0.1 with `X-Forwarded-For: whatever, 192.0.2.7:4711`
 */
export function clientAddress (trusted: Config['TRUST_PROXY']): (request: IncomingMessage) => string | undefined {
  const isTrusted = trustOf(trusted)
  return ({ socket, headers }) => {
    const header = headers['x-forwarded-for']
    const sender = addressIn(socket.remoteAddress ?? '')
    if (header === undefined || !sender || !isTrusted(sender, 0)) return undefined
    const entries = [header].flat().join(',').split(',').reverse().slice(0, MOST_ENTRIES)
    let client = sender
    for (const [i, entry] of entries.entries()) {
      const address = addressIn(entry)
      if (address) client = address
      if (!isTrusted(address, i + 1)) break
    }
    return client.toString()
  }
}

/** Whether what a sender says of the one before it is believed, `hop` senders away. An entry without an address is passed over, unless hops are counted. */
function trustOf (trusted: Config['TRUST_PROXY']): (address: Address | undefined, hop: number) => boolean {
  if (typeof trusted === 'boolean') return () => trusted
  if (typeof trusted === 'number') return (_, hop) => hop < trusted
  const networks = trusted.flatMap((entry) => NAMED[entry] ?? [entry]).map(networkOf)
  return (address) => !address || networks.some(([start, bits]) => start.kind() === address.kind() && address.match(start, bits))
}

const networkOf = (text: string): [Address, number] => {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** The address in an entry such as `192.0.2.7:80`, `[2001:db8::1]:80` or `for="192.0.2.7";proto=http`; IPv6 that stands for IPv4 as that. */
function addressIn (entry: string): Address | undefined {
  const bare = entry.trim().split(';', 1)[0]!.replace(/^for\s*=\s*/i, '').replaceAll('"', '').trim()
  const [, text = bare] = /^\[([^\]]*)\](?::\d+)?$/.exec(bare) ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(bare) ?? []
  // A zone is the name of an interface on somebody's machine.
  const address = text.split('%', 1)[0]!
  return isIP(address) === 0 ? undefined : ipaddr.process(address)
}
