/**
 * RTM_NEWNEIGH, RTM_DELNEIGH and RTM_GETNEIGH of the bridge family: the tables of bridges, and each device's own list.
 *
 * Follows Linux net/core/rtnetlink.c (rtnl_fdb_add, rtnl_fdb_del, rtnl_fdb_dump). Left out: addresses that a person
 * adds to the list of a device that is no bridge; they would change nothing but that list.
 */
import type { FdbInfo } from '../control/info.ts'
import { type FdbSpec, type NeighbourMode, Nud } from '../control/request.ts'
import type { Device } from '../core/device.ts'
import { type Answer, fail } from '../core/errno.ts'
import { fdbAdd, fdbDelete, fdbEntries } from '../device/bridge.ts'
import { childOf, isMacvlan } from '../device/macvlanport.ts'
import { isGroup, type Mac } from '../wire/mac.ts'
import type { Engine } from './engine.ts'
import type { Netns } from './netns.ts'

/** VLAN_VID_MASK: 4095 is no VLAN. */
const VLAN_MAX = 4095
const OWN_LIST = fail('EOPNOTSUPP', 'vethereal: addresses in the own list of a device are not supported yet')

export const newfdb = (engine: Engine, dev: Device, spec: FdbSpec, mode: NeighbourMode): Answer =>
  both(dev, spec, target => fdbAdd(target, spec, mode, engine))

export const delfdb = (dev: Device, spec: FdbSpec): Answer => both(dev, spec, target => fdbDelete(target, spec))

/** NTF_MASTER asks the bridge above the port, NTF_SELF the device; both may be asked for. */
function both(dev: Device, spec: FdbSpec, carryOut: (dev: Device) => Answer): Answer {
  if (spec.vlan !== undefined && (spec.vlan === 0 || spec.vlan >= VLAN_MAX)) return fail('EINVAL', 'invalid vlan id')
  const own = spec.self && dev.kind !== 'bridge' ? ownList(dev, spec) : undefined
  // Not half of it.
  if (own === OWN_LIST) return own
  let answer: Answer = fail('EOPNOTSUPP')
  if (spec.master || !spec.self) {
    if (dev.master === undefined) return answer
    answer = carryOut(dev)
    if (!answer.ok) return answer
  }
  if (!spec.self) return answer
  return own ?? carryOut(dev)
}

/** What the list of the device itself answers. */
function ownList(dev: Device, spec: FdbSpec): Answer {
  // macvlan_fdb_add: a unicast filter is for passthru.
  if (isMacvlan(dev) && !childOf(dev).port.passthru && !isGroup(spec.mac)) return fail('EOPNOTSUPP')
  // ndo_dflt_fdb_add: nothing ages there, and there are no VLANs.
  const isLasting = spec.state === 0 || (spec.state & Nud.Permanent) !== 0
  return isLasting && spec.vlan === undefined ? OWN_LIST : fail('EINVAL')
}

/** Device after device by ifindex; of a port first what its bridge knows behind it, then its own list. */
export function fdbInfos(engine: Engine, netns: Netns): FdbInfo[] {
  const devices = [...netns.devices.values()].sort((a, b) => a.ifindex - b.ifindex)
  return devices.flatMap(dev => {
    const own = [...(dev.unicast?.keys() ?? []), ...netns.stack.multicastMacs(dev)].map(mac => ownEntry(dev, mac))
    if (dev.kind === 'bridge') return [...own, ...fdbEntries(dev, engine.now)]
    return [...(dev.master === undefined ? [] : fdbEntries(dev, engine.now)), ...own]
  })
}

const ownEntry = (dev: Device, mac: Mac): FdbInfo => ({
  ifindex: dev.ifindex,
  mac,
  self: true,
  state: Nud.Permanent,
  isLocal: false,
  isStatic: false,
  sticky: false,
  externLearn: false,
  addedByUser: false,
  usedNs: 0,
  updatedNs: 0,
  portNumber: 0,
})
