/** Building networks with requests, as anybody else does: every refusal is an error of the benchmark. */
import type { Request } from '../../src/control/request.ts'
import type { NetnsId } from '../../src/core/device.ts'
import type { Ip } from '../../src/wire/ip.ts'
import type { Mac } from '../../src/wire/mac.ts'
import type { Program } from '../../src/world/task.ts'
import { World } from '../../src/world/world.ts'

/** The latency of a link in the other simulators' programs. */
const HOP_NS = 1000

export const hostMac = (i: number): Mac => (0x0200_0000_0000 + i + 1) as Mac
export const hostIp = (i: number): Ip => (0x0a00_0000 + i + 1) as Ip

export class Network {
  readonly world = new World({ hopNs: HOP_NS })

  apply(request: Request): unknown {
    const answer = this.world.apply(request)
    if (!answer.ok) throw new Error(`bench: ${JSON.stringify(request)}: ${answer.errno} ${answer.extack ?? ''}`)
    return answer.value
  }

  /** A namespace without IPv6, whose own traffic would be counted with the workload's. */
  netns(name: string): NetnsId {
    const id = this.apply({ type: 'newnetns', name }) as NetnsId
    this.sysctl(id, 'net/ipv6/conf/default/disable_ipv6', '1')
    return id
  }

  sysctl(netns: NetnsId, path: string, value: string): void {
    this.apply({ type: 'sysctl', netns, path, value })
  }

  up(netns: NetnsId, link: string): void {
    this.apply({ type: 'setlink', netns, link, changes: { up: true } })
  }

  /** A namespace that is a switch. */
  bridge(name: string): NetnsId {
    const netns = this.netns(name)
    this.apply({ type: 'newlink', netns, link: { kind: 'bridge', name: 'br0', up: true } })
    return netns
  }

  /** eth0 of `netns`, whose other end becomes a port of the switch. */
  plug(netns: NetnsId, mac: Mac, bridge: NetnsId, port: string): void {
    this.apply({
      type: 'newlink',
      netns,
      link: { kind: 'veth', name: 'eth0', mac, peer: { name: port, netns: bridge } },
    })
    this.apply({ type: 'setlink', netns: bridge, link: port, changes: { master: 'br0', up: true } })
    this.up(netns, 'eth0')
  }

  address(netns: NetnsId, link: string, local: Ip, prefixLength: number): void {
    this.apply({ type: 'newaddr', netns, link, address: { local, prefixLength } })
  }

  /** Runs a program to its end; throws when nothing more happens before. */
  run(program: Program): void {
    const task = this.world.spawn(program)
    if (!this.world.run(() => task.done)) throw new Error('bench: nothing more happens')
  }
}
