import { lookup } from 'node:dns/promises'
import { BlockList, isIPv6 } from 'node:net'

/** Loopback (RFC 1122, RFC 4291), inner networks (RFC 1918, RFC 4193) and link-local addresses (RFC 3927, RFC 4291). */
const NEAR = new BlockList()
for (const [address, bits] of [['127.0.0.0', 8], ['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['169.254.0.0', 16]] as const) NEAR.addSubnet(address, bits)
for (const [address, bits] of [['::1', 128], ['fc00::', 7], ['fe80::', 10]] as const) NEAR.addSubnet(address, bits, 'ipv6')

/** Whether every address of a host is on this machine or in an inner network. */
export async function isNear (hostname: string): Promise<boolean> {
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true })
  return addresses.every(({ address }) => NEAR.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'))
}
