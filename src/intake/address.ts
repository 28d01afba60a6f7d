import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import ipaddr from 'ipaddr.js'
import { ConfigError } from '../errors.ts'

/** Public addresses that reach an inner service from inside a cloud: Azure's WireServer, which hands out credentials. */
const INNER = new Set(['168.63.129.16'])

/** Global unicast, the only IPv6 space in use (RFC 4291 §2.4, IANA). Everything unassigned lies outside it. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]

/**
 * Whether `address` is public: global unicast that is not reserved for a purpose. False for loopback, private, link-local (which includes
 * the metadata address of clouds), shared (CGNAT), multicast, broadcast, unspecified, documentation, benchmark and reserved addresses;
 * for IPv6 that carries IPv4 (mapped, compatible, NAT64, 6to4, Teredo), because the IPv4 address may be one of those; for an address with
 * a zone; for anything that is not an address.
 */
export function isPublicAddress (address: string): boolean {
  if (isIP(address) === 0 || address.includes('%') || INNER.has(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GLOBAL_UNICAST)
}

/** Returns the host of a parsed http URL without the brackets of IPv6 and trailing dots. The URL parser has normalised the rest. */
export const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '')

/**
 * Whether a URL may name `host` (as returned by `bareHost`) when only public hosts are allowed. The addresses behind a name are checked
 * when it is resolved.
 */
export function mayBePublic (host: string, isPublic = isPublicAddress): boolean {
  if (isIP(host) !== 0) return isPublic(host)
  // RFC 6761 §6.3: these never leave the machine.
  return host !== '' && host !== 'localhost' && !host.endsWith('.localhost')
}

/**
 * Whether a URL may name a port when only public hosts are allowed: 80, 443 and all from 1024. The others belong to SMTP, SSH, DNS and
 * the like, which might accept a forged request.
 * @param port as in URL: empty for the protocol's default.
 */
export const isWebPort = (port: string): boolean => port === '' || port === '80' || port === '443' || Number(port) >= 1024

/**
 * Returns a function that tests a host against a list of `host` and `*.suffix` (which does not match the suffix itself). An empty list
 * allows all.
 * @throws {ConfigError} when an entry is neither: a typing error would refuse every URL, or allow one too many.
 *
 * @example
 * const isListed = hostFilter(['images.example.com', '*.cdn.example'])
 * isListed('a.cdn.example') // true
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

/** Returns `host` as the URL parser writes it, without brackets and trailing dot; undefined when it is not a host. */
function asciiHost (host: string): string | undefined {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) === 6) return bareHost(new URL(`http://[${bare}]`))
  // domainToASCII would silently cut off anything that follows a host in a URL.
  if (/[\s/\\:?#@%]/.test(bare)) return undefined
  const ascii = domainToASCII(bare).replace(/\.$/, '')
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(ascii) ? ascii : undefined
}
