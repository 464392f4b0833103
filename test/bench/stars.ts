/**
 * `n` hosts in stars of 64 (63 hosts and the way up) that a spine joins: every host and every bridge is a namespace of
 * its own. As a bridge takes 1,023 ports, more than 1,000 stars get spines of their own, which a core joins.
 */
import type { NetnsId } from '../../src/core/device.ts'
import type { RawSocket } from '../../src/stack/socket.ts'
import * as icmp from '../../src/wire/icmp.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import { BROADCAST, type Mac } from '../../src/wire/mac.ts'
import type { Program } from '../../src/world/task.ts'
import { hostIp, hostMac, Network } from './network.ts'
import { sendFrame } from './star.ts'

const HOSTS_PER_STAR = 63
const STARS_PER_SPINE = 1000
const HOSTS_PER_SPINE = HOSTS_PER_STAR * STARS_PER_SPINE
const GREETING_GAP_NS = 1000
const PING_GAP_NS = 2000
const PAUSE_NS = 1_000_000
const SETTLE_NS = 5e9
const LINKS_PER_SECOND = 100
const DATA_BYTES = 56
const ID = 7

export class Stars extends Network {
  readonly hosts: NetnsId[] = []
  readonly #sockets: RawSocket[] = []

  constructor(n: number) {
    super()
    const stars = Math.ceil(n / HOSTS_PER_STAR)
    const spines = Array.from({ length: Math.ceil(stars / STARS_PER_SPINE) }, (_, i) => this.bridge(`spine${i}`))
    if (spines.length > 1) {
      const core = this.bridge('core')
      spines.forEach((spine, i) => {
        this.#join(spine, core, `s${i}`)
      })
    }
    for (let k = 0; k < stars; k++) {
      const star = this.bridge(`star${k}`)
      this.#join(star, spines[Math.floor(k / STARS_PER_SPINE)]!, `d${k}`)
      const end = Math.min(n, (k + 1) * HOSTS_PER_STAR)
      for (let i = k * HOSTS_PER_STAR; i < end; i++) this.#host(i, star)
    }
    // Like the others' programs: both ways of each ping are known, and the answer needs no broadcast.
    for (let i = 0; i < n; i++) for (const peer of new Set([this.peer(i), this.asker(i)])) this.#introduce(i, peer)
  }

  /**
   * Whom host `i` pings, half of the hosts away, and who pings it. Both are below the same spine: another spine has never
   * heard of them, so it would show every first packet to all of its 63,000 hosts.
   */
  peer(i: number): number {
    const { first, size } = this.#block(i)
    return first + ((i - first + (size >> 1)) % size)
  }

  asker(i: number): number {
    const { first, size } = this.#block(i)
    return first + ((i - first + size - (size >> 1)) % size)
  }

  /** The hosts below the spine of host `i`. */
  #block(i: number): { readonly first: number; readonly size: number } {
    const first = i - (i % HOSTS_PER_SPINE)
    return { first, size: Math.min(HOSTS_PER_SPINE, this.hosts.length - first) }
  }

  #host(i: number, star: NetnsId): void {
    const host = this.netns(`h${i}`)
    this.plug(host, hostMac(i), star, `p${i}`)
    this.address(host, 'eth0', hostIp(i), 8)
    this.hosts.push(host)
    const socket = this.world.netns(host).stack.rawSocket(ipv4.Protocol.Icmp)
    socket.setFilter([icmp.Type.EchoReply])
    this.#sockets.push(socket)
  }

  #join(below: NetnsId, above: NetnsId, port: string): void {
    this.apply({
      type: 'newlink',
      netns: below,
      link: { kind: 'veth', name: 'up', peer: { name: port, netns: above } },
    })
    this.apply({ type: 'setlink', netns: above, link: port, changes: { master: 'br0', up: true } })
    this.apply({ type: 'setlink', netns: below, link: 'up', changes: { master: 'br0', up: true } })
  }

  #introduce(i: number, peer: number): void {
    const neighbour = { link: 'eth0', dst: hostIp(peer), mac: hostMac(peer) }
    this.apply({ type: 'newneigh', netns: this.hosts[i]!, neighbour, mode: 'add' })
  }

  /** Lets all links come up: a machine looks at a hundred of them each second (linkwatch). */
  settle(): void {
    const { world } = this
    world.runUntil(world.now + SETTLE_NS + (world.engine.devices.length / LINKS_PER_SECOND) * 1e9)
  }

  /** Every host says something to host 0, so that the bridges between them have learned where it is. */
  greet(): void {
    this.run(this.#greetings())
  }

  *#greetings(): Program {
    const { world } = this
    const say = (i: number, to: Mac): void => sendFrame(this, world.device(this.hosts[i]!, 'eth0')!, to)
    say(0, BROADCAST)
    yield { for: 'instant', at: world.now + PAUSE_NS }
    for (let i = 1; i < this.hosts.length; i++) {
      say(i, hostMac(0))
      yield { for: 'instant', at: world.now + GREETING_GAP_NS }
    }
    yield { for: 'instant', at: world.now + PAUSE_NS }
    return 0
  }

  /** Every host pings another one once; answers how many replies came. */
  ping(): number {
    this.run(this.#pings())
    let replies = 0
    for (const socket of this.#sockets) while (socket.ready) replies += Number(socket.receive() !== undefined)
    return replies
  }

  *#pings(): Program {
    const { world } = this
    const message = new Uint8Array(icmp.HEADER_BYTES + DATA_BYTES)
    icmp.putEcho(message, 0, icmp.Type.EchoRequest, ID, 1, DATA_BYTES)
    for (let i = 0; i < this.hosts.length; i++) {
      const sent = this.#sockets[i]!.send(message, hostIp(this.peer(i)))
      if (!sent.ok) throw new Error(`bench: ping: ${sent.errno}`)
      yield { for: 'instant', at: world.now + PING_GAP_NS }
    }
    yield { for: 'instant', at: world.now + PAUSE_NS }
    return 0
  }
}
