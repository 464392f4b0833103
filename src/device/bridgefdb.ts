/**
 * The rules of the forwarding database: what a bridge learns and forgets, which addresses are its own, and what a
 * person may add and delete. The table itself is fdb.ts.
 *
 * Follows Linux net/bridge/br_fdb.c. As there, an entry that is too old is still used until the collector has removed
 * it. Left out: VLANs (no port has any, so a VLAN id is refused), locked and notifying entries, switchdev.
 */
import type { FdbInfo } from '../control/info.ts'
import { type FdbSpec, type NeighbourMode, Nud } from '../control/request.ts'
import type { Device, Out } from '../core/device.ts'
import { type Answer, DONE, fail } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import { jiffiesAt, msToJiffies } from '../time/instant.ts'
import * as mac48 from '../wire/mac.ts'
import { type Bridge, bridgeOf, type Port, PortState, portOf } from './bridgestate.ts'
import { FdbFlag, highWord, lowWord, NO_PORT } from './fdb.ts'

/** The collector runs at most this often. */
const COLLECT_MS_MIN = 10

/** hold_time: while the topology changes, addresses are forgotten sooner. In jiffies. */
const holdTime = (bridge: Bridge): number => (bridge.topologyChange ? bridge.forwardDelay : bridge.ageingTime)

// -- On the way of a frame ------------------------------------------------------------------------

/** br_fdb_update: the address (as the two words of a key) was heard as a source on this port. */
export function learn(port: Port, high: number, low: number, frame: Frame, out: Out): void {
  const { bridge } = port
  if (holdTime(bridge) === 0) return // Some want a bridge that always floods.
  const { fdb } = bridge
  const slot = fdb.find(high, low)
  if (slot < 0) {
    tell(bridge, fdb.insert(high, low, port.number, 0, out.now))
    if (out.tracing) out.note(bridge.dev, frame, `learned ${text(high, low)} on port ${port.dev.name}`)
    return
  }
  if ((fdb.flags[slot]! & FdbFlag.Local) !== 0) {
    if (out.tracing) out.note(bridge.dev, frame, `received on ${port.dev.name} with own address as source address`)
    return
  }
  fdb.updated[slot] = out.now
  if (fdb.port[slot] !== port.number && (fdb.flags[slot]! & FdbFlag.Sticky) === 0) {
    if (out.tracing) {
      const from = bridge.byNumber[fdb.port[slot]!]?.dev.name ?? bridge.dev.name
      out.note(bridge.dev, frame, `${text(high, low)} moved from port ${from} to port ${port.dev.name}`)
    }
    fdb.port[slot] = port.number
    fdb.flags[slot]! &= ~FdbFlag.ExternLearn
    tell(bridge, slot)
  }
}

const text = (high: number, low: number): string =>
  mac48.format(((high & 0xffff) * 0x1_0000_0000 + (low >>> 0)) as mac48.Mac)

// -- Who listens to the namespace -----------------------------------------------------------------

/** fdb_notify */
function tell(bridge: Bridge, slot: number, gone = false): void {
  const { control, dev } = bridge
  control.tell(dev)?.({ about: 'fdb', gone, entry: entry(bridge, slot, control.now) })
}

/** fdb_delete */
function erase(bridge: Bridge, slot: number): void {
  tell(bridge, slot, true)
  bridge.fdb.remove(slot)
}

/** The same for all that `doomed` says yes to; where somebody listens in the order of Linux, the youngest first. */
function eraseWhere(bridge: Bridge, doomed: (slot: number) => boolean): void {
  const { fdb, control, dev } = bridge
  if (control.tell(dev) === undefined) return fdb.removeWhere(doomed)
  const gone = fdb.slots().filter(doomed)
  for (const slot of gone) tell(bridge, slot, true)
  const macs = new Set(gone.map(slot => fdb.mac(slot)))
  fdb.removeWhere(slot => macs.has(fdb.mac(slot)))
}

// -- The bridge's own addresses -------------------------------------------------------------------

/** fdb_add_local: the address of a port, or of the bridge itself. Several may have the same: the first counts. */
export function addLocal(bridge: Bridge, port: Port | undefined, mac: mac48.Mac, now: number): void {
  if (!mac48.isValidEther(mac)) return
  const { fdb } = bridge
  const slot = fdb.find(highWord(mac), lowWord(mac))
  if (slot >= 0) {
    if ((fdb.flags[slot]! & FdbFlag.Local) !== 0) return
    erase(bridge, slot)
  }
  const number = port?.number ?? NO_PORT
  tell(bridge, fdb.insert(highWord(mac), lowWord(mac), number, FdbFlag.Local | FdbFlag.Static, now))
}

/** fdb_delete_local, first half: somebody else who has the address takes the entry over. False: it must go. */
function handOver(bridge: Bridge, slot: number, from: Port | undefined): boolean {
  const { fdb } = bridge
  const mac = fdb.mac(slot)
  const heir = bridge.ports.find(p => p !== from && p.dev.mac === mac)
  if (heir === undefined && (from === undefined || bridge.mac !== mac)) return false
  fdb.port[slot] = heir?.number ?? NO_PORT
  fdb.flags[slot]! &= ~FdbFlag.AddedByUser
  return true
}

/** br_fdb_changeaddr: the port's device has a new MAC. */
export function portMacChanged(port: Port, now: number): void {
  const { bridge } = port
  const { fdb } = bridge
  const old = fdb
    .slots()
    .find(s => fdb.port[s] === port.number && (fdb.flags[s]! & (FdbFlag.Local | FdbFlag.AddedByUser)) === FdbFlag.Local)
  if (old !== undefined && !handOver(bridge, old, port)) erase(bridge, old)
  addLocal(bridge, port, port.dev.mac, now)
}

/** br_fdb_change_mac_address: the bridge itself gets a new MAC; the caller stores it. */
export function bridgeMacChanges(bridge: Bridge, mac: mac48.Mac, now: number): void {
  const { fdb } = bridge
  const old = fdb.find(highWord(bridge.mac), lowWord(bridge.mac))
  if (old >= 0 && fdb.port[old] === NO_PORT) {
    const flags = fdb.flags[old]! & (FdbFlag.Local | FdbFlag.AddedByUser)
    if (flags === FdbFlag.Local && !handOver(bridge, old, undefined)) erase(bridge, old)
  }
  addLocal(bridge, undefined, mac, now)
}

// -- Forgetting -----------------------------------------------------------------------------------

/** br_fdb_cleanup: removes what is too old and comes again when the next one will be. */
export function collect(bridge: Bridge, out: Out): void {
  const { fdb } = bridge
  const hold = holdTime(bridge)
  const now = jiffiesAt(out.now)
  let next = hold
  eraseWhere(bridge, slot => {
    if ((fdb.flags[slot]! & (FdbFlag.Static | FdbFlag.ExternLearn)) !== 0) return false
    const left = jiffiesAt(fdb.updated[slot]!) + hold - now
    if (left > 0) next = Math.min(next, left)
    return left <= 0
  })
  bridge.gcTimer.start(Math.max(next, msToJiffies(COLLECT_MS_MIN)), bridge, out)
}

/** br_fdb_delete_by_port: what leads to a port, or to the bridge itself; the static too if `all` is true. */
export function forgetPort(bridge: Bridge, port: Port | undefined, all: boolean): void {
  const { fdb } = bridge
  const number = port?.number ?? NO_PORT
  eraseWhere(bridge, slot => {
    if (fdb.port[slot] !== number) return false
    const flags = fdb.flags[slot]!
    if (!all) {
      if ((flags & FdbFlag.Static) !== 0) return false
      if ((flags & (FdbFlag.ExternLearn | FdbFlag.Offloaded)) === FdbFlag.ExternLearn) return false
    }
    return (flags & FdbFlag.Local) === 0 || !handOver(bridge, slot, port)
  })
}

/** `ip link set dev BRIDGE type bridge fdb_flush` and sysfs `flush`: everything that is not static. */
export function fdbFlush(dev: Device): void {
  const bridge = bridgeOf(dev)
  eraseWhere(bridge, slot => (bridge.fdb.flags[slot]! & FdbFlag.Static) === 0)
}

// -- By hand --------------------------------------------------------------------------------------

/**
 * RTM_NEWNEIGH for a bridge's table (br_fdb_add): on a port with `master`, or on the bridge itself with `self`.
 * EINVAL for the zero address, a state that is none, a VLAN, and entries of the bridge itself that are not permanent.
 */
export function fdbAdd(dev: Device, spec: FdbSpec, mode: NeighbourMode, control: Out): Answer {
  if ((spec.state & (Nud.Permanent | Nud.NoArp | Nud.Reachable)) === 0) return fail('EINVAL')
  if (spec.mac === mac48.ZERO) return fail('EINVAL')
  const port = portOf(dev)
  const bridge = port?.bridge ?? bridgeSelf(dev)
  if (bridge === undefined) return fail('EINVAL')
  if (spec.vlan) return fail('EINVAL')

  if (spec.use) return use(bridge, port, spec, control)
  if (spec.externLearn) return externLearn(bridge, port, spec, control.now)
  return addByUser(bridge, port, spec, mode, control.now)
}

/** NTF_USE: as if a frame had come from there. */
function use(bridge: Bridge, port: Port | undefined, spec: FdbSpec, control: Out): Answer {
  if (port === undefined) return fail('EINVAL')
  if (!mayLearn(port) || holdTime(bridge) === 0) return DONE
  const { fdb } = bridge
  const slot = fdb.find(highWord(spec.mac), lowWord(spec.mac))
  if (slot < 0) {
    tell(bridge, fdb.insert(highWord(spec.mac), lowWord(spec.mac), port.number, FdbFlag.AddedByUser, control.now))
  } else if ((fdb.flags[slot]! & FdbFlag.Local) === 0) {
    fdb.updated[slot] = control.now
    if (fdb.port[slot] !== port.number && (fdb.flags[slot]! & FdbFlag.Sticky) === 0) {
      fdb.port[slot] = port.number
      fdb.flags[slot]! &= ~FdbFlag.ExternLearn
      tell(bridge, slot)
    }
    fdb.flags[slot]! |= FdbFlag.AddedByUser
  }
  return DONE
}

/** br_fdb_external_learn_add */
function externLearn(bridge: Bridge, port: Port | undefined, spec: FdbSpec, now: number): Answer {
  if (port === undefined && (spec.state & Nud.Permanent) === 0) {
    return fail('EINVAL', 'bridge: FDB entry towards bridge must be permanent')
  }
  const { fdb } = bridge
  const number = port?.number ?? NO_PORT
  const flags = FdbFlag.ExternLearn | FdbFlag.AddedByUser | (port === undefined ? FdbFlag.Local : 0)
  const slot = fdb.find(highWord(spec.mac), lowWord(spec.mac))
  if (slot < 0) tell(bridge, fdb.insert(highWord(spec.mac), lowWord(spec.mac), number, flags, now))
  else {
    if ((fdb.flags[slot]! & FdbFlag.ExternLearn) === 0) fdb.used[slot] = now
    fdb.updated[slot] = now
    const isOther = fdb.port[slot] !== number || (fdb.flags[slot]! & FdbFlag.ExternLearn) === 0
    fdb.port[slot] = number
    fdb.flags[slot]! |= flags
    if (isOther) tell(bridge, slot)
  }
  return DONE
}

/** fdb_add_entry */
function addByUser(bridge: Bridge, port: Port | undefined, spec: FdbSpec, mode: NeighbourMode, now: number): Answer {
  const permanent = (spec.state & Nud.Permanent) !== 0
  const noArp = (spec.state & Nud.NoArp) !== 0
  if (port !== undefined && !permanent && !noArp && !mayLearn(port)) return fail('EPERM')
  if (port === undefined && !permanent) return fail('EINVAL')
  if (spec.sticky && permanent) return fail('EINVAL')

  const { fdb } = bridge
  const high = highWord(spec.mac)
  const low = lowWord(spec.mac)
  const number = port?.number ?? NO_PORT
  let slot = fdb.find(high, low)
  let modified = false
  if (slot < 0) {
    if (mode === 'change') return fail('ENOENT')
    slot = fdb.insert(high, low, number, FdbFlag.AddedByUser, now)
    modified = true
  } else {
    if (mode === 'add') return fail('EEXIST')
    modified = fdb.port[slot] !== number
    fdb.port[slot] = number
    fdb.flags[slot]! |= FdbFlag.AddedByUser
  }

  const old = fdb.flags[slot]!
  let flags = old & ~FdbFlag.Sticky
  if (spec.sticky) flags |= FdbFlag.Sticky
  if (nudOf(bridge, slot, now) !== spec.state) {
    flags &= ~(FdbFlag.Local | FdbFlag.Static)
    if (permanent) flags |= FdbFlag.Local | FdbFlag.Static
    else if (noArp) flags |= FdbFlag.Static
    modified = true
  }
  fdb.flags[slot] = flags
  fdb.used[slot] = now
  if (!modified && flags === old) return DONE
  fdb.updated[slot] = now
  tell(bridge, slot)
  return DONE
}

/** nbp_state_should_learn */
export const mayLearn = (port: Port): boolean =>
  port.state === PortState.Learning || port.state === PortState.Forwarding

/** RTM_DELNEIGH for a bridge's table (br_fdb_delete). ENOENT when there is no such entry on this very port. */
export function fdbDelete(dev: Device, spec: FdbSpec): Answer {
  const port = portOf(dev)
  const bridge = port?.bridge ?? bridgeSelf(dev)
  if (bridge === undefined) return fail('EINVAL')
  const { fdb } = bridge
  const slot = fdb.find(highWord(spec.mac, spec.vlan), lowWord(spec.mac))
  if (slot < 0 || fdb.port[slot] !== (port?.number ?? NO_PORT)) return fail('ENOENT')
  erase(bridge, slot)
  return DONE
}

const bridgeSelf = (dev: Device): Bridge | undefined => (dev.kind === 'bridge' ? bridgeOf(dev) : undefined)

// -- Dumps ----------------------------------------------------------------------------------------

/**
 * br_fdb_dump: the entries of the bridge above that lead to this port, or, asked for a bridge, those that lead to the
 * bridge itself; the youngest first. Empty for any other device. The device's own address lists are not in here.
 */
export function fdbEntries(dev: Device, now: number): FdbInfo[] {
  const port = portOf(dev)
  const bridge = port?.bridge ?? bridgeSelf(dev)
  if (bridge === undefined) return []
  const { fdb } = bridge
  const number = port?.number ?? NO_PORT
  return fdb
    .slots()
    .filter(slot => fdb.port[slot] === number)
    .map(slot => entry(bridge, slot, now))
}

function entry(bridge: Bridge, slot: number, now: number): FdbInfo {
  const { fdb } = bridge
  const flags = fdb.flags[slot]!
  const vlan = fdb.vlan(slot)
  return {
    ifindex: (bridge.byNumber[fdb.port[slot]!]?.dev ?? bridge.dev).ifindex,
    mac: fdb.mac(slot),
    ...(vlan === 0 ? {} : { vlan }),
    master: bridge.dev.ifindex,
    self: false,
    state: nudOf(bridge, slot, now),
    isLocal: (flags & FdbFlag.Local) !== 0,
    isStatic: (flags & FdbFlag.Static) !== 0,
    sticky: (flags & FdbFlag.Sticky) !== 0,
    externLearn: (flags & FdbFlag.ExternLearn) !== 0,
    addedByUser: (flags & FdbFlag.AddedByUser) !== 0,
    usedNs: now - fdb.used[slot]!,
    updatedNs: now - fdb.updated[slot]!,
    portNumber: fdb.port[slot]!,
  }
}

/** fdb_to_nud */
function nudOf(bridge: Bridge, slot: number, now: number): number {
  const flags = bridge.fdb.flags[slot]!
  if ((flags & FdbFlag.Local) !== 0) return Nud.Permanent
  if ((flags & FdbFlag.Static) !== 0) return Nud.NoArp
  return hasExpired(bridge, slot, now) ? Nud.Stale : Nud.Reachable
}

/** has_expired: the collector has not been here yet. */
function hasExpired(bridge: Bridge, slot: number, now: number): boolean {
  const { fdb } = bridge
  if ((fdb.flags[slot]! & (FdbFlag.Static | FdbFlag.ExternLearn)) !== 0) return false
  return jiffiesAt(fdb.updated[slot]!) + holdTime(bridge) <= jiffiesAt(now)
}
