/**
 * A session: what an administrator typed and what was sent, as plain data in order. The same session runs in a world
 * and on Linux, is kept as JSON, and is made smaller by leaving steps out.
 *
 * Namespaces are named by number, in the order in which the session makes them; 0 is the initial one. Traffic names
 * links by name.
 */
import type { Request } from '../control/request.ts'
import type { NetnsId } from '../core/device.ts'

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
  /** Until every ping in the background has ended. */
  | { readonly type: 'join' }
  | { readonly type: 'wait'; readonly ns: number }
  /** Asks for every link, twice, so that no change of a carrier is still on its way (linkwatch). */
  | { readonly type: 'settle' }

export type Step = Request | Traffic

export interface Session {
  /** About IPv6. Without it every namespace has it switched off, because its timings are random. */
  readonly ipv6?: boolean
  readonly steps: readonly Step[]
}

const TRAFFIC: ReadonlySet<Step['type']> = new Set<Traffic['type']>(['frame', 'ping', 'join', 'wait', 'settle'])

export const isRequest = (step: Step): step is Request => !TRAFFIC.has(step.type)

/** Requests after which the state of links changes by itself a moment later. */
const UNSETTLING: ReadonlySet<Step['type']> = new Set<Step['type']>(['newlink', 'setlink', 'dellink', 'delnetns'])

/** A bridge that comes up tells of its groups two or three jiffies later. */
const QUIET_NS = 20_000_000

function tellsOfGroups(step: Step): boolean {
  if (step.type === 'newlink') return step.link.up === true
  return step.type === 'setlink' && (step.changes.up === true || step.changes.bridge?.mcastSnooping !== undefined)
}

/**
 * What is really carried out: IPv6 is switched off where a namespace begins, memberships of groups are told once and
 * not again at a random time (net.ipv4.igmp_qrv), and links settle after each request that
 * touches them, so that nothing depends on when linkwatch comes round.
 */
export function expanded(session: Session): Step[] {
  const steps: Step[] = []
  let spaces = 0
  const begin = (): void => {
    const netns = spaces++ as NetnsId
    if (session.ipv6 === true) return
    steps.push({ type: 'sysctl', netns, path: 'net/ipv6/conf/all/disable_ipv6', value: '1' })
    steps.push({ type: 'sysctl', netns, path: 'net/ipv4/igmp_qrv', value: '1' })
  }
  begin()
  const names = new Set<string>()
  let unsettled = false
  for (const step of session.steps) {
    if (unsettled && !isRequest(step)) {
      steps.push({ type: 'wait', ns: QUIET_NS })
      unsettled = false
    }
    steps.push(step)
    if (step.type === 'delnetns') names.delete(step.name)
    if (step.type === 'newnetns' && !names.has(step.name)) {
      names.add(step.name)
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
