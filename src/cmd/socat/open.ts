/**
 * Opens an address of socat. Those that wait for a peer (UDP4-LISTEN, UDP4-RECVFROM) are open when he has spoken, and
 * with `fork` once more for each further one.
 */
import { Scope, TunFlag } from '../../control/records.ts'
import { HardwareType } from '../../core/device.ts'
import type { UdpSocket } from '../../stack/udp.ts'
import * as ip from '../../wire/ip.ts'
import { openPacketFile } from '../../world/packetfile.ts'
import { notSupported, type Process } from '../command.ts'
import { Exit, inetAton } from '../libc.ts'
import { type Address, die, failed, obey, portOf, resolve, type Steps } from './address.ts'
import { type End, file, frames, packets, program, stdio, udp } from './end.ts'

/** What one end is there for. */
export interface Role {
  readonly reads: boolean
  readonly writes: boolean
}

export const isListener = ({ type }: Address): boolean => type === 'UDP4-LISTEN' || type === 'UDP4-RECVFROM'

export function* open(process: Process, address: Address, role: Role): Steps<End> {
  switch (address.type) {
    case 'STDIO':
    case 'STDIN':
    case 'STDOUT':
      return stdio(process)
    case 'OPEN':
    case 'CREATE':
    case 'GOPEN':
      return yield* file(process, address, role.writes)
    case 'EXEC':
    case 'SYSTEM':
      return yield* program(process, address, role.reads && !role.writes)
    case 'TUN':
      return yield* tun(process, address)
    case 'INTERFACE':
      return frames(process, address)
    case 'UDP4-RECV':
      return udp(process, yield* listen(process, address), { connected: false })
    case 'UDP4-LISTEN':
    case 'UDP4-RECVFROM':
      return yield* accept(process, address, yield* listen(process, address))
    default:
      return yield* speak(process, address)
  }
}

// -- UDP -----------------------------------------------------------------------------------------------

function* socketOf(process: Process, { options }: Address, port: number): Steps<UdpSocket> {
  const socket = process.world.netns(process.netns).stack.udpSocket()
  if (options.has('reuseaddr')) socket.setReuseAddress(options.get('reuseaddr') !== '0')
  if (options.has('broadcast')) socket.setBroadcast(options.get('broadcast') !== '0')
  if (options.has('ttl')) socket.setTtl(Number(options.get('ttl')))
  if (options.has('tos')) socket.setTos(Number(options.get('tos')))
  const device = options.get('so-bindtodevice')
  if (device !== undefined) {
    const bound = socket.bindToDevice(device)
    if (!bound.ok) failed(process, `setsockopt(5, 1, 25, "${device}", ${device.length})`, bound.errno)
  }
  const [host = '', service = ''] = (options.get('bind') ?? '').split(':')
  const from = host === '' ? ip.ANY : yield* resolve(process, host)
  const source = options.get('sourceport') ?? (service === '' ? undefined : service)
  const local = source === undefined ? port : portOf(process, source)
  if (local === 0 && from === 0) return socket
  const bound = socket.bind(from, local)
  if (!bound.ok) {
    socket.close()
    failed(process, `bind(5, {AF=2 ${ip.format(from)}:${local}}, 16)`, bound.errno)
  }
  return socket
}

/** A socket that waits on the port of its address. */
export function* listen(process: Process, address: Address): Steps<UdpSocket> {
  return yield* socketOf(process, address, portOf(process, address.words[0]))
}

/** Waits for the first datagram of somebody. With `fork` a socket that listens goes on listening. */
export function* accept(process: Process, address: Address, socket: UdpSocket): Steps<End> {
  for (;;) {
    const got = socket.receive()
    if (got === undefined) {
      obey(yield { for: 'socket', socket })
      continue
    }
    if ('ok' in got) continue
    const { from, fromPort, payload } = got
    if (address.type === 'UDP4-LISTEN') {
      socket.connect(from, fromPort)
      return udp(process, socket, { connected: true, first: payload })
    }
    const peer = { address: from, port: fromPort }
    const shared = address.options.has('fork')
    return udp(process, socket, { connected: false, peer, first: payload, once: true, shared })
  }
}

/** UDP4-CONNECT, UDP4-SENDTO, UDP4-DATAGRAM */
function* speak(process: Process, address: Address): Steps<End> {
  const [host = '', service] = address.words
  const to = yield* resolve(process, host)
  const port = portOf(process, service, host)
  const socket = yield* socketOf(process, address, 0)
  if (address.type === 'UDP4-CONNECT') {
    const connected = socket.connect(to, port)
    if (!connected.ok) failed(process, `connect(5, AF=2 ${ip.format(to)}:${port}, 16)`, connected.errno)
    return udp(process, socket, { connected: true })
  }
  const peer = { address: to, port }
  return udp(process, socket, { connected: false, peer, ...(address.type === 'UDP4-SENDTO' && { hears: to }) })
}

// -- TUN and TAP ---------------------------------------------------------------------------------------

/** TUN[:ADDRESS/LENGTH][,tun-type=tun|tap][,tun-name=NAME][,iff-no-pi][,up] */
function* tun(process: Process, { words, options }: Address): Steps<End> {
  const { world, netns } = process
  const type = options.get('tun-type') ?? 'tun'
  if (type !== 'tun' && type !== 'tap') die(process, `unknown tun-type "${type}"`)
  const path = options.get('tun-device') ?? '/dev/net/tun'
  if (path !== '/dev/net/tun') throw new Exit(notSupported(process, `socat TUN: tun-device=${path}`))
  const [network] = words
  const address = network === undefined ? undefined : yield* networkOf(process, network)
  const device = openPacketFile(world, netns, path)
  if ('ok' in device) return failed(process, `open("${path}", 02, 0666)`, device.errno)
  const wanted = options.get('tun-name') ?? ''
  const flags = (type === 'tun' ? TunFlag.Tun : TunFlag.Tap) | (options.has('iff-no-pi') ? TunFlag.NoPi : 0)
  const made = device.setInterface(wanted, flags)
  if (!made.ok) return failed(process, `ioctl(5, TUNSETIFF, {"${wanted}"}`, made.errno)
  const link = made.value
  // What SIOCSIFADDR and SIOCSIFNETMASK make of it together.
  if (address !== undefined) {
    const { local, prefixLength } = address
    const hasBroadcast = world.device(netns, link)?.hardwareType === HardwareType.Ether && prefixLength < 31
    const broadcast = hasBroadcast ? { broadcast: ip.broadcast(local, prefixLength) } : {}
    const added = { local, prefixLength, scope: Scope.Universe, ...broadcast }
    const answer = world.apply({ type: 'newaddr', netns, link, address: added })
    if (!answer.ok) failed(process, `ioctl(6, SIOCSIFADDR, {"${link}", "${network}"}`, answer.errno)
  }
  if (options.has('iff-up')) world.apply({ type: 'setlink', netns, link, changes: { up: true } })
  return packets(process, device)
}

/** xioparsenetwork_ip4: ADDRESS/LENGTH or ADDRESS/NETMASK. */
function* networkOf(process: Process, text: string): Steps<{ local: ip.Ip; prefixLength: number }> {
  const [host = '', mask] = text.split('/')
  if (mask === undefined) return die(process, `xioparsenetwork_ip4("${text}",,): missing netmask delimiter`)
  const prefixLength = mask.includes('.') ? ip.prefixLength(inetAton(mask) ?? ip.ANY) : Number(mask)
  if (!(prefixLength <= ip.PREFIX_BITS)) return die(process, `netmask "${text}" is too large`)
  return { local: yield* resolve(process, host), prefixLength }
}
