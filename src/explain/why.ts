/**
 * Why a command that sends packets failed: its packet is followed from machine to machine, to the place where it or its
 * answer ended, and what stood there is told in one paragraph.
 */
import { type Device, HardwareType, isUp, type NetnsId, PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { NS_PER_S } from '../time/instant.ts'
import * as icmp from '../wire/icmp.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as mac48 from '../wire/mac.ts'
import type { World } from '../world/world.ts'
import { type Cause, linkDown, netnsName, place, typed } from './cause.ts'
import { ipHeader } from './departure.ts'
import { dropped, duplicate, generic, mtu, sysctlFault } from './dropped.ts'
import { isTaken, type Leg, lost, wrongMac } from './leg.ts'
import { gatewayFor, noRoute } from './noroute.ts'
import type { Life, Moment, Recorder, Run } from './record.ts'
import { decide, routeText } from './routing.ts'
import { ownersOf } from './segment.ts'

/** What went wrong with one command. */
export interface Verdict {
  /** 1 is the first command of those that send packets. */
  readonly number: number
  readonly command: string
  /** Where it ran, and when it began, in nanoseconds. */
  readonly netns: string
  readonly at: number
  readonly status: number | undefined
  /** Undefined: nothing was wrong with it. */
  readonly cause: Cause | undefined
  /** One paragraph, without line breaks. */
  readonly text: string
}

/** Commands that send packets of their own. */
const TRAFFIC = ['ping', 'traceroute', 'tracepath', 'arping', 'nc', 'netcat', 'socat']
export const isTraffic = ({ argv }: Run): boolean => TRAFFIC.includes(argv[0] ?? '')

/** More places on a way are not listed. */
const STOPS_MAX = 8

/** An IPv4 packet, as what happened to it is told. */
interface Packet {
  readonly life: Life
  readonly at: number
  readonly src: Ip
  readonly dst: Ip
}

/** Judges a command as it ends, while all is as it left it. */
export function judge(recorder: Recorder, run: Run, number: number): Verdict {
  const { core } = recorder
  const found = new Judge(recorder, run).cause()
  const command = run.argv.join(' ')
  const base = { number, command, netns: netnsName(core, run.netns), at: run.begin, status: run.status }
  const head = `"${command}" in ${base.netns} (at ${(run.begin / NS_PER_S).toFixed(3)} s)`
  if (found === undefined) return { ...base, cause: undefined, text: `${head}: nothing went wrong.` }
  const { journey, cause } = found
  const remedy = cause.remedy === undefined ? '' : ` To put it right: ${cause.remedy}`
  const failed = run.status === 0 ? 'lost packets' : 'failed'
  return { ...base, cause, text: `${head} ${failed}. ${journey}${cause.words}${remedy}` }
}

class Judge {
  readonly #recorder: Recorder
  readonly #core: World
  readonly #run: Run
  /** What has been told of the way so far. */
  #journey = ''

  constructor(recorder: Recorder, run: Run) {
    this.#recorder = recorder
    this.#core = recorder.core
    this.#run = run
  }

  cause(): { readonly journey: string; readonly cause: Cause } | undefined {
    const cause = this.#cause()
    return cause === undefined ? undefined : { journey: this.#journey, cause }
  }

  #cause(): Cause | undefined {
    const run = this.#run
    const packets = pieces(run.sent.map(packetOf).filter(each => each !== undefined))
    const bad = isPing(run) || run.status !== 0 ? this.#unanswered(packets) : this.#unheard(packets)
    if (bad !== undefined) return this.#follow(bad)
    const tooLong = /message too long, mtu[=:]\s?(\d+)/.exec(run.stdout + run.stderr)
    if (tooLong !== null) return this.#tooLong(Number(tooLong[1]))
    if (run.status === 0) return undefined
    if (run.sent.length > 0) return this.#frames()
    return this.#unsent()
  }

  // -- What was never sent ------------------------------------------------------------------------

  #unsent(): Cause | undefined {
    const run = this.#run
    const words = run.argv.slice(1)
    const bound = optionValue(words, '-I') ?? optionValue(words, '-S') ?? optionValue(words, '-s')
    const src = bound === undefined ? undefined : ip4.parse(bound)
    const dst = words.map(word => ip4.parse(word)).findLast(ip => ip !== undefined && ip !== src)
    const name = netnsName(this.#core, run.netns)
    const said = `${run.stdout}${run.stderr}`.trim().split('\n').at(-1) ?? ''
    if (src !== undefined && !this.#core.netns(run.netns).stack.inet.hasAddress(src)) {
      const owners = ownersOf(this.#core, src).map(owner => place(this.#core, owner.dev))
      return {
        netns: name,
        fault: 'wrong-source',
        setting: ip4.format(src),
        words:
          `It was to send from the address ${ip4.format(src)}, which ${name} does not ` +
          `have${owners.length > 0 ? ` (${owners.join(', ')} has it)` : ''}; a machine sends only from addresses ` +
          `of its own.`,
      }
    }
    if (dst === undefined) return { netns: name, fault: 'refused', words: `It sent nothing, and said: ${said}` }
    const device = bound === undefined || src !== undefined ? undefined : this.#core.device(run.netns, bound)
    const mark = Number(optionValue(words, '-m') ?? 0)
    const question = {
      dst,
      ...(src !== undefined && { src }),
      ...(device !== undefined && { oif: device.ifindex }),
      mark,
    }
    const decision = decide(this.#core, run.netns, question)
    this.#journey = 'It could not even send its packet. '
    if (decision.error !== undefined) return noRoute(this.#core, run.netns, question, decision)
    this.#journey = ''
    return { netns: name, fault: 'refused', words: `It sent nothing, and said: ${said}` }
  }

  /** Its own machine would not send so long a packet whole. */
  #tooLong(bytes: number): Cause {
    const { netns, argv } = this.#run
    const dst = argv.map(word => ip4.parse(word)).findLast(ip => ip !== undefined)
    const { hop, route } = decide(this.#core, netns, { dst: dst ?? (0 as Ip) })
    const dev = hop === undefined ? undefined : this.#core.netns(netns).devices.get(hop.ifindex)
    if (dev === undefined)
      return { netns: netnsName(this.#core, netns), fault: 'mtu', words: `The packet is longer than ${bytes} octets.` }
    const words =
      `The packet was not to be cut up, and the way out, ${place(this.#core, dev)}, takes no more ` +
      `than ${bytes} octets.`
    const size = Number(optionValue(argv, '-s') ?? 0)
    const cause = mtu(this.#core, dev, words, size + ipv4.HEADER_BYTES + icmp.HEADER_BYTES)
    if (dev.mtu > bytes && route !== undefined) {
      const { remedy: _, ...rest } = cause
      return {
        ...rest,
        setting: `mtu ${bytes}`,
        words: `${words} A router, or the route "${routeText(this.#core, netns, route)}", said so.`,
      }
    }
    return cause
  }

  // -- Packets ------------------------------------------------------------------------------------

  /** The first packet that no answer came back for: of its pieces the one that was lost. */
  #unanswered(packets: readonly Packet[]): Packet | undefined {
    const first = packets.find(packet => !packets.some(each => isOfOneDatagram(each, packet) && this.#isAnswered(each)))
    if (first === undefined) return undefined
    return packets.filter(each => isOfOneDatagram(each, first)).find(each => !this.#isHeard(each)) ?? first
  }

  /** A program on the way (behind a TUN) sends frames of its own, so an answer need not descend from the question. */
  #isAnswered({ life, at, src, dst }: Packet): boolean {
    const isHere = ({ moments }: Life): boolean =>
      moments.some(({ event, netns, type }) => event === 'stack' && netns === this.#run.netns && isTaken(type))
    if (this.#answers(life).some(isHere)) return true
    const asked = at + ipv4.headerBytes(life.frame.bytes, at)
    return this.#recorder.lives.slice(life.number).some(each => {
      const answer = isHere(each) ? packetOf(each) : undefined
      if (answer === undefined || answer.dst !== src || answer.src !== dst) return false
      if (!isEcho(answer, icmp.Type.EchoReply)) return false
      const { bytes } = answer.life.frame
      const heard = answer.at + ipv4.headerBytes(bytes, answer.at)
      return icmp.rest(bytes, heard) === icmp.rest(life.frame.bytes, asked)
    })
  }

  /** Where nobody has to answer: the last packet that did not arrive, if none did. */
  #unheard(packets: readonly Packet[]): Packet | undefined {
    if (packets.some(each => this.#isHeard(each))) return undefined
    const isOutlived = (packet: Packet): boolean =>
      this.#legs(packet).at(-1)!.life.moments.at(-1)?.why === Drop.TtlExpired
    return packets.findLast(each => !isOutlived(each)) ?? packets.at(-1)
  }

  /** Did a packet come to the machine it was for? To a traceroute it is all the same whether somebody listens there. */
  #isHeard(packet: Packet): boolean {
    const { life, dst } = this.#legs(packet).at(-1)!
    const arrival = life.moments.find(({ event, type }) => event === 'stack' && isTaken(type))
    if (arrival === undefined) return false
    if (arrival.type !== PacketType.Host) return true
    const isTracing = this.#run.argv[0]!.startsWith('trace')
    const isLost = life.moments.some(({ why }) => why !== undefined && !(isTracing && why === Drop.NoSocket))
    return !isLost && (ip4.isLoopback(dst) || this.#core.netns(arrival.netns).stack.inet.hasAddress(dst))
  }

  /** The echo replies, on every leg of their way. */
  #answers(life: Life): Life[] {
    return [...family(life)].filter(each => {
      const packet = packetOf(each)
      return packet !== undefined && isEcho(packet, icmp.Type.EchoReply)
    })
  }

  /** The packet as it goes on from machine to machine: each forwards a frame of its own. */
  #legs(packet: Packet): Packet[] {
    const legs = [packet]
    for (;;) {
      const last = legs.at(-1)!
      const next = last.life.children.map(packetOf).find(each => each !== undefined && isSame(each, last))
      if (next === undefined) return legs
      legs.push(next)
    }
  }

  #follow(packet: Packet): Cause {
    const legs = this.#legs(packet)
    const last = legs.at(-1)!
    const isReply = isEcho(packet, icmp.Type.EchoReply)
    const lo = this.#core.device(this.#run.netns, 'lo')
    if (ip4.isLoopback(packet.dst) && lo !== undefined && !isUp(lo)) return linkDown(this.#core, lo)
    this.#tell(legs, isReply ? 'Its answer' : 'Its packet')
    const { life } = last
    const sent = life.moments.find(({ event }) => event === 'sent')
    const dev = sent?.dev ?? life.moments[0]?.dev
    if (dev === undefined) return this.#vanished(last)
    const to = sent?.departure?.to ?? this.#nextHop(dev, last)
    const leg: Leg = {
      recorder: this.#recorder,
      run: this.#run,
      dev,
      to,
      dst: last.dst,
      departure: sent?.departure ?? this.#departureOf(dev, last),
    }
    const arrival = life.moments.find(({ event, type }) => event === 'stack' && isTaken(type))
    const end = life.moments.find(({ event, why }) => event === 'drop' && why !== Drop.OtherHost)
    if (arrival === undefined) return lost(leg, life)
    const isMeant =
      arrival.netns === dev.netns || ownersOf(this.#core, to).some(owner => owner.dev.netns === arrival.netns)
    if (!isMeant && arrival.type === PacketType.Host) {
      return wrongMac(leg, mac48.get(life.frame.bytes, life.frame.at)) ?? lost(leg, life)
    }
    if (end !== undefined) return this.#ended(last, legs, end, leg)
    return this.#silence(last, arrival, isReply)
  }

  #nextHop(dev: Device, { dst, src }: Packet): Ip {
    return decide(this.#core, dev.netns, { dst, src }).hop?.address ?? dst
  }

  #departureOf(dev: Device, { dst, src }: Pick<Packet, 'dst' | 'src'>): Leg['departure'] {
    const found = decide(this.#core, dev.netns, { dst, src })
    const here =
      found.hop?.ifindex === dev.ifindex ? found : decide(this.#core, dev.netns, { dst, src, oif: dev.ifindex })
    const text = here.route === undefined ? 'no route' : routeText(this.#core, dev.netns, here.route)
    return { ...here, to: here.hop?.address ?? dst, neighbour: undefined, text }
  }

  /** It came to a machine, which threw it away. */
  #ended(last: Packet, legs: readonly Packet[], end: Moment, leg: Leg): Cause {
    if (end.why === Drop.TtlExpired) return this.#outlived(legs, end)
    const cause = dropped(this.#core, last.life, end) ?? generic(this.#core, end)
    if (cause.fault === 'forwarding-off' && leg.departure?.hop?.isGateway === true)
      return this.#notARouter(cause, leg, last)
    if (cause.fault === 'mtu') return this.#untold(cause, last)
    return cause
  }

  /** A gateway that does not forward: if another machine there does, the route is what is wrong. */
  #notARouter(cause: Cause, { dev, to, departure }: Leg, { dst }: Packet): Cause {
    const right = gatewayFor(this.#core, dev.netns, dst)
    if (right === undefined || right === to) return cause
    const name = netnsName(this.#core, dev.netns)
    const text = routeText(this.#core, dev.netns, departure!.route!)
    return {
      netns: name,
      device: dev.name,
      fault: 'wrong-gateway',
      setting: text,
      words:
        `${name} sends this to the gateway ${ip4.format(to)} (route "${text}"), but that is ${cause.netns}, ` +
        `which does not forward (${cause.setting}); ${ip4.format(right)} on the same wire does.`,
      remedy: typed(this.#core, dev.netns, 'ip', `route replace ${text.split(' via ')[0]} via ${ip4.format(right)}`),
    }
  }

  /** Did the sender hear how long its packets may be? */
  #untold(cause: Cause, { life }: Packet): Cause {
    const told = [...family(life)].some(({ moments, frame }) => {
      const start = ipHeader(undefined, frame)
      return (
        start !== undefined &&
        isOfType(frame.bytes, start, icmp.Type.Unreachable) &&
        moments.some(({ event, netns, type }) => event === 'stack' && netns === this.#run.netns && isTaken(type))
      )
    })
    if (told) {
      const forget = typed(this.#core, this.#run.netns, 'ip', 'route flush cache')
      return { ...cause, remedy: `${cause.remedy} && ${forget}` }
    }
    const words = `${cause.words} The sender was not told, so it goes on sending packets of that length.`
    return { ...cause, words }
  }

  /** Its time to live ran out: it went in a circle, or had too little from the beginning. */
  #outlived(legs: readonly Packet[], end: Moment): Cause {
    const routers = legs.flatMap(each =>
      each.life.moments.filter(({ event, type }) => event === 'stack' && isTaken(type)),
    )
    const [first] = legs
    const ttl = ipv4.ttl(first!.life.frame.bytes, first!.at)
    const seen = new Map<NetnsId, number>()
    for (const { netns } of routers) seen.set(netns, (seen.get(netns) ?? 0) + 1)
    const circle = [...seen].filter(([, times]) => times > 1).map(([netns]) => netns)
    if (circle.length > 0) return this.#circle(circle, legs[0]!.dst)
    return {
      netns: netnsName(this.#core, end.netns),
      device: end.dev.name,
      fault: 'ttl',
      setting: `ttl ${ttl}`,
      words:
        `It set out with a time to live of ${ttl}; each router takes one off, and at ` +
        `${netnsName(this.#core, end.netns)}, router number ${routers.length}, nothing was left. ` +
        `${ip4.format(legs[0]!.dst)} is further away than that; the sender has to give its packets more.`,
    }
  }

  /** The last machine of a circle is the one that sends back what it was given. */
  #circle(machines: readonly NetnsId[], dst: Ip): Cause {
    const ways = machines.map(netns => {
      const { route } = decide(this.#core, netns, { dst })
      return {
        name: netnsName(this.#core, netns),
        text: route === undefined ? '' : routeText(this.#core, netns, route),
      }
    })
    const { name, text } = ways.at(-1)!
    const told = ways.map(way => `${way.name} (route "${way.text}")`).join(' sends them to ')
    return {
      netns: name,
      fault: 'routing-loop',
      setting: text,
      words:
        `Packets to ${ip4.format(dst)} go round in a circle until their time to live is used up: ${told}, which ` +
        `sends them back. One of these routes has to lead elsewhere, or be taken away.`,
    }
  }

  /** It arrived where it should, and nobody threw it away. */
  #silence(packet: Packet, arrival: Moment, isReply: boolean): Cause {
    const { netns, dev } = arrival
    const { dst, src, life } = packet
    const name = netnsName(this.#core, netns)
    const { inet } = this.#core.netns(netns).stack
    if (isReply && netns !== this.#run.netns) {
      const owner = ownersOf(this.#core, dst).find(each => each.dev.netns === netns)
      const by = life.moments.find(({ event }) => event === 'sent')?.dev
      return owner === undefined ? this.#vanished(packet) : duplicate(this.#core, dst, owner, by)
    }
    const answers = life.children.map(packetOf).filter(each => each !== undefined && isEcho(each, icmp.Type.EchoReply))
    const answer = answers[0]
    if (answer !== undefined) return this.#follow(answer)
    if (!isReply && isEcho(packet, icmp.Type.EchoRequest)) {
      if (inet.echoIgnoreAll) {
        const key = 'net.ipv4.icmp_echo_ignore_all'
        return sysctlFault(
          this.#core,
          netns,
          'icmp-echo-ignore-all',
          key,
          1,
          0,
          `${name} got the echo request, but does not answer any.`,
        )
      }
      const back = { dst: src, src: dst }
      const decision = decide(this.#core, netns, back)
      if (decision.error !== undefined) {
        const cause = noRoute(this.#core, netns, back, decision)
        const isBare = cause.fault === 'no-route'
        return {
          ...cause,
          fault: isBare ? 'no-return-route' : cause.fault,
          words:
            `${name} got the request and would answer, but its answer has to find the way back to ` +
            `${ip4.format(src)}. ${cause.words}`,
        }
      }
    }
    if (!isReply && dev.kind === 'loopback' && !inet.hasAddress(dst)) {
      const words =
        `It was bound to lo, which leads to no other machine; ${ip4.format(dst)} is not an address ` + `of ${name}.`
      return { netns: name, device: dev.name, fault: 'bound-to-device', words }
    }
    const what = isReply ? 'The answer came back to' : 'It arrived at'
    return {
      netns: name,
      device: dev.name,
      fault: 'not-taken',
      words: `${what} ${place(this.#core, dev)}, but nobody there took it.`,
    }
  }

  #vanished({ life }: Packet): Cause {
    return {
      netns: netnsName(this.#core, this.#run.netns),
      fault: 'lost',
      words: `What became of it is not known (frame ${life.number}).`,
    }
  }

  /** A command that sends no IPv4: arping. */
  #frames(): Cause | undefined {
    const [life] = this.#run.sent
    const dev = life?.moments[0]?.dev
    const words = this.#run.argv.slice(1)
    const to = words.map(word => ip4.parse(word)).findLast(ip => ip !== undefined)
    if (life === undefined || dev === undefined || to === undefined || dev.hardwareType !== HardwareType.Ether)
      return undefined
    const departure = this.#departureOf(dev, { dst: to, src: 0 as Ip })
    const request = { recorder: this.#recorder, run: this.#run, dev, to, dst: to, departure }
    return lost(request, { ...life, moments: [] })
  }

  /** The way as far as it went. */
  #tell(legs: readonly Packet[], who: string): void {
    const first = legs[0]!.life
    const from = first.moments[0]?.dev
    if (from === undefined) return
    const stops = legs.flatMap(({ life }) => {
      const arrival = life.moments.find(({ event, type }) => event === 'stack' && isTaken(type))
      return arrival === undefined ? [] : [arrival.device]
    })
    const shown = stops.length > STOPS_MAX ? [...stops.slice(0, STOPS_MAX - 1), '...', stops.at(-1)!] : stops
    const names = [place(this.#core, from), ...shown]
    this.#journey += stops.length === 0 ? '' : `${who} went ${names.join(' -> ')}. `
  }
}

const isPing = ({ argv }: Run): boolean => argv[0] === 'ping'

function optionValue(words: readonly string[], option: string): string | undefined {
  const at = words.indexOf(option)
  return at < 0 ? undefined : words[at + 1]
}

/** A frame and all that it caused. */
function* family(life: Life): Generator<Life> {
  yield life
  for (const child of life.children) yield* family(child)
}

function packetOf(life: Life): Packet | undefined {
  const at = ipHeader(life.moments[0]?.dev, life.frame)
  if (at === undefined) return undefined
  const { bytes } = life.frame
  return { life, at, src: ipv4.src(bytes, at), dst: ipv4.dst(bytes, at) }
}

const isSame = (a: Packet, b: Packet): boolean => {
  const [x, y] = [a.life.frame.bytes, b.life.frame.bytes]
  return (
    a.src === b.src &&
    a.dst === b.dst &&
    ipv4.id(x, a.at) === ipv4.id(y, b.at) &&
    ipv4.protocol(x, a.at) === ipv4.protocol(y, b.at) &&
    ipv4.fragmentOffset(x, a.at) === ipv4.fragmentOffset(y, b.at)
  )
}

/** Pieces of one packet have its identification in common. */
const isOfOneDatagram = (a: Packet, b: Packet): boolean =>
  a.src === b.src && a.dst === b.dst && ipv4.id(a.life.frame.bytes, a.at) === ipv4.id(b.life.frame.bytes, b.at)

/** What was cut up before it was sent is told by its pieces. */
function pieces(packets: readonly Packet[]): Packet[] {
  const isPiece = ({ life, at }: Packet): boolean => ipv4.isFragment(life.frame.bytes, at)
  return packets.filter(each => isPiece(each) || !packets.some(other => isPiece(other) && isOfOneDatagram(each, other)))
}

const isOfType = (bytes: Uint8Array, at: number, type: number): boolean =>
  ipv4.protocol(bytes, at) === ipv4.Protocol.Icmp &&
  ipv4.fragmentOffset(bytes, at) === 0 &&
  icmp.type(bytes, at + ipv4.headerBytes(bytes, at)) === type

const isEcho = ({ life, at }: Packet, type: number): boolean => isOfType(life.frame.bytes, at, type)
