/**
 * Next hop objects: ways that have a number of their own, so that many routes share one and change with it; and groups
 * of them.
 *
 * Follows Linux net/ipv4/nexthop.c: rtm_to_nh_config, nh_check_attr_group, nh_create_ipv4, insert_nexthop,
 * remove_nexthop, nh_netdev_event. Left out: IPv6, encapsulation, entries for bridges (fdb), resilient groups, and that
 * a way becomes a blackhole, or none, by being replaced.
 */
import type { NexthopObjectInfo } from '../control/info.ts'
import type { NexthopObjectSpec } from '../control/request.ts'
import { type Device, isUp } from '../core/device.ts'
import { type Answer, DONE, done, type Failure, fail } from '../core/errno.ts'
import type { Ip } from '../wire/ip.ts'
import { HopFlag } from './dst.ts'

/** One object: a way, or a group when it has members. */
export interface NexthopObject {
  readonly id: number
  readonly protocol: number
  /** 0: the neighbour is the destination itself. */
  readonly gateway: Ip
  readonly device: Device | undefined
  readonly onlink: boolean
  readonly scope: number
  readonly blackhole: boolean
  readonly members: readonly Member[] | undefined
}

interface Member {
  readonly id: number
  readonly weight: number
}

/** What they must know of the rest of the stack. */
export interface NexthopContext {
  device(ifindex: number): Device | undefined
  loopback(): Device | undefined
  /** fib_check_nh: the scope of the way to the gateway. */
  check(gateway: Ip, ifindex: number, onlink: boolean): Answer<number>
  /** Routes take their ways anew from the object; `tells` whoever listens of each of them. */
  changed(id: number, tells: boolean): void
  /** Routes die with it. */
  gone(id: number): void
  /** nexthop_notify */
  told(gone: boolean, object: NexthopObject): void
}

const INVALID_ID = fail('EINVAL', 'Invalid nexthop id')

export class Nexthops {
  readonly #context: NexthopContext
  readonly #byId = new Map<number, NexthopObject>()
  #lastId = 0

  constructor(context: NexthopContext) {
    this.#context = context
  }

  get(id: number): NexthopObject | undefined {
    return this.#byId.get(id)
  }

  /** The single ways that an object stands for. */
  waysOf({ members, ...own }: NexthopObject): readonly (readonly [way: NexthopObject, weight: number])[] {
    if (members === undefined) return [[{ members, ...own }, 1]]
    return members.map(({ id, weight }) => [this.#byId.get(id)!, weight])
  }

  /** Ascending by number. */
  dump(): NexthopObjectInfo[] {
    return [...this.#byId.values()].sort((a, b) => a.id - b.id).map(describe)
  }

  // -- Changes ------------------------------------------------------------------------------------

  /** RTM_NEWNEXTHOP */
  add(spec: NexthopObjectSpec, replaces: boolean): Answer {
    const made = spec.group === undefined ? this.#single(spec) : this.#group(spec, spec.group)
    if (!made.ok) return made
    const object = { ...made.value, id: made.value.id === 0 ? this.#unusedId() : made.value.id }
    const old = this.#byId.get(object.id)
    if (old === undefined) {
      this.#byId.set(object.id, object)
      this.#context.told(false, object)
      return DONE
    }
    if (!replaces) return fail('EEXIST')
    const refused = this.#refusesReplacement(old, object)
    if (refused !== undefined) return refused
    this.#byId.set(object.id, object)
    const groups = this.#groupsOf(object.id)
    for (const { id } of [object, ...groups]) this.#context.changed(id, false)
    this.#context.told(false, object)
    for (const { id } of [object, ...groups]) this.#context.changed(id, true)
    return DONE
  }

  /** replace_nexthop_grp, replace_nexthop_single */
  #refusesReplacement(old: NexthopObject, object: NexthopObject): Failure | undefined {
    if (old.members !== undefined && object.members === undefined) {
      return fail('EINVAL', 'Can not replace a nexthop group with a nexthop.')
    }
    if (old.members === undefined && object.members !== undefined) {
      return fail('EINVAL', 'Can not replace a nexthop with a nexthop group.')
    }
    if (object.blackhole && this.#groupsOf(object.id).some(({ members }) => members!.length > 1)) {
      return fail('EINVAL', 'Blackhole nexthop can not be a member of a group with more than one path')
    }
    if (old.blackhole === object.blackhole) return undefined
    return fail('EOPNOTSUPP', 'vethereal: replacing a blackhole nexthop is not supported yet')
  }

  /** RTM_DELNEXTHOP */
  delete(id: number): Answer {
    if (id === 0) return INVALID_ID
    const object = this.#byId.get(id)
    if (object === undefined) return fail('ENOENT')
    this.#remove(object, true)
    return DONE
  }

  /** nh_netdev_event: the device went down, lost its carrier or is gone. Nobody is told. */
  deviceDown(device: Device): void {
    for (const object of [...this.#byId.values()]) if (object.device === device) this.#remove(object, false)
  }

  #remove(object: NexthopObject, tells: boolean): void {
    const groups = this.#groupsOf(object.id)
    this.#byId.delete(object.id)
    if (tells) this.#context.told(true, object)
    this.#context.gone(object.id)
    for (const group of groups) {
      const members = group.members!.filter(({ id }) => id !== object.id)
      if (members.length === 0) {
        this.#remove(group, tells)
        continue
      }
      const rest = { ...group, members }
      this.#byId.set(group.id, rest)
      this.#context.changed(group.id, false)
      if (tells) this.#context.told(false, rest)
    }
  }

  #groupsOf(id: number): NexthopObject[] {
    return [...this.#byId.values()].filter(({ members }) => members?.some(member => member.id === id))
  }

  /** nh_find_unused_id */
  #unusedId(): number {
    do this.#lastId++
    while (this.#byId.has(this.#lastId))
    return this.#lastId
  }

  // -- What a request asks for --------------------------------------------------------------------

  /** nh_check_attr_group */
  #group(spec: NexthopObjectSpec, group: readonly Member[]): Answer<NexthopObject> {
    const { id = 0, protocol = 0, via, ifindex, blackhole = false } = spec
    if (via !== undefined || ifindex !== undefined || blackhole) return fail('EINVAL', 'Invalid family for group')
    if (new Set(group.map(member => member.id)).size < group.length) {
      return fail('EINVAL', 'Nexthop id can not be used twice in a group')
    }
    for (const member of group) {
      const object = this.#byId.get(member.id)
      if (object === undefined) return INVALID_ID
      if (object.members !== undefined) {
        return fail('EINVAL', 'Hash-threshold group can not be a nexthop within a group')
      }
      if (object.blackhole && group.length > 1) {
        return fail('EINVAL', 'Blackhole nexthop can not be used in a group with more than 1 path')
      }
    }
    const none = { gateway: 0 as Ip, device: undefined, onlink: false, scope: 0, blackhole: false }
    return done({ id, protocol, ...none, members: group })
  }

  #single(spec: NexthopObjectSpec): Answer<NexthopObject> {
    const { id = 0, protocol = 0, via = 0 as Ip, ifindex, blackhole = false, onlink = false } = spec
    const common = { id, protocol, gateway: via, onlink, blackhole, members: undefined }
    if (spec.via === undefined && ifindex === undefined && !blackhole) return fail('EINVAL', 'Invalid address family')
    if (blackhole) {
      if (spec.via !== undefined || ifindex !== undefined) {
        return fail('EINVAL', 'Blackhole attribute can not be used with gateway, oif, encap or fdb')
      }
      return done({ ...common, device: this.#context.loopback(), scope: 0 })
    }
    if (ifindex === undefined) {
      return fail('EINVAL', 'Device attribute required for non-blackhole and non-fdb nexthops')
    }
    const device = this.#context.device(ifindex)
    if (device === undefined) return fail('EINVAL', 'Invalid device index')
    if (!isUp(device)) return fail('ENETDOWN', 'Nexthop device is not up')
    if (!device.carrier) return fail('ENETDOWN', 'Carrier for nexthop device is down')
    if (onlink && spec.via === undefined) {
      return fail('EINVAL', 'ONLINK flag can not be set for nexthop without a gateway')
    }
    const checked = this.#context.check(via, ifindex, onlink)
    return checked.ok ? done({ ...common, device, scope: checked.value }) : checked
  }
}

/** nh_fill_node */
export function describe(object: NexthopObject): NexthopObjectInfo {
  const { id, protocol, gateway, device, onlink, scope, blackhole, members } = object
  return {
    id,
    protocol,
    scope,
    blackhole,
    flags: onlink ? HopFlag.OnLink : 0,
    ifindex: blackhole ? 0 : (device?.ifindex ?? 0),
    ...(gateway !== 0 && { via: gateway }),
    ...(members !== undefined && { group: members }),
  }
}
