import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import ipaddr from 'ipaddr.js'
import { ConfigError } from '../errors.ts'

/** Addresses in public space that clouds answer to their own machines only: Azure's WireServer, which hands out credentials. */
const INNER = new Set(['168.63.129.16'])

/** Global unicast, the only IPv6 space that is handed out (RFC 4291 §2.4, IANA). What has no name yet lies outside it. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]

/**
 * Whether anybody may be at `address`: global unicast that is not set aside for anything. False for loopback, private, link-local (and
 * with it the metadata address of clouds), shared (CGNAT), multicast, broadcast, unspecified, documentation, benchmark and reserved
 * addresses; for IPv6 that carries IPv4 (mapped, compatible, NAT64, 6to4, Teredo), which would pass what is refused in its own
 * spelling; for an address with a zone; for what is no address.
 */
export function isPublicAddress (address: string): boolean {
  if (isIP(address) === 0 || address.includes('%') || INNER.has(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GLOBAL_UNICAST)
}

/** The host of a parsed http URL without what is only spelling: brackets of IPv6 and trailing dots. The parser has done the rest. */
export const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '')

/**
 * Whether a URL may name `host` (as `bareHost` gives it) when only public hosts are allowed. The addresses behind a name are checked
 * when it is resolved.
 */
export function mayBePublic (host: string, isPublic = isPublicAddress): boolean {
  if (isIP(host) !== 0) return isPublic(host)
  // RFC 6761 §6.3: these never leave the machine.
  return host !== '' && host !== 'localhost' && !host.endsWith('.localhost')
}

/**
 * Whether a URL may name a port when only public hosts are allowed: 80, 443 and all from 1024. Below that live SMTP, SSH, DNS and
 * others that could be made to listen to a forged request.
 * @param port as in URL: empty is the protocol's own.
 */
export const isWebPort = (port: string): boolean => port === '' || port === '80' || port === '443' || Number(port) >= 1024

/**
 * The test of a host against a list of `host` and `*.suffix` (which is not the suffix itself). An empty list allows all.
 * @throws {ConfigError} when an entry is neither: a typing error would refuse every URL, or one too many.
 */
export function hostFilter (entries: readonly string[]): (host: string) => boolean {
  const hosts = new Set<string>()
  const suffixes: string[] = []
  for (const entry of entries) {
    const wild = entry.startsWith('*.')
    const host = asciiHost(wild ? entry.slice(2) : entry)
    if (host === undefined || (wild && isIP(host) !== 0)) {
      throw new ConfigError([`URL_ALLOWED_HOSTS holds ${JSON.stringify(entry)}; an entry must be a host, such as images.example.com, or *.example.com.`])
    }
    if (wild) suffixes.push(`.${host}`)
    else hosts.add(host)
  }
  return (host) => entries.length === 0 || hosts.has(host) || suffixes.some((suffix) => host.length > suffix.length && host.endsWith(suffix))
}

/** `host` as the URL parser writes it, without brackets and trailing dot; undefined when it is no host. */
function asciiHost (host: string): string | undefined {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) === 6) return bareHost(new URL(`http://[${bare}]`))
  // What follows a host in a URL would be cut off here without a word.
  if (/[\s/\\:?#@%]/.test(bare)) return undefined
  const ascii = domainToASCII(bare).replace(/\.$/, '')
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(ascii) ? ascii : undefined
}
