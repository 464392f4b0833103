/**
 * The ioctls by which programs changed addresses and flags before there was rtnetlink, carried out as requests.
 *
 * Follows Linux net/ipv4/devinet.c (devinet_ioctl, inet_abc_len) and net/core/dev_ioctl.c. An address is meant by its
 * label: that of the device, or that with a colon, an alias. Each answers an errno, or undefined when it was done.
 */
import type { LinkInfo } from '../../control/info.ts'
import { type AddressRecord, Scope } from '../../control/records.ts'
import type { LinkChanges, NewAddress, Request } from '../../control/request.ts'
import { Iff } from '../../core/device.ts'
import type { Errno } from '../../core/errno.ts'
import type { Ip } from '../../wire/ip.ts'
import * as ip4 from '../../wire/ip.ts'
import type { Process } from '../command.ts'

/** IFNAMSIZ - 1 */
export const NAME_OCTETS_MAX = 15
/** Longer prefixes have no address to spare for a broadcast. */
const BROADCAST_PREFIX_MAX = 30

/** The device of a label. */
export const deviceName = (label: string): string => label.split(':', 1)[0]!

export const linkOf = ({ world, netns }: Process, label: string): LinkInfo | undefined =>
  world.links(netns).find(({ name }) => name === deviceName(label))

/** The first address with this label. */
export function addressOf({ world, netns }: Process, label: string): AddressRecord | undefined {
  const device = world.device(netns, deviceName(label))
  return world
    .addresses(netns)
    .find(each => each.family === 4 && each.ifindex === device?.ifindex && each.label === label) as
    | AddressRecord
    | undefined
}

/** SIOCSIFADDR: the address is replaced; its mask is that of its class. */
export function setAddress(process: Process, label: string, local: Ip): Errno | undefined {
  const link = linkOf(process, label)
  if (link === undefined) return 'ENODEV'
  const classBits = bitsOfClass(local)
  if (classBits === undefined) return 'EINVAL'
  const old = addressOf(process, label)
  if (old?.local === local) return undefined
  if (old !== undefined) remove(process, old)
  const prefixLength = (link.flags & Iff.PointToPoint) !== 0 ? ip4.PREFIX_BITS : classBits
  return apply(process, {
    type: 'newaddr',
    netns: process.netns,
    by: 'ioctl',
    link: link.ifindex,
    address: {
      local,
      prefixLength,
      label: old?.label ?? label,
      ...broadcastOf(link, local, prefixLength),
      scope: ip4.isLoopback(local) ? Scope.Host : Scope.Universe,
    },
  })
}

/** inet_abc_len: undefined for a group. */
function bitsOfClass(address: Ip): number | undefined {
  if (ip4.isZeronet(address) || ip4.isLimitedBroadcast(address)) return 0
  if (address >>> 31 === 0) return 8
  if (address >>> 30 === 2) return 16
  if (address >>> 29 === 6) return 24
  return ip4.isBadClass(address) ? ip4.PREFIX_BITS : undefined
}

const broadcastOf = ({ flags }: LinkInfo, local: Ip, prefixLength: number): Pick<NewAddress, 'broadcast'> =>
  (flags & Iff.Broadcast) !== 0 && prefixLength <= BROADCAST_PREFIX_MAX
    ? { broadcast: ip4.broadcast(local, prefixLength) }
    : {}

/** SIOCSIFNETMASK: a broadcast address that followed the old mask follows the new one. */
export function setNetmask(process: Process, label: string, mask: number): Errno | undefined {
  const link = linkOf(process, label)
  if (link === undefined) return 'ENODEV'
  const old = addressOf(process, label)
  if (old === undefined) return 'EADDRNOTAVAIL'
  const prefixLength = bitsOfMask(mask)
  if (prefixLength === undefined) return 'EINVAL'
  if (prefixLength === old.prefixLength) return undefined
  const follows =
    (link.flags & Iff.Broadcast) !== 0 &&
    old.prefixLength <= BROADCAST_PREFIX_MAX &&
    old.broadcast === ip4.broadcast(old.local, old.prefixLength)
  const broadcast = follows ? ip4.broadcast(old.local, prefixLength) : old.broadcast
  return replace(process, old, { ...old, prefixLength, broadcast })
}

/** inet_mask_len; undefined for a mask with a hole. */
export function bitsOfMask(mask: number): number | undefined {
  const bits = Math.clz32(~mask)
  return ip4.mask(bits) === mask >>> 0 ? bits : undefined
}

/** SIOCSIFBRDADDR */
export function setBroadcast(process: Process, label: string, broadcast: Ip): Errno | undefined {
  const old = known(process, label)
  if (typeof old === 'string') return old
  return old.broadcast === broadcast ? undefined : replace(process, old, { ...old, broadcast })
}

/** SIOCSIFDSTADDR */
export function setDestination(process: Process, label: string, address: Ip): Errno | undefined {
  const old = known(process, label)
  if (typeof old === 'string') return old
  if (old.address === address) return undefined
  if (bitsOfClass(address) === undefined) return 'EINVAL'
  return replace(process, old, { ...old, address })
}

const known = (process: Process, label: string): AddressRecord | Errno =>
  linkOf(process, label) === undefined ? 'ENODEV' : (addressOf(process, label) ?? 'EADDRNOTAVAIL')

/** SIOCSIFFLAGS: an alias has no flags of its own, but it goes when it is put down. */
export function setFlags(process: Process, label: string, changes: LinkChanges): Errno | undefined {
  const link = linkOf(process, label)
  if (link === undefined) return 'ENODEV'
  if (!label.includes(':')) return setLink(process, label, changes)
  const address = addressOf(process, label)
  if (address === undefined) return 'EADDRNOTAVAIL'
  const staysUp = changes.up ?? (link.flags & Iff.Up) !== 0
  return staysUp ? undefined : remove(process, address)
}

/** SIOCSIFMTU, SIOCSIFHWADDR, SIOCSIFTXQLEN, SIOCSIFNAME: of the device itself. */
export function setLink(process: Process, name: string, changes: LinkChanges): Errno | undefined {
  const link = linkOf(process, name)
  if (link === undefined) return 'ENODEV'
  return apply(process, { type: 'setlink', netns: process.netns, by: 'ioctl', link: link.ifindex, changes })
}

function replace(process: Process, old: AddressRecord, wanted: AddressRecord): Errno | undefined {
  const failed = remove(process, old)
  if (failed !== undefined) return failed
  const { local, prefixLength, broadcast, label, scope, flags, validLifetime, preferredLifetime, metric } = wanted
  const address: NewAddress = {
    local,
    prefixLength,
    peer: wanted.address,
    ...(broadcast !== undefined && { broadcast }),
    label,
    scope,
    flags,
    validLifetime,
    preferredLifetime,
    metric,
  }
  return apply(process, { type: 'newaddr', netns: process.netns, by: 'ioctl', link: old.ifindex, address })
}

const remove = (process: Process, { ifindex, local, prefixLength, address, label }: AddressRecord): Errno | undefined =>
  apply(process, {
    type: 'deladdr',
    netns: process.netns,
    by: 'ioctl',
    link: ifindex,
    address: { local, prefixLength, peer: address, label },
  })

function apply({ world }: Process, request: Request): Errno | undefined {
  const answer = world.apply(request)
  return answer.ok ? undefined : answer.errno
}
