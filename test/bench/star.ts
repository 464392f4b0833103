/** A bridge in a namespace of its own, and `n` hosts around it, each in its own: built with requests like any other. */
import type { Request } from '../../src/control/request.ts'
import type { NetnsId } from '../../src/core/device.ts'
import type { Ip } from '../../src/wire/ip.ts'
import type { Mac } from '../../src/wire/mac.ts'
import { World } from '../../src/world/world.ts'

export interface Star {
  readonly world: World
  readonly hosts: readonly NetnsId[]
}

export const hostMac = (i: number): Mac => (0x0200_0000_0000 + i + 1) as Mac
export const hostIp = (i: number): Ip => (0x0a00_0000 + i + 1) as Ip

export function star(n: number): Star {
  const world = new World()
  const apply = (request: Request): unknown => {
    const answer = world.apply(request)
    if (!answer.ok) throw new Error(`bench: ${JSON.stringify(request)}: ${answer.errno} ${answer.extack ?? ''}`)
    return answer.value
  }
  const netns = (name: string): NetnsId => {
    const id = apply({ type: 'newnetns', name }) as NetnsId
    // IPv6's own traffic would be counted with the workload's.
    apply({ type: 'sysctl', netns: id, path: 'net/ipv6/conf/default/disable_ipv6', value: '1' })
    return id
  }
  const bridge = netns('bridge')
  apply({ type: 'newlink', netns: bridge, link: { kind: 'bridge', name: 'br0', up: true } })
  const hosts = Array.from({ length: n }, (_, i) => {
    const host = netns(`h${i}`)
    const peer = { name: `p${i}`, netns: bridge }
    apply({ type: 'newlink', netns: host, link: { kind: 'veth', name: 'eth0', mac: hostMac(i), peer } })
    apply({ type: 'setlink', netns: bridge, link: peer.name, changes: { master: 'br0', up: true } })
    apply({ type: 'setlink', netns: host, link: 'eth0', changes: { up: true } })
    apply({ type: 'newaddr', netns: host, link: 'eth0', address: { local: hostIp(i), prefixLength: 8 } })
    return host
  })
  world.runUntil(5e9)
  return { world, hosts }
}
