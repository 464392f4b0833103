/**
 * The Ethernet groups that a device listens to: what `ip maddr` prints as `link` and `bridge fdb` as `self permanent`.
 *
 * Follows Linux net/core/dev_addr_lists.c (dev_mc_add, dev_mc_del, dev_mc_sync, dev_mc_unsync): a counted list, newest
 * last. Virtual devices hear every group whatever stands here. What stands on a device hands each of its groups down
 * while it is up, and takes back what it handed down; when the device below has forgotten all (dev_mc_flush, as it
 * moved to another namespace), nothing is taken back, and the group stays as if it were handed down still. A group that
 * is taken back lingers: who filters by the list (macvlan) has looked at it by then, and looks again only next time.
 */
import type { Mac } from '../wire/mac.ts'
import { type Device, type GroupUse, isUp } from './device.ts'

export function addGroup(dev: Device, group: Mac): void {
  use(dev, group)
  if (dev.lower !== undefined && isUp(dev)) syncGroups(dev, dev.lower)
}

export function removeGroup(dev: Device, group: Mac): void {
  const known = dev.groups?.get(group)
  if (known === undefined) return
  disuse(dev, group, known)
  if (dev.lower !== undefined && isUp(dev)) syncGroups(dev, dev.lower)
}

/** dev_mc_add_global: by hand, which counts once. */
export function addStaticGroup(dev: Device, group: Mac): void {
  if (dev.groups?.get(group)?.isStatic === true) return
  addGroup(dev, group)
  dev.groups!.get(group)!.isStatic = true
}

/** dev_mc_del_global: false when it was not added by hand. */
export function removeStaticGroup(dev: Device, group: Mac): boolean {
  const known = dev.groups?.get(group)
  if (known?.isStatic !== true) return false
  known.isStatic = false
  removeGroup(dev, group)
  return true
}

/** ndo_set_rx_mode of what stands on a device: the one below listens for what it does not listen for yet. */
export function syncGroups(dev: Device, lower: Device): void {
  dev.lingering = undefined
  for (const [group, known] of dev.groups ?? []) {
    if (!known.isHandedDown) handDown(known, lower, group)
    else if (known.users === 1) {
      takeBack(dev, lower, group, known)
      if (!dev.groups!.has(group)) dev.lingering = [...(dev.lingering ?? []), group]
    }
  }
}

/** The device has gone down. */
export function unsyncGroups(dev: Device, lower: Device): void {
  for (const [group, known] of dev.groups ?? []) if (known.isHandedDown) takeBack(dev, lower, group, known)
}

/** __hw_addr_sync_one */
function handDown(known: GroupUse, lower: Device, group: Mac): void {
  use(lower, group).fromAbove++
  known.isHandedDown = true
  known.users++
}

/** __hw_addr_unsync_one */
function takeBack(dev: Device, lower: Device, group: Mac, known: GroupUse): void {
  const below = lower.groups?.get(group)
  if (below === undefined || below.fromAbove === 0) return
  below.fromAbove--
  disuse(lower, group, below)
  known.isHandedDown = false
  disuse(dev, group, known)
}

function use(dev: Device, group: Mac): GroupUse {
  dev.groups ??= new Map()
  let known = dev.groups.get(group)
  if (known === undefined) {
    known = { users: 0, fromAbove: 0, isHandedDown: false, isStatic: false }
    dev.groups.set(group, known)
  }
  known.users++
  return known
}

function disuse(dev: Device, group: Mac, known: GroupUse): void {
  if (--known.users === 0) dev.groups!.delete(group)
}

/** In the order in which Linux lists them. */
export const groupsOf = (dev: Device): readonly Mac[] => [...(dev.groups?.keys() ?? [])]
