/**
 * RTM_NEWNETCONF and RTM_DELNETCONF: a few of net.ipv4.conf.DEV and net.ipv6.conf.DEV are told whenever a device gets
 * them, loses them or somebody changes them.
 *
 * Follows Linux net/ipv4/devinet.c and net/ipv6/addrconf.c: inet_netconf_notify_devconf and its users.
 */
import type { NetconfInfo, NetconfKey } from '../control/notice.ts'
import type { Device } from '../core/device.ts'
import type { StackEnv } from './env.ts'

type Family = NetconfInfo['family']

/** By the name of the sysctl, in the order in which they are told. */
const KEYS: Readonly<Record<Family, ReadonlyMap<string, NetconfKey>>> = {
  4: new Map<string, NetconfKey>([
    ['forwarding', 'forwarding'],
    ['rp_filter', 'rp_filter'],
    ['mc_forwarding', 'mc_forwarding'],
    ['proxy_arp', 'proxy_neigh'],
    ['ignore_routes_with_linkdown', 'ignore_routes_with_linkdown'],
  ]),
  6: new Map<string, NetconfKey>([
    ['forwarding', 'forwarding'],
    ['mc_forwarding', 'mc_forwarding'],
    ['proxy_ndp', 'proxy_neigh'],
    ['ignore_routes_with_linkdown', 'ignore_routes_with_linkdown'],
  ]),
}

/** The device has the protocol from now on. */
export function tellNew(env: StackEnv, family: Family, dev: Device): void {
  const { tell } = env
  if (tell === undefined) return
  tell({ about: 'netconf', gone: false, netconf: { family, of: dev.ifindex, values: valuesOf(env, family, dev) } })
}

/** And has it no longer. */
export function tellGone(env: StackEnv, family: Family, dev: Device): void {
  env.tell?.({ about: 'netconf', gone: true, netconf: { family, of: dev.ifindex, values: {} } })
}

function valuesOf(env: StackEnv, family: Family, dev: Device): NetconfInfo['values'] {
  const path = (sysctl: string): string => `net/ipv${family}/conf/${dev.name}/${sysctl}`
  return Object.fromEntries([...KEYS[family]].map(([sysctl, key]) => [key, env.sysctl(path(sysctl))]))
}

const SYSCTL = /^net\/ipv([46])\/conf\/(.+)\/([^/]+)$/

/** A sysctl was written, and is stored already. */
export function tellSysctl(env: StackEnv, sysctlPath: string): void {
  const { tell } = env
  const [, version, name, sysctl] = (tell && SYSCTL.exec(sysctlPath)) ?? []
  const family: Family = version === '4' ? 4 : 6
  const key = sysctl === undefined ? undefined : KEYS[family].get(sysctl)
  if (key === undefined) return
  const of = name === 'all' || name === 'default' ? name : indexOf(env, name!)
  tell!({ about: 'netconf', gone: false, netconf: { family, of, values: { [key]: env.sysctl(sysctlPath) } } })
}

function indexOf(env: StackEnv, name: string): number {
  for (const dev of env.devices()) if (dev.name === name) return dev.ifindex
  return 0
}
