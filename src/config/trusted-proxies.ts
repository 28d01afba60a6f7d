import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { ConfigError } from '../errors.ts'
import { list } from './comma-list.ts'

/** Names of networks that Fastify accepts. */
const NETWORKS = ['loopback', 'linklocal', 'uniquelocal']

/**
 * Parses TRUST_PROXY, the senders whose X-Forwarded-For is trusted: all (true), none (false), a number of hops, or these addresses and
 * networks.
 * @throws {ConfigError} naming the entry that is neither an address nor a network.
 */
export function parseProxies (text = 'false'): boolean | number | string[] {
  const word = text.toLowerCase()
  if (['true', 'yes', 'on'].includes(word)) return true
  if (['false', 'no', 'off', '0'].includes(word)) return false
  if (/^[0-9]{1,3}$/.test(text)) return Number(text)
  const entries = list(text)
  const wrong = entries.find((entry) => !NETWORKS.includes(entry) && isIP(entry) === 0 && !(isIP(entry.split('/', 1)[0]!) !== 0 && ipaddr.isValidCIDR(entry)))
  if (wrong === undefined) return entries
  throw new ConfigError([`TRUST_PROXY holds ${JSON.stringify(wrong)}; it must be true, false, a number of hops, or addresses and networks such as 10.0.0.0/8, ${NETWORKS.join(', ')}.`])
}
