/**
 * Addresses and their names as net-tools reads and prints them: `default`, /etc/hosts, /etc/networks.
 *
 * Follows net-tools 2.10 lib/inet.c and lib/ether.c. Of /etc/networks there are the names that Debian has in it.
 */
import type { Ip } from '../../wire/ip.ts'
import * as ip4 from '../../wire/ip.ts'
import type { Mac } from '../../wire/mac.ts'
import { BYTES as MAC_BYTES } from '../../wire/mac.ts'
import type { Wait, Wake } from '../../world/task.ts'
import { type Host, hostsNamed, nameOf, parseHosts } from '../hosts.ts'
import { inetAton } from '../libc.ts'

const NETWORKS: ReadonlyMap<string, Ip> = new Map([
  ['loopback', 0x7f00_0000 as Ip],
  ['link-local', 0xa9fe_0000 as Ip],
])

/** The lines of /etc/hosts. */
export function* readHosts(): Generator<Wait, readonly Host[], Wake> {
  const wake = yield { for: 'file', path: '/etc/hosts' }
  return wake.by === 'file' ? parseHosts(wake.text) : []
}

export interface Resolved {
  readonly address: Ip
  /** It is the name of a network. */
  readonly isNetwork: boolean
}

/** INET_resolve: undefined when nobody knows the name. */
export function resolve(hosts: readonly Host[], text: string): Resolved | undefined {
  if (text === 'default') return { address: ip4.ANY, isNetwork: true }
  const address = inetAton(text)
  if (address !== undefined) return { address, isNetwork: false }
  const network = NETWORKS.get(text)
  if (network !== undefined) return { address: network, isNetwork: true }
  const [host] = hostsNamed(hosts, text)
  return host === undefined ? undefined : { address: host.address, isNetwork: false }
}

export const unknownHost = (name: string): string => `${name}: Unknown host\n`

/** The mask in `10.0.0.0/8`; undefined without a slash, NaN for what is no number. Shifts as a PC does, modulo 32. */
export function maskOf(text: string): number | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const length = Number(text.slice(slash + 1))
  return Number.isInteger(length) ? ~(0xffff_ffff >>> length) >>> 0 : Number.NaN
}

/** A host by its name in /etc/hosts. */
export const hostName = (hosts: readonly Host[], address: Ip): string => nameOf(hosts, address) ?? ip4.format(address)

/** A network by its name: `default` for all that there is; one with bits outside of its mask is a host. */
export function networkName(hosts: readonly Host[], address: Ip, mask: number): string {
  if (address === ip4.ANY) return mask === 0 ? 'default' : '0.0.0.0'
  if ((address & ~mask) !== 0) return hostName(hosts, address)
  for (const [name, network] of NETWORKS) if (network === address) return name
  return ip4.format(address)
}

/** in_ether: pairs of hexadecimal digits, or single ones before a colon; what is missing at the end is zero. */
export function parseEther(text: string): Mac | undefined {
  const octets: number[] = []
  for (let at = 0; at < text.length && octets.length < MAC_BYTES; ) {
    const [whole, digits] = /^([\da-f]{1,2}):?/i.exec(text.slice(at)) ?? []
    const ends = digits?.length === 2 || text[at + 1] === ':' || at + 1 === text.length
    if (whole === undefined || !ends) return undefined
    octets.push(Number.parseInt(digits!, 16))
    at += whole.length
    // One colon belongs to a single digit, and one more may follow.
    if (digits!.length === 1 && text[at] === ':') at++
  }
  while (octets.length < MAC_BYTES) octets.push(0)
  return octets.reduce((value, octet) => value * 256 + octet, 0) as Mac
}
