/**
 * Names and addresses from the text of /etc/hosts, as the "files" service of glibc's nsswitch reads it (hosts(5)).
 *
 * Only IPv4 lines count. Left out: DNS, IPv6, nsswitch.conf; a name that is not in the file does not exist.
 */
import * as ip from '../wire/ip.ts'

export interface Host {
  readonly address: ip.Ip
  /** The first name of its line: the canonical one. */
  readonly name: string
  readonly aliases: readonly string[]
}

export function parseHosts(text: string): Host[] {
  const hosts: Host[] = []
  for (const line of text.split('\n')) {
    const [first = '', name, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/)
    const address = ip.parse(first)
    if (address !== undefined && name !== undefined) hosts.push({ address, name, aliases })
  }
  return hosts
}

/** Every line that has the name, whatever its case. */
export function hostsNamed(hosts: readonly Host[], name: string): Host[] {
  const wanted = name.toLowerCase()
  return hosts.filter(host => [host.name, ...host.aliases].some(known => known.toLowerCase() === wanted))
}

/** The canonical name of an address. */
export const nameOf = (hosts: readonly Host[], address: ip.Ip): string | undefined =>
  hosts.find(host => host.address === address)?.name
