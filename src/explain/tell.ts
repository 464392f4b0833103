/** The life of a frame as lines: each instant, where it was, what was decided there and by which rule. */
import { PacketType } from '../core/device.ts'
import { NS_PER_S } from '../time/instant.ts'
import { type Life, type Moment, summaryOf } from './record.ts'

/** One event of a life, as plain data. */
export interface Step {
  /** Nanoseconds of simulated time. */
  readonly at: number
  /** NETNS/LINK */
  readonly device: string
  readonly event: Moment['event']
  /** The decision with the rule that made it, or the reason of a drop as Linux names it. */
  readonly what: string
}

/** What became of one frame. */
export interface Explanation {
  /** Frames are numbered as they were made. */
  readonly number: number
  /** What the frame is: `IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1`. */
  readonly summary: string
  /** The frame that this one forwards, answers or complains about. */
  readonly because: number | undefined
  readonly steps: readonly Step[]
  /** The frames that it caused in its turn: forwarded, answered, asked for. */
  readonly caused: readonly Explanation[]
}

export function explanation(life: Life): Explanation {
  return {
    number: life.number,
    summary: summaryOf(life),
    because: life.parent?.number,
    steps: life.moments.map(moment => {
      const { at, device, event } = moment
      return { at, device, event, what: whatOf(moment) }
    }),
    caused: life.children.map(explanation),
  }
}

/** For whom a frame was, in words; PACKET_* of linux/if_packet.h. */
const FOR: Readonly<Record<number, string>> = {
  [PacketType.Broadcast]: 'a broadcast',
  [PacketType.Multicast]: 'a group frame',
  [PacketType.OtherHost]: 'for another MAC address than its own',
}

function whatOf({ event, what, type, departure, refusals = [], port, rule }: Moment): string {
  switch (event) {
    case 'sent':
      return departure?.text ?? ''
    case 'stack':
      return what ?? FOR[type ?? -1] ?? ''
    case 'in':
      return refusals
        .filter(({ why }) => why !== 'hairpin' && why !== 'fdb')
        .map(({ port: refusing, what: words }) => `port ${refusing.name} ${words}`)
        .join('; ')
    case 'drop':
      return [what ?? '', ...(rule !== undefined ? [`(${rule})`] : port !== undefined ? [`(port ${port})`] : [])].join(
        ' ',
      )
    default:
      return what ?? ''
  }
}

/** Paints words for a terminal, or leaves them as they are. */
export type Paint = (kind: 'head' | 'event' | 'drop' | 'place', text: string) => string
export const plain: Paint = (_kind, text) => text

const VERBS: Readonly<Record<Step['event'], string>> = {
  sent: 'sends it',
  out: 'out',
  in: 'in',
  stack: 'takes it',
  note: '',
  drop: 'DROP',
}

/** A frame and, further in, the frames that it caused. */
export function lines(told: Explanation, paint: Paint = plain, depth = 0): string[] {
  const { number, summary, steps, caused } = told
  const margin = '  '.repeat(depth)
  const found = [`${margin}${paint('head', `#${number} ${summary}`)}`]
  for (const { at, device, event, what } of steps) {
    const instant = `${Math.floor(at / NS_PER_S)}.${String(at % NS_PER_S).padStart(9, '0')}`
    const verb = VERBS[event]
    const words = [verb === '' ? '' : paint(event === 'drop' ? 'drop' : 'event', verb), what].filter(
      each => each !== '',
    )
    found.push(`${margin}  ${instant}  ${paint('place', device.padEnd(14))} ${words.join(': ')}`)
  }
  return [...found, ...caused.flatMap(each => lines(each, paint, depth + 1))]
}
