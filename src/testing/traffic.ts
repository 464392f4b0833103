/** What a generated session may send: frames of every making, pings as a person types them, UDP datagrams. */
import { type Device, HardwareType, type NetnsId } from '../core/device.ts'
import { allocate, type Frame, octets } from '../core/frame.ts'
import { get32 } from '../wire/bytes.ts'
import * as checksum from '../wire/checksum.ts'
import * as ethernet from '../wire/ethernet.ts'
import { format, type Ip } from '../wire/ip.ts'
import * as mac48 from '../wire/mac.ts'
import type { Dice, Scene } from './scene.ts'
import type { Traffic, UdpCall, UdpOption } from './session.ts'

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
    const dev = sender(scene, dice)
    if (dev === undefined) return undefined
    const payload = dice.between(8, 60)
    const frame = allocate(ethernet.HEADER_BYTES + IP_BYTES + payload + (dice.oneIn(8) ? dice.between(1, 9) : 0))
    const to = dice.oneIn(8) ? undefined : scene.device(each => each !== dev)
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
      dice.oneIn(16) ? (dice.pick([0, 0x7f00_0001, 0xffff_ffff, 0xe000_0001]) as Ip) : scene.someIp(),
    )
    putIp(
      bytes,
      at + 16,
      dice.oneIn(10)
        ? (dice.pick([0xffff_ffff, 0x0a00_00ff, 0x0a00_0000, 0xe000_0001, 0x7f00_0001, 0]) as Ip)
        : scene.someIp(),
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
      bytes.set([0x30, 0x39, 0, dice.oneIn(2) ? 7 : 53, payload >>> 8, payload, 0, 0], body)
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

function putChecksum(b: Uint8Array, from: number, to: number, at: number): void {
  let sum = 0
  b[at] = 0
  b[at + 1] = 0
  for (let i = from; i < to; i += 2) sum += (b[i]! << 8) | (i + 1 < to ? b[i + 1]! : 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  b[at] = ~sum >>> 8
  b[at + 1] = ~sum
}

// -- Commands -------------------------------------------------------------------------------------

const ping: Sender = {
  name: 'ping',
  weight: 8,
  make(scene, dice) {
    const netns = dice.oneIn(6) ? scene.netns() : (dice.maybe(scene.addresses())?.netns ?? scene.netns())
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
      : scene.someIp()
    return { type: 'ping', netns, arguments: [...words, format(target)] }
  },
}

// -- UDP ------------------------------------------------------------------------------------------

/** Few, so that somebody listens now and then. */
const PORTS = [7, 7, 53, 5001, 5002]
const GROUPS_OF_SOCKETS = [0xe000_0001, 0xe000_00fb, 0xe101_0203, 0xef01_0203] as Ip[]
const SOCKETS_MAX = 8

const broadcastOf = ({ local, prefixLength }: { local: Ip; prefixLength: number }): Ip =>
  ((local | (2 ** (32 - prefixLength) - 1)) >>> 0) as Ip

function target(scene: Scene, dice: Dice): Ip {
  if (dice.oneIn(6)) return dice.pick(GROUPS_OF_SOCKETS)
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
      const address = dice.oneIn(2) ? 0 : dice.oneIn(5) ? target(scene, dice) : (own?.local ?? 0)
      return { call: 'bind', address: address as Ip, port: dice.pick(PORTS) }
    },
  },
  {
    weight: 2,
    make: (scene, dice) => ({ call: 'connect', address: target(scene, dice), port: dice.pick(PORTS) }),
  },
  {
    weight: 12,
    make(scene, dice) {
      const length = udpLength(scene, dice)
      if (dice.oneIn(4)) return { call: 'send', length }
      return { call: 'send', address: target(scene, dice), port: dice.oneIn(30) ? 0 : dice.pick(PORTS), length }
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
    const owner = dice.oneIn(6) ? undefined : dice.maybe(scene.addresses())
    const { netns, socket } = isNew
      ? { netns: owner?.netns ?? scene.netns(), socket: scene.newSocket() }
      : dice.pick(open)
    const call = dice.weighted(isNew ? UDP_CALLS.slice(0, 3) : UDP_CALLS).make(scene, dice, netns)
    return call && { type: 'udp', netns, socket, ...call }
  },
}

// -- Time -----------------------------------------------------------------------------------------

const wait: Sender = {
  name: 'wait',
  weight: 2,
  make: (_, dice) => ({ type: 'wait', ns: NS_PER_MS * (dice.oneIn(5) ? dice.between(100, 700) : dice.between(1, 30)) }),
}

export const FRAMES: readonly Sender[] = [plain, arp, ipv4, wait]
export const PINGS: readonly Sender[] = [ping, udp, wait]
