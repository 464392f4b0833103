/** Networks in which hosts can talk: what a generated session may begin with, before it is changed and spoiled. */
import type { MacvlanMode } from '../control/records.ts'
import { MacvlanMode as Mode } from '../control/records.ts'
import type { NewLink } from '../control/request.ts'
import type { NetnsId } from '../core/device.ts'
import type { Ip } from '../wire/ip.ts'
import type { Scene } from './scene.ts'

export interface Beginning {
  readonly weight: number
  build(scene: Scene): void
}

const LENGTH = 24
const host = (network: number, number: number): Ip => (0x0a00_0000 + 256 * network + number) as Ip

/** A wire; both ends are up, the first of them with an address if it gets one. */
function wire(scene: Scene, near: [NetnsId, string, Ip?], far: [NetnsId, string, Ip?]): void {
  const peer = { name: far[1], mac: scene.mac(), netns: far[0] }
  const link: NewLink = { kind: 'veth', name: near[1], mac: scene.mac(), up: true, peer }
  scene.add({ type: 'newlink', netns: near[0], link })
  scene.add({ type: 'setlink', netns: far[0], link: far[1], changes: { up: true } })
  for (const [netns, name, local] of [near, far]) address(scene, netns, name, local)
}

function address(scene: Scene, netns: NetnsId, link: string, local: Ip | undefined): void {
  if (local === undefined) return
  scene.add({ type: 'newaddr', netns, link, address: { local, prefixLength: LENGTH } })
}

const up = (scene: Scene, netns: NetnsId, link: string): boolean =>
  scene.add({ type: 'setlink', netns, link, changes: { up: true } })

/** Hosts need lo to hear of their own errors. */
function loopbacks(scene: Scene): void {
  for (const netns of scene.netnses()) if (!scene.dice.oneIn(4)) up(scene, netns, 'lo')
}

const forwards = (scene: Scene, netns: NetnsId): boolean =>
  scene.add({ type: 'sysctl', netns, path: 'net/ipv4/ip_forward', value: '1' })

/** Every namespace but the initial one in a line, each wire a network of its own, and routes to all of them. */
const chain: Beginning = {
  weight: 2,
  build(scene) {
    const spaces = scene.netnses().slice(1)
    for (let i = 0; i + 1 < spaces.length; i++) {
      wire(scene, [spaces[i]!, `right${i}`, host(10 + i, 1)], [spaces[i + 1]!, `left${i}`, host(10 + i, 2)])
    }
    loopbacks(scene)
    for (const [i, netns] of spaces.entries()) {
      if (!scene.dice.oneIn(8)) forwards(scene, netns)
      for (let n = 0; n + 1 < spaces.length; n++) {
        if (n === i || n === i - 1) continue
        const via = n < i ? host(9 + i, 1) : host(10 + i, 2)
        scene.add({ type: 'newroute', netns, route: { dst: host(10 + n, 0), prefixLength: LENGTH, via }, mode: 'add' })
      }
    }
  },
}

/** Hosts on a bridge, which is their router if it has an address. */
const lan: Beginning = {
  weight: 3,
  build(scene) {
    const { dice } = scene
    const [home, ...others] = scene.netnses()
    scene.add({ type: 'newlink', netns: home!, link: { kind: 'bridge', name: 'lan', mac: scene.mac(), up: true } })
    for (const [i, netns] of others.entries()) {
      wire(scene, [home!, `port${i}`], [netns, 'eth0', host(0, i + 1)])
      scene.add({ type: 'setlink', netns: home!, link: `port${i}`, changes: { master: 'lan' } })
    }
    loopbacks(scene)
    if (dice.oneIn(2)) return
    const via = host(0, 254)
    address(scene, home!, 'lan', via)
    forwards(scene, home!)
    for (const netns of others) {
      scene.add({ type: 'newroute', netns, route: { dst: 0 as Ip, prefixLength: 0, via }, mode: 'add' })
    }
    // A second router in the same network: the first one sends redirects.
    const second = others.at(-1)!
    const behind = { dst: host(9, 0), prefixLength: LENGTH, via: host(0, others.length) }
    scene.add({ type: 'newroute', netns: home!, route: behind, mode: 'add' })
    address(scene, second, 'eth0', host(9, 1))
    forwards(scene, second)
  },
}

const SHARED: readonly MacvlanMode[] = [Mode.Bridge, Mode.Bridge, Mode.Vepa, Mode.Private]

/** Macvlans share a wire, in namespaces of their own where there are any. */
const shared: Beginning = {
  weight: 2,
  build(scene) {
    const { dice } = scene
    const [home, ...others] = scene.netnses()
    const outside = others.at(-1)!
    wire(scene, [home!, 'uplink', dice.oneIn(2) ? host(0, 100) : undefined], [outside, 'eth0', host(0, 1)])
    for (let i = 0; i < dice.between(1, 3); i++) {
      const netns = others[i % others.length]!
      const name = `child${i}`
      const macvlan = { mode: dice.pick(SHARED), ...(scene.workQueues ? {} : { broadcastCutoff: -1 }) }
      const link = { kind: 'macvlan', lower: 'uplink', name, mac: scene.mac(), netns, macvlan }
      scene.add({ type: 'newlink', netns: home!, link })
      up(scene, netns, name)
      address(scene, netns, name, host(0, 2 + i))
    }
    loopbacks(scene)
  },
}

export const BEGINNINGS: readonly Beginning[] = [chain, lan, shared]

/** Bridges in a line, all of which speak STP. */
export const TREE: Beginning = {
  weight: 6,
  build(scene) {
    const { dice } = scene
    const spaces = scene.netnses()
    for (const [i, netns] of spaces.entries()) {
      const bridge = { stpState: 1, forwardDelay: 200, helloTime: 100, priority: 4096 * dice.below(16) }
      scene.add({ type: 'newlink', netns, link: { kind: 'bridge', name: 'tree', mac: scene.mac(), bridge, up: true } })
      if (i === 0) continue
      wire(scene, [spaces[i - 1]!, `down${i}`], [netns, `up${i}`])
      scene.add({ type: 'setlink', netns: spaces[i - 1]!, link: `down${i}`, changes: { master: 'tree' } })
      scene.add({ type: 'setlink', netns, link: `up${i}`, changes: { master: 'tree' } })
    }
  },
}
