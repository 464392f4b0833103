/** What a generated session may send: frames of every making, pings as a person types them, UDP datagrams. */
import { type Device, HardwareType, type NetnsId } from '../core/device.ts'
import { allocate, type Frame, octets } from '../core/frame.ts'
import { get32 } from '../wire/bytes.ts'
import * as checksum from '../wire/checksum.ts'
import * as ethernet from '../wire/ethernet.ts'
import { format, type Ip } from '../wire/ip.ts'
import * as mac48 from '../wire/mac.ts'
import type { Address, Dice, Pair, Scene } from './scene.ts'
import { type Traffic, UDP_PORT_FIRST, type UdpCall, type UdpOption } from './session.ts'

export interface Sender {
  readonly name: string
  readonly weight: number
  make(scene: Scene, dice: Dice): Traffic | undefined
}

const NS_PER_MS = 1_000_000
const IS_UP = 1
const isUp = (dev: Device): boolean => (dev.flags & IS_UP) !== 0

// -- Frames ---------------------------------------------------------------------------------------

/** IEEE 802 local experimental EtherType 1. */
const EXPERIMENT = 0x88b5
const ETHERTYPES = [EXPERIMENT, EXPERIMENT, EXPERIMENT, 0x0600, 0x0842, 0x86dd, 46]
const GROUPS = [
  mac48.BROADCAST,
  0x0100_5e00_0001,
  0x0100_5e01_0203,
  0x3333_0000_0001,
  0x0180_c200_0003,
  0x0180_c200_000e,
]

function sendFrame(dev: Device, frame: Frame): Traffic {
  const bytes = Array.from(octets(frame), octet => octet.toString(16).padStart(2, '0')).join('')
  return { type: 'frame', netns: dev.netns, link: dev.name, bytes }
}

function header(frame: Frame, dst: mac48.Mac, src: mac48.Mac, type: number): void {
  mac48.put(frame.bytes, frame.at, dst)
  mac48.put(frame.bytes, frame.at + mac48.BYTES, src)
  frame.bytes[frame.at + 12] = type >>> 8
  frame.bytes[frame.at + 13] = type
}

/** To a device that there is, to nobody, or to a group. */
const someDestination = (scene: Scene, dice: Dice): mac48.Mac =>
  dice.oneIn(4) ? (dice.pick(GROUPS) as mac48.Mac) : (scene.device()?.mac ?? scene.someMac())

const someSource = (scene: Scene, dice: Dice, dev: Device): mac48.Mac => {
  if (dice.oneIn(30)) return dice.pick([0, 0x0100_5e00_0001, mac48.BROADCAST]) as mac48.Mac
  return dice.oneIn(2) ? dev.mac : scene.someMac()
}

/** A packet socket sends Ethernet frames; what a TUN gets comes from its file. */
const sender = (scene: Scene, dice: Dice): Device | undefined =>
  scene.device(dev => dev.hardwareType === HardwareType.Ether && (isUp(dev) || dice.oneIn(20)))

export const plain: Sender = {
  name: 'frame',
  weight: 8,
  make(scene, dice) {
    const dev = sender(scene, dice)
    if (dev === undefined) return undefined
    const length = dice.oneIn(5)
      ? dice.pick([14, 15, 60, dev.mtu + 14, dev.mtu + 15, 1514, 1519])
      : dice.between(20, 120)
    const frame = allocate(Math.min(length, 9100))
    header(frame, someDestination(scene, dice), someSource(scene, dice, dev), dice.pick(ETHERTYPES))
    for (let i = 14; i < frame.length; i++) frame.bytes[frame.at + i] = i
    return sendFrame(dev, frame)
  },
}

const ARP_BYTES = 28

export const arp: Sender = {
  name: 'frame arp',
  weight: 5,
  make(scene, dice) {
    const dev = sender(scene, dice)
    if (dev === undefined) return undefined
    const frame = allocate(ethernet.HEADER_BYTES + ARP_BYTES + (dice.oneIn(6) ? 18 : 0))
    const asks = dice.oneIn(2)
    const src = dice.oneIn(4) ? scene.someMac() : dev.mac
    header(frame, asks && !dice.oneIn(4) ? mac48.BROADCAST : someDestination(scene, dice), src, 0x0806)
    const { bytes } = frame
    const at = frame.at + ethernet.HEADER_BYTES
    const wrong = dice.oneIn(16)
    bytes.set(
      [0, wrong ? dice.below(8) : 1, 8, 0, wrong ? dice.below(8) : 6, 4, 0, asks ? 1 : wrong ? dice.below(12) : 2],
      at,
    )
    mac48.put(bytes, at + 8, dice.oneIn(10) ? scene.someMac() : src)
    const from = dice.oneIn(12) ? (0 as Ip) : scene.someIp()
    putIp(bytes, at + 14, from)
    if (!asks || dice.oneIn(4)) mac48.put(bytes, at + 18, scene.someMac())
    putIp(bytes, at + 24, dice.oneIn(8) ? from : scene.someIp())
    return sendFrame(dev, frame)
  },
}

function putIp(b: Uint8Array, at: number, ip: Ip): void {
  for (let i = 0; i < 4; i++) b[at + i] = ip >>> (24 - 8 * i)
}

const IP_BYTES = 20

/** IPv4 with ICMP, UDP or something else inside, now and then damaged. */
export const ipv4: Sender = {
  name: 'frame ipv4',
  weight: 6,
  make(scene, dice) {
    const pair = dice.oneIn(2) ? undefined : scene.pair()
    const dev = pair?.from.dev ?? sender(scene, dice)
    if (dev === undefined || dev.hardwareType !== HardwareType.Ether) return undefined
    const payload = dice.between(8, 60)
    const frame = allocate(ethernet.HEADER_BYTES + IP_BYTES + payload + (dice.oneIn(8) ? dice.between(1, 9) : 0))
    const to = pair?.to.dev ?? (dice.oneIn(8) ? undefined : scene.device(each => each !== dev))
    header(frame, to?.mac ?? someDestination(scene, dice), someSource(scene, dice, dev), 0x0800)
    const { bytes } = frame
    const at = frame.at + ethernet.HEADER_BYTES
    const protocol = dice.pick([1, 1, 1, 1, 17, 17, 2, 6, 47, 250])
    const ttl = dice.oneIn(5) ? dice.pick([0, 1, 2]) : 64
    const fragment = dice.oneIn(16) ? dice.pick([0x2000, 0x0001, 0x4000, 0x2001]) : 0
    const length = IP_BYTES + payload
    bytes.set(
      [
        0x45,
        dice.oneIn(10) ? 0x10 : 0,
        length >>> 8,
        length,
        0,
        dice.below(3),
        fragment >>> 8,
        fragment,
        ttl,
        protocol,
      ],
      at,
    )
    putIp(
      bytes,
      at + 12,
      dice.oneIn(16)
        ? (dice.pick([0, 0x7f00_0001, 0xffff_ffff, 0xe000_0001]) as Ip)
        : (pair?.from.local ?? scene.someIp()),
    )
    putIp(
      bytes,
      at + 16,
      dice.oneIn(10)
        ? (dice.pick([0xffff_ffff, 0x0a00_00ff, 0x0a00_0000, 0xe000_0001, 0x7f00_0001, 0]) as Ip)
        : ((dice.oneIn(3) ? undefined : pair?.to.local) ?? scene.someIp()),
    )
    const body = at + IP_BYTES
    if (protocol === 1) {
      bytes.set(
        [dice.oneIn(4) ? dice.pick([0, 3, 5, 8, 11, 13, 42]) : 8, dice.oneIn(8) ? 1 : 0, 0, 0, 0x77, 0x77, 0, 1],
        body,
      )
      for (let i = 8; i < payload; i++) bytes[body + i] = i
      if (!dice.oneIn(16)) putChecksum(bytes, body, body + payload, body + 2)
    } else if (protocol === 17) {
      const sum = dice.oneIn(6) ? [0x12, 0x34] : [0, 0]
      bytes.set([0x30, 0x39, 0, dice.oneIn(2) ? 7 : 53, payload >>> 8, dice.oneIn(16) ? 4 : payload, ...sum], body)
    } else if (protocol === 6) putSegment(dice, bytes, at, payload)
    if (dice.oneIn(20)) bytes[at + dice.below(IP_BYTES)] = dice.below(256)
    if (!dice.oneIn(20)) putChecksum(bytes, at, at + IP_BYTES, at + 10)
    return sendFrame(dev, frame)
  },
}

/** TCP with any flags, its header now and then longer than it says, or than there are octets. */
function putSegment(dice: Dice, b: Uint8Array, at: number, length: number): void {
  const body = at + IP_BYTES
  const offset = dice.oneIn(4) ? dice.between(4, 8) : 5
  const fields = [0x30, 0x39, 0, 7, 0, 0, 1, dice.below(256), 0, 0, 2, dice.below(256), offset << 4, dice.below(64)]
  b.set(fields.slice(0, length), body)
  if (length < 18 || dice.oneIn(8)) return
  const pseudo = checksum.pseudo(get32(b, at + 12), get32(b, at + 16), 6, length)
  checksum.put(b, body + 16, body, body + length, pseudo)
}

/** Offsets of the pieces of a packet in eights of octets and where each ends: sound, overlapping, twice, incomplete. */
const CUTS: readonly (readonly (readonly [from: number, to: number, last: boolean])[])[] = [
  [
    [0, 4, false],
    [4, 8, true],
  ],
  [
    [4, 8, true],
    [0, 4, false],
  ],
  [
    [0, 3, false],
    [6, 8, true],
    [3, 6, false],
  ],
  [
    [0, 4, false],
    [0, 4, false],
    [4, 8, true],
  ],
  [
    [0, 4, false],
    [3, 8, true],
  ],
  [
    [4, 8, true],
    [4, 6, true],
    [0, 4, false],
  ],
  [
    [0, 4, false],
    [5, 8, true],
  ],
]

/** An echo request or a datagram in pieces. */
const fragments: Sender = {
  name: 'frame fragments',
  weight: 2,
  make(scene, dice) {
    const pair = scene.pair()
    if (pair === undefined || pair.from.dev.hardwareType !== HardwareType.Ether) return undefined
    const isEcho = dice.oneIn(2)
    const whole = new Uint8Array(64).map((_, i) => i)
    whole.set(isEcho ? [8, 0, 0, 0, 0x77, 0x77, 0, 1] : [0x30, 0x39, 0, 7, 0, 64, 0, 0])
    if (isEcho) checksum.put(whole, 2, 0, whole.length)
    const id = dice.between(1, 0xffff)
    let last: Traffic | undefined
    for (const [from, to, isLast] of dice.pick(CUTS)) {
      if (last !== undefined) scene.add(last)
      const piece = whole.subarray(8 * from, 8 * to)
      const frame = packet(pair, isEcho ? 1 : 17, piece, id, isLast ? from : 0x2000 | from)
      last = sendFrame(pair.from.dev, frame)
    }
    return last
  },
}

/** A sound IPv4 packet from one to the other. */
function packet({ from, to }: Pair, protocol: number, payload: Uint8Array, id: number, fragment: number): Frame {
  const length = IP_BYTES + payload.length
  const frame = allocate(ethernet.HEADER_BYTES + length)
  header(frame, to.dev.mac, from.dev.mac, ethernet.EtherType.Ipv4)
  const { bytes } = frame
  const at = frame.at + ethernet.HEADER_BYTES
  putHeader(bytes, at, length, protocol, from.local, to.local, id, fragment)
  bytes.set(payload, at + IP_BYTES)
  return frame
}

function putHeader(
  b: Uint8Array,
  at: number,
  length: number,
  protocol: number,
  src: Ip,
  dst: Ip,
  id: number,
  fragment: number,
): void {
  b.set([0x45, 0, length >>> 8, length, id >>> 8, id, fragment >>> 8, fragment, 64, protocol, 0, 0], at)
  putIp(b, at + 12, src)
  putIp(b, at + 16, dst)
  putChecksum(b, at, at + IP_BYTES, at + 10)
}

/** Of ICMP: type, code, and the four octets that follow the checksum. */
const ERRORS: readonly (readonly [type: number, code: number, rest: number])[] = [
  [3, 0, 0],
  [3, 1, 0],
  [3, 2, 0],
  [3, 3, 0],
  [3, 3, 0],
  [3, 4, 1000],
  [3, 4, 600],
  [3, 4, 300],
  [3, 4, 0],
  [3, 13, 0],
  [3, 16, 0],
  [4, 0, 0],
  [5, 0, 0],
  [5, 1, 0],
  [5, 1, 0],
  [5, 4, 0],
  [11, 0, 0],
  [11, 1, 0],
  [12, 0, 0x1400_0000],
  [12, 1, 0],
]

/** An ICMP error about a packet that its receiver may have sent: a datagram of a socket, an echo, a segment. */
const error: Sender = {
  name: 'frame icmp error',
  weight: 3,
  make(scene, dice) {
    const pair = scene.pair()
    if (pair === undefined || pair.from.dev.hardwareType !== HardwareType.Ether) return undefined
    const { from, to } = pair
    const [type, code, rest] = dice.pick(ERRORS)
    const message = new Uint8Array(8 + IP_BYTES + 8)
    message.set([type, code])
    putIp(message, 4, type === 5 ? (dice.oneIn(3) ? scene.someIp() : from.local) : (rest as Ip))
    const destination = dice.oneIn(3) ? scene.someIp() : from.local
    const protocol = dice.pick([17, 17, 17, 1, 6])
    putHeader(message, 8, 100, protocol, to.local, destination, 1, 0)
    const socket = dice.maybe(scene.sockets().filter(({ netns }) => netns === to.netns))?.socket ?? 1
    const port = dice.oneIn(2) ? 7 : UDP_PORT_FIRST + socket
    if (protocol === 1) message.set([8, 0, 0, 0, 0x77, 0x77, 0, 1], 8 + IP_BYTES)
    else message.set([port >>> 8, port, 0, 7, 0, 80, 0, 0], 8 + IP_BYTES)
    if (!dice.oneIn(16)) checksum.put(message, 2, 0, message.length)
    const cut = dice.oneIn(12) ? dice.pick([4, 8, 20, 28, 32]) : message.length
    return sendFrame(from.dev, packet(pair, 1, message.subarray(0, cut), 0, 0))
  },
}

function putChecksum(b: Uint8Array, from: number, to: number, at: number): void {
  let sum = 0
  b[at] = 0
  b[at + 1] = 0
  for (let i = from; i < to; i += 2) sum += (b[i]! << 8) | (i + 1 < to ? b[i + 1]! : 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  b[at] = ~sum >>> 8
  b[at + 1] = ~sum
}

/** 802.1D: a configuration or a topology change notification, from a better bridge or a worse one. */
const bridgeProtocol: Sender = {
  name: 'frame bpdu',
  weight: 1,
  make(scene, dice) {
    const dev = sender(scene, dice)
    if (dev === undefined) return undefined
    const isConfig = !dice.oneIn(4)
    const frame = allocate(60)
    header(frame, BRIDGE_GROUP, dev.mac, isConfig ? 38 : 7)
    const root = dice.pick([0x1000, 0x8000, 0xf000])
    const mac = mac48.format(scene.someMac()).split(':')
    const octets = mac.map(each => Number.parseInt(each, 16))
    const bridge = dice.oneIn(2) ? root : 0x8000
    frame.bytes.set(
      isConfig
        ? [
            ...[0x42, 0x42, 3, 0, 0, 0, 0, dice.pick([0, 0, 1, 0x80, 0x81])],
            ...[root >>> 8, root, ...octets],
            ...[0, 0, 0, dice.pick([0, 2, 100])],
            ...[bridge >>> 8, bridge, ...octets],
            ...[0x80, dice.between(1, 3)],
            ...[dice.oneIn(8) ? 30 : 0, 0, 20, 0, 2, 0, 15, 0],
          ]
        : [0x42, 0x42, 3, 0, 0, 0, 0x80],
      frame.at + ethernet.HEADER_BYTES,
    )
    return sendFrame(dev, frame)
  },
}

const BRIDGE_GROUP = 0x0180_c200_0000 as mac48.Mac

// -- Commands -------------------------------------------------------------------------------------

const ping: Sender = {
  name: 'ping',
  weight: 8,
  make(scene, dice) {
    const pair = dice.oneIn(3) ? undefined : scene.pair()
    const netns = pair?.from.netns ?? dice.maybe(scene.addresses())?.netns ?? scene.netns()
    const names = [...scene.world.netns(netns).devices.values()].map(dev => dev.name)
    const words = [
      '-n',
      '-c',
      String(dice.pick([1, 1, 1, 2, 3])),
      '-i',
      '0.05',
      '-W',
      '0.1',
      '-e',
      String(dice.between(1, 999)),
    ]
    if (dice.oneIn(4)) words.push('-s', String(dice.pick([0, 8, 15, 16, 100, 1472, 1473, 3000])))
    if (dice.oneIn(8)) words.push('-t', String(dice.pick([1, 2, 3, 255])))
    if (dice.oneIn(12)) words.push('-M', dice.pick(['do', 'dont', 'want']))
    if (dice.oneIn(12)) words.push('-Q', dice.pick(['4', '16', '0x10']))
    if (dice.oneIn(12)) words.push('-p', 'ab0f')
    if (dice.oneIn(10)) words.push('-I', dice.oneIn(2) ? dice.pick(names) : format(scene.someIp()))
    if (dice.oneIn(10)) words.push('-b')
    if (dice.oneIn(12)) words.push('-r')
    const target = dice.oneIn(12)
      ? (dice.pick([0xffff_ffff, 0x0a00_00ff, 0xe000_0001, 0x7f00_0001, 0]) as Ip)
      : (pair?.to.local ?? scene.someIp())
    return { type: 'ping', netns, arguments: [...words, format(target)] }
  },
}

const routeGet: Sender = {
  name: 'routeget',
  weight: 2,
  make(scene, dice) {
    const pair = dice.oneIn(3) ? undefined : scene.pair()
    const netns = pair?.from.netns ?? scene.netns()
    const names = [...scene.world.netns(netns).devices.values()].map(dev => dev.name)
    const words = [format(pair?.to.local ?? target(scene, dice, netns))]
    const isInput = dice.oneIn(4)
    if (isInput || dice.oneIn(6)) words.push('from', format(scene.someIp()))
    if (isInput) words.push('iif', dice.pick(names))
    else if (dice.oneIn(6)) words.push('oif', dice.pick(names))
    if (dice.oneIn(8)) words.push('tos', dice.pick(['4', '8', '0x10']))
    return { type: 'routeget', netns, arguments: words }
  },
}

/** So many hosts behind one link that tables grow. */
const crowd: Sender = {
  name: 'frame crowd',
  weight: 1,
  make(scene, dice) {
    const dev = dice.oneIn(4) ? sender(scene, dice) : undefined
    if (dev === undefined) return undefined
    const frame = allocate(60)
    for (let i = 0; i < CROWD; i++) {
      header(frame, dev.mac, (0x0200_0000_1000 + i) as mac48.Mac, EXPERIMENT)
      scene.add(sendFrame(dev, frame))
    }
    return undefined
  },
}
const CROWD = 40

// -- UDP ------------------------------------------------------------------------------------------

/** Few, so that somebody listens now and then. */
const PORTS = [7, 7, 7, 53, 5001]
const GROUPS_OF_SOCKETS = [0xe000_0001, 0xe000_00fb, 0xe101_0203, 0xef01_0203] as Ip[]
const SOCKETS_MAX = 8

const broadcastOf = ({ local, prefixLength }: { local: Ip; prefixLength: number }): Ip =>
  ((local | (2 ** (32 - prefixLength) - 1)) >>> 0) as Ip

function target(scene: Scene, dice: Dice, netns: NetnsId): Ip {
  if (dice.oneIn(6)) return dice.pick(GROUPS_OF_SOCKETS)
  const pair = dice.oneIn(3) ? undefined : scene.pair(netns)
  if (pair !== undefined) return pair.to.local
  const known = dice.maybe(scene.addresses())
  if (known !== undefined && dice.oneIn(6)) return broadcastOf(known)
  return dice.oneIn(12) ? (dice.pick([0xffff_ffff, 0x7f00_0001, 0]) as Ip) : scene.someIp()
}

/** Around the MTU, and beyond what IP can carry. */
function udpLength(scene: Scene, dice: Dice): number {
  const mtu = scene.device()?.mtu ?? 1500
  if (dice.oneIn(3)) return Math.max(0, Math.min(mtu, 9100) - 28 + dice.pick([-8, -1, 0, 1, 8]))
  return dice.oneIn(8) ? dice.pick([0, 1, 1472, 1473, 4000, 20_000, 65_507, 65_508]) : dice.between(0, 200)
}

const UDP_OPTIONS: readonly { readonly option: UdpOption; readonly values: readonly number[] }[] = [
  { option: 'broadcast', values: [0, 1, 1, 1] },
  { option: 'broadcast', values: [1] },
  { option: 'dontRoute', values: [0, 1] },
  { option: 'reuseAddress', values: [0, 1, 1] },
  { option: 'ttl', values: [1, 2, 64, 255, 0, 256] },
  { option: 'tos', values: [0, 4, 16, 0xb8] },
  { option: 'mtuDiscovery', values: [0, 1, 2, 3] },
  { option: 'multicastTtl', values: [0, 1, 2, 255, 256] },
  { option: 'multicastLoop', values: [0, 1] },
]

interface UdpMaker {
  readonly weight: number
  make(scene: Scene, dice: Dice, netns: NetnsId): UdpCall | undefined
}

const linkOf = (scene: Scene, dice: Dice, netns: NetnsId): string =>
  dice.pick([...scene.world.netns(netns).devices.values()]).name

const UDP_CALLS: readonly UdpMaker[] = [
  {
    weight: 3,
    make(scene, dice, netns) {
      const own = dice.maybe(scene.addresses().filter(each => each.netns === netns))
      const address = dice.oneIn(2) ? 0 : dice.oneIn(5) ? target(scene, dice, netns) : (own?.local ?? 0)
      return { call: 'bind', address: address as Ip, port: dice.pick(PORTS) }
    },
  },
  {
    weight: 2,
    make: (scene, dice, netns) => ({ call: 'connect', address: target(scene, dice, netns), port: dice.pick(PORTS) }),
  },
  {
    weight: 12,
    make(scene, dice, netns) {
      const length = udpLength(scene, dice)
      if (dice.oneIn(4)) return { call: 'send', length }
      return { call: 'send', address: target(scene, dice, netns), port: dice.oneIn(30) ? 0 : dice.pick(PORTS), length }
    },
  },
  { weight: 5, make: () => ({ call: 'receive' }) },
  {
    weight: 2,
    make(scene, dice, netns) {
      const address = dice.oneIn(8) ? scene.someIp() : dice.pick(GROUPS_OF_SOCKETS)
      const where = dice.oneIn(3) ? {} : { link: linkOf(scene, dice, netns) }
      return { call: dice.oneIn(4) ? 'leave' : 'join', address, ...where }
    },
  },
  {
    weight: 1,
    make: (scene, dice, netns) => ({ call: 'device', link: dice.oneIn(8) ? 'nobody' : linkOf(scene, dice, netns) }),
  },
  {
    weight: 4,
    make(_, dice) {
      const { option, values } = dice.pick(UDP_OPTIONS)
      return { call: 'option', option, value: dice.pick(values) }
    },
  },
  { weight: 1, make: () => ({ call: 'close' }) },
]

const udp: Sender = {
  name: 'udp',
  weight: 8,
  make(scene, dice) {
    const open = scene.sockets()
    const isNew = open.length === 0 || (open.length < SOCKETS_MAX && dice.oneIn(3))
    const owner = scene.pair()?.from ?? dice.maybe(scene.addresses())
    const { netns, socket } = isNew
      ? { netns: owner?.netns ?? scene.netns(), socket: scene.newSocket() }
      : dice.pick(open)
    const call = dice.weighted(isNew ? UDP_CALLS.slice(0, 3) : UDP_CALLS).make(scene, dice, netns)
    return call && { type: 'udp', netns, socket, ...call }
  },
}

/** Somebody listens, somebody asks, and now and then is answered. */
const talk: Sender = {
  name: 'udp talk',
  weight: 4,
  make(scene, dice) {
    const pair = scene.pair()
    if (pair === undefined) return undefined
    const { from, to } = pair
    const known = scene.sockets()
    const socketIn = (netns: NetnsId): number =>
      dice.maybe(known.filter(each => each.netns === netns && dice.oneIn(2)))?.socket ?? scene.newSocket()
    const [asker, listener] = [socketIn(from.netns), socketIn(to.netns)]
    const step = (at: Address, socket: number, call: UdpCall): void => {
      scene.add({ type: 'udp', netns: at.netns, socket, ...call })
    }
    const group = dice.oneIn(4) ? dice.pick(GROUPS_OF_SOCKETS) : undefined
    step(to, listener, { call: 'bind', address: 0 as Ip, port: 7 })
    if (group !== undefined) step(to, listener, { call: 'join', address: group, link: to.dev.name })
    if (group !== undefined) step(from, asker, { call: 'device', link: from.dev.name })
    const isConnected = group === undefined && dice.oneIn(3)
    if (isConnected) step(from, asker, { call: 'connect', address: to.local, port: 7 })
    for (let i = dice.between(1, 3); i > 0; i--) {
      const length = udpLength(scene, dice)
      const whither = isConnected ? {} : { address: group ?? to.local, port: dice.oneIn(8) ? 9 : 7 }
      step(from, asker, { call: 'send', length, ...whither })
    }
    step(to, listener, { call: 'receive' })
    const back = { address: from.local, port: UDP_PORT_FIRST + asker }
    step(to, listener, { call: 'send', length: udpLength(scene, dice), ...back })
    if (group !== undefined && dice.oneIn(2)) step(to, listener, { call: 'leave', address: group, link: to.dev.name })
    return { type: 'udp', netns: from.netns, socket: asker, call: 'receive' }
  },
}

// -- Time -----------------------------------------------------------------------------------------

const wait: Sender = {
  name: 'wait',
  weight: 2,
  make: (_, dice) => ({ type: 'wait', ns: NS_PER_MS * (dice.oneIn(5) ? dice.between(100, 700) : dice.between(1, 30)) }),
}

export const FRAMES: readonly Sender[] = [plain, arp, ipv4, bridgeProtocol, wait]
export const PINGS: readonly Sender[] = [fragments, error, crowd, ping, routeGet, udp, talk, wait]
