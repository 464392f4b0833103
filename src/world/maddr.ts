/**
 * Groups of devices: what SIOCADDMULTI and SIOCDELMULTI change, and what /proc/net tells of them.
 *
 * Follows Linux net/core/dev_ioctl.c and dev_addr_lists.c.
 */
import type { GroupsInfo } from '../control/info.ts'
import type { Device } from '../core/device.ts'
import { type Answer, DONE, fail } from '../core/errno.ts'
import { addStaticGroup, removeStaticGroup } from '../core/groups.ts'
import type { Mac } from '../wire/mac.ts'
import type { Netns } from './netns.ts'

/** lo has no list to change (no ndo_set_rx_mode). Any address is taken, a group or not. */
export function newmaddr(dev: Device, mac: Mac): Answer {
  if (dev.kind === 'loopback') return fail('EINVAL')
  addStaticGroup(dev, mac)
  return DONE
}

export function delmaddr(dev: Device, mac: Mac): Answer {
  if (dev.kind === 'loopback') return fail('EINVAL')
  return removeStaticGroup(dev, mac) ? DONE : fail('ENOENT')
}

export const dumpGroups = (netns: Netns): GroupsInfo[] =>
  [...netns.devices.values()]
    .sort((a, b) => a.ifindex - b.ifindex)
    .map(dev => ({
      ifindex: dev.ifindex,
      name: dev.name,
      link: [...(dev.groups ?? [])].map(([mac, { users, isStatic }]) => ({ mac, users, isStatic })),
      ...netns.stack.groupsOf(dev),
    }))
