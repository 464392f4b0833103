/**
 * The Ethernet groups that a device listens to: what `ip maddr` prints as `link` and `bridge fdb` as `self permanent`.
 *
 * Follows Linux net/core/dev_addr_lists.c (dev_mc_add, dev_mc_del): a counted list, newest last. Virtual devices hear
 * every group whatever stands here. What stands on a device adds its own groups while it is up (dev_mc_sync).
 */
import { type Device, isUp } from '../core/device.ts'
import type { Mac } from '../wire/mac.ts'

export function addGroup(dev: Device, group: Mac): void {
  dev.groups ??= new Map()
  dev.groups.set(group, (dev.groups.get(group) ?? 0) + 1)
}

export function removeGroup(dev: Device, group: Mac): void {
  const users = dev.groups?.get(group) ?? 0
  if (users > 1) dev.groups!.set(group, users - 1)
  else dev.groups?.delete(group)
}

/** In the order in which Linux lists them. */
export function groupsOf(dev: Device): readonly Mac[] {
  const own = dev.groups?.keys() ?? []
  return dev.uppers.length === 0 ? [...own] : [...new Set([...own, ...dev.uppers.filter(isUp).flatMap(groupsOf)])]
}
