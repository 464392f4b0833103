/**
 * The Ethernet groups that a device listens to: what `ip maddr` prints as `link` and `bridge fdb` as `self permanent`.
 *
 * Follows Linux net/core/dev_addr_lists.c (dev_mc_add, dev_mc_del, dev_mc_sync, dev_mc_unsync): a counted list, newest
 * last. Virtual devices hear every group whatever stands here. What stands on a device counts there for each of its
 * groups while it is up.
 */
import type { Mac } from '../wire/mac.ts'
import { type Device, isUp } from './device.ts'

export function addGroup(dev: Device, group: Mac): void {
  dev.groups ??= new Map()
  const users = dev.groups.get(group) ?? 0
  dev.groups.set(group, users + 1)
  if (users === 0 && dev.lower !== undefined && isUp(dev)) addGroup(dev.lower, group)
}

export function removeGroup(dev: Device, group: Mac): void {
  const users = dev.groups?.get(group) ?? 0
  if (users > 1) dev.groups!.set(group, users - 1)
  else if (dev.groups?.delete(group) === true && dev.lower !== undefined && isUp(dev)) removeGroup(dev.lower, group)
}

/** The device has come up: from now on the one below listens for it as well. */
export function syncGroups(dev: Device, lower: Device): void {
  for (const group of groupsOf(dev)) addGroup(lower, group)
}

/** The device has gone down. */
export function unsyncGroups(dev: Device, lower: Device): void {
  for (const group of groupsOf(dev)) removeGroup(lower, group)
}

/** In the order in which Linux lists them. */
export const groupsOf = (dev: Device): readonly Mac[] => [...(dev.groups?.keys() ?? [])]
