/**
 * A session: what an administrator typed and what was sent, as plain data in order. The same session runs in a world
 * and on Linux, is kept as JSON, and is made smaller by leaving steps out.
 *
 * Namespaces are named by number, in the order in which the session makes them; 0 is the initial one. Traffic names
 * links by name.
 */
import type { Request } from '../control/request.ts'
import type { NetnsId } from '../core/device.ts'
import type { Ip } from '../wire/ip.ts'
import type { Mac } from '../wire/mac.ts'

export type Traffic =
  /** A frame, in hexadecimal digits from its Ethernet header on, out of a packet socket bound to the link. */
  | { readonly type: 'frame'; readonly netns: NetnsId; readonly link: string; readonly bytes: string }
  /** The command; with `background` the next steps do not wait for it. */
  | {
      readonly type: 'ping'
      readonly netns: NetnsId
      readonly arguments: readonly string[]
      readonly background?: boolean
    }
  /** `ip route get` of these words. */
  | { readonly type: 'routeget'; readonly netns: NetnsId; readonly arguments: readonly string[] }
  /** A call of a UDP socket. Its number names it; the first call of a number opens it. */
  | ({ readonly type: 'udp'; readonly netns: NetnsId; readonly socket: number } & UdpCall)
  /**
   * Opens /dev/net/tun and attaches it to the link, which is made if there is none; without `flags` (TunFlag bits) the
   * /dev/tapN of the macvtap. Files have numbers; `mac` is what the link gets (SIOCSIFHWADDR).
   */
  | {
      readonly type: 'open'
      readonly netns: NetnsId
      readonly file: number
      readonly link: string
      readonly flags?: number
      readonly mac?: Mac
    }
  /** Writes one packet into an open file, in hexadecimal digits with all that stands before it. */
  | { readonly type: 'write'; readonly file: number; readonly bytes: string }
  /** Reads all packets that wait. */
  | { readonly type: 'read'; readonly file: number }
  | { readonly type: 'close'; readonly file: number }
  /** Until every ping in the background has ended. */
  | { readonly type: 'join' }
  | { readonly type: 'wait'; readonly ns: number }
  /** Asks for every link, twice, so that no change of a carrier is still on its way (linkwatch). */
  | { readonly type: 'settle' }

export type UdpCall =
  | { readonly call: 'bind'; readonly address: Ip; readonly port: number }
  | { readonly call: 'connect'; readonly address: Ip; readonly port: number }
  /** So many octets of `udpText`; without an address to the peer. */
  | { readonly call: 'send'; readonly address?: Ip; readonly port?: number; readonly length: number }
  /** Everything that waits: datagrams and a pending error. */
  | { readonly call: 'receive' }
  /** A group (IP_ADD_MEMBERSHIP), on a link or where a route to it leads. */
  | { readonly call: 'join' | 'leave'; readonly address: Ip; readonly link?: string }
  | { readonly call: 'device'; readonly link: string }
  | { readonly call: 'option'; readonly option: UdpOption; readonly value: number }
  | { readonly call: 'close' }

/** SO_BROADCAST, SO_DONTROUTE, SO_REUSEADDR, IP_TTL, IP_TOS, IP_MTU_DISCOVER, IP_MULTICAST_TTL, IP_MULTICAST_LOOP. */
export type UdpOption =
  | 'broadcast'
  | 'dontRoute'
  | 'reuseAddress'
  | 'ttl'
  | 'tos'
  | 'mtuDiscovery'
  | 'multicastTtl'
  | 'multicastLoop'

/** Ephemeral ports are random: who sends before he has a port is bound to this one and the number of his socket. */
export const UDP_PORT_FIRST = 40_000

/** What datagrams hold: `seq 20000 | head -c LENGTH`. */
export function udpText(length: number): string {
  let text = ''
  for (let i = 1; text.length < length; i++) text += `${i}\n`
  return text.slice(0, length)
}

export type Step = Request | Traffic

export interface Session {
  /** About IPv6. Without it every namespace has it switched off, because its timings are random. */
  readonly ipv6?: boolean
  readonly steps: readonly Step[]
}

const TRAFFIC: ReadonlySet<Step['type']> = new Set<Traffic['type']>([
  'frame',
  'ping',
  'routeget',
  'udp',
  'open',
  'write',
  'read',
  'close',
  'join',
  'wait',
  'settle',
])

export const isRequest = (step: Step): step is Request => !TRAFFIC.has(step.type)

/** Steps after which the state of links changes by itself a moment later. */
const UNSETTLING: ReadonlySet<Step['type']> = new Set<Step['type']>([
  'newlink',
  'setlink',
  'dellink',
  'tuntap',
  'delnetns',
  'open',
  'close',
])

/** A bridge that comes up tells of its groups two or three jiffies later. */
const QUIET_NS = 20_000_000

function tellsOfGroups(step: Step): boolean {
  if (step.type === 'udp') return step.call === 'join' || step.call === 'leave' || step.call === 'close'
  if (step.type === 'newlink') return step.link.up === true
  return step.type === 'setlink' && (step.changes.up === true || step.changes.bridge?.mcastSnooping !== undefined)
}

/**
 * What is really carried out: IPv6 is switched off where a namespace begins, memberships of groups are told once and
 * not again at a random time (net.ipv4.igmp_qrv), flows are spread by a known hash (net.ipv4.fib_multipath_hash_seed)
 * where a route has several next hops, and links settle after each request that touches them, so that nothing depends
 * on when linkwatch comes round. Sockets are closed before their namespace goes.
 */
export function expanded(session: Session): Step[] {
  const steps: Step[] = []
  const isSpread = session.steps.some(step => step.type === 'newroute' && step.route.nexthops !== undefined)
  let spaces = 0
  const begin = (): void => {
    const netns = spaces++ as NetnsId
    if (session.ipv6 === true) return
    steps.push({ type: 'sysctl', netns, path: 'net/ipv6/conf/all/disable_ipv6', value: '1' })
    steps.push({ type: 'sysctl', netns, path: 'net/ipv4/igmp_qrv', value: '1' })
    if (isSpread) steps.push({ type: 'sysctl', netns, path: 'net/ipv4/fib_multipath_hash_seed', value: '1' })
  }
  begin()
  const names = new Map<string, NetnsId>()
  const sockets = new Map<number, NetnsId>()
  let unsettled = false
  for (const step of session.steps) {
    if (unsettled && !isRequest(step)) {
      steps.push({ type: 'wait', ns: QUIET_NS })
      unsettled = false
    }
    if (step.type === 'udp') {
      if (step.call === 'close') sockets.delete(step.socket)
      else if (!sockets.has(step.socket)) sockets.set(step.socket, step.netns)
    }
    if (step.type === 'delnetns') {
      const gone = names.get(step.name)
      names.delete(step.name)
      for (const [socket, netns] of sockets) {
        if (netns !== gone) continue
        sockets.delete(socket)
        steps.push({ type: 'udp', netns, socket, call: 'close' }, { type: 'wait', ns: QUIET_NS })
      }
    }
    steps.push(step)
    if (step.type === 'newnetns' && !names.has(step.name)) {
      names.set(step.name, spaces as NetnsId)
      begin()
    }
    if (UNSETTLING.has(step.type)) {
      steps.push({ type: 'settle' })
      unsettled = true
    }
    if (tellsOfGroups(step)) steps.push({ type: 'wait', ns: QUIET_NS })
  }
  return steps
}
