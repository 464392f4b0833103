/** Explanations of one world: the life of each frame, and why commands failed. */
import { compile } from '../cmd/tcpdump/filter.ts'
import { LinkType, type Packet } from '../cmd/tcpdump/packet.ts'
import { HardwareType } from '../core/device.ts'
import { octets } from '../core/frame.ts'
import { NS_PER_S } from '../time/instant.ts'
import type { World } from '../world/world.ts'
import { dropped } from './dropped.ts'
import { type Life, octetsOf, Recorder, type Run } from './record.ts'
import { type Explanation, explanation } from './tell.ts'
import { isTraffic, judge, type Verdict } from './why.ts'

/** Writes down what happens in a world from now on. */
export class Explainer {
  readonly recorder: Recorder
  readonly #verdicts: Verdict[] = []

  constructor(core: World) {
    this.recorder = new Recorder(core)
    this.recorder.ruleOf = (life, drop) => dropped(core, life, drop)?.setting
    this.recorder.ended = (run: Run) => {
      if (isTraffic(run)) this.#verdicts.push(judge(this.recorder, run, this.#verdicts.length + 1))
    }
  }

  /** One for each command that sends packets, in the order in which they ended. */
  verdicts(): readonly Verdict[] {
    return this.#verdicts
  }

  /** The frame of that number; undefined when there is none. */
  frame(number: number): Explanation | undefined {
    const life = this.recorder.lives[number - 1]
    return life === undefined ? undefined : explanation(life)
  }

  /** The frame with these octets that crossed a device, NETNS/LINK, at an instant. */
  seen(at: number, device: string, direction: 'in' | 'out', bytes: Uint8Array): Explanation | undefined {
    const life = this.recorder.lives.find(
      each =>
        each.moments.some(moment => moment.at === at && moment.device === device && moment.event === direction) &&
        octets(each.frame).every((octet, i) => octet === bytes[i]),
    )
    return life === undefined ? undefined : explanation(life)
  }

  /** The frames that nothing caused but a command or a timer, each with all that came of it. */
  frames(): Explanation[] {
    return this.recorder.lives.filter(({ parent }) => parent === undefined).map(explanation)
  }

  /** The frames that an expression of tcpdump takes, each for itself. Throws a FilterError. */
  matching(filter: string): Explanation[] {
    const takes = compile(filter, () => undefined)
    return this.recorder.lives.filter(life => takes(packetOf(life))).map(life => ({ ...explanation(life), caused: [] }))
  }
}

function packetOf(life: Life): Packet {
  const { moments } = life
  const bytes = octetsOf(life)
  const isBare = moments[0]?.dev.hardwareType === HardwareType.None
  const at0 = moments[0]?.at ?? 0
  return {
    link: isBare ? LinkType.Raw : LinkType.Ethernet,
    bytes,
    length: bytes.length,
    seconds: Math.floor(at0 / NS_PER_S),
    nanoseconds: at0 % NS_PER_S,
  }
}
