/**
 * The groups that one socket has joined, and on which interface each.
 *
 * Follows Linux net/ipv4/igmp.c: ip_mc_find_dev, ip_mc_join_group, ip_mc_leave_group, ip_mc_drop_socket. Left out:
 * interfaces named by their address, filters of senders. As IP_MULTICAST_ALL is on for every socket, the list decides
 * nothing about what a socket hears: the device's membership does.
 */
import type { Device } from '../core/device.ts'
import { type Answer, DONE, fail } from '../core/errno.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import type { Inet } from './inet.ts'
import type { Routes } from './route.ts'

export class Memberships {
  readonly #inet: Inet
  readonly #routes: Routes
  /** Newest first. */
  #list: readonly { readonly group: Ip; readonly ifindex: number }[] = []

  constructor(inet: Inet, routes: Routes) {
    this.#inet = inet
    this.#routes = routes
  }

  /** EINVAL: no group; ENODEV; EADDRINUSE: a member already; ENOBUFS: one too many. */
  join(group: Ip, name: string): Answer {
    if (!ip4.isMulticast(group)) return fail('EINVAL')
    const device = this.#find(group, name)
    if (device === undefined || this.#inet.inDevice(device) === undefined) return fail('ENODEV')
    const { ifindex } = device
    if (this.#list.some(each => each.group === group && each.ifindex === ifindex)) return fail('EADDRINUSE')
    if (this.#list.length >= this.#inet.conf.membershipsMax) return fail('ENOBUFS')
    this.#list = [{ group, ifindex }, ...this.#list]
    this.#inet.igmp.joinGroup(device, group)
    this.#inet.generation++
    return DONE
  }

  /** ENODEV; EADDRNOTAVAIL: no member. */
  leave(group: Ip, name: string): Answer {
    const device = this.#find(group, name)
    if (device === undefined) return fail('ENODEV')
    const { ifindex } = device
    const known = this.#list.find(each => each.group === group && each.ifindex === ifindex)
    if (known === undefined) return fail('EADDRNOTAVAIL')
    this.#list = this.#list.filter(each => each !== known)
    this.#inet.igmp.leaveGroup(device, group)
    this.#inet.generation++
    return DONE
  }

  /** The socket is closed. */
  drop(): void {
    for (const { group, ifindex } of this.#list) {
      const device = this.#inet.env.device(ifindex)
      if (device !== undefined) this.#inet.igmp.leaveGroup(device, group)
    }
    if (this.#list.length > 0) this.#inet.generation++
    this.#list = []
  }

  #find(group: Ip, name: string): Device | undefined {
    if (name === '') return this.#routes.output(group, 0 as Ip, 0, 0)?.route.device
    for (const device of this.#inet.env.devices()) if (device.name === name) return device
    return undefined
  }
}
