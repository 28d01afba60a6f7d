import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'

/** Returns the addresses of a name, in small letters, in the text of a hosts file: hosts(5). */
export function addressesIn (hosts: string, name: string): LookupAddress[] {
  // Lists against advertising have a hundred thousand lines: most are skipped without being taken apart.
  const lines = hosts.match(new RegExp(`^.*[ \\t]${name.replace(/[^a-z0-9_-]/g, '\\$&')}(?:[ \\t\\r#].*)?$`, 'gim')) ?? []
  return lines.flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    return isIP(address) !== 0 && names.some((each) => each.toLowerCase() === name) ? [{ address, family: isIP(address) }] : []
  })
}

/** Domains that complete a name, and the dots of a name that is first asked for as it is. */
export interface Search {
  readonly domains: readonly string[]
  readonly dots: number
}

/** Reads the text of a resolver's configuration: resolv.conf(5). */
export function searchIn (config: string): Search {
  const lines = config.split('\n').map((line) => line.replace(/[#;].*/, '').trim().split(/\s+/))
  // The last of several counts.
  const domains = lines.findLast(([keyword]) => keyword === 'search' || keyword === 'domain')?.slice(1) ?? []
  const dots = lines.filter(([keyword]) => keyword === 'options').flatMap((line) => line.slice(1)).findLast((option) => /^ndots:\d+$/.test(option))?.slice('ndots:'.length)
  return { domains: domains.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== ''), dots: Number(dots ?? 1) }
}

/** Returns the names to ask for in turn, in the order of the C library. */
export function namesToAsk (name: string, { domains, dots }: Search): string[] {
  const completed = domains.map((domain) => `${name}.${domain}`)
  return name.split('.').length > dots ? [name, ...completed] : [...completed, name]
}
