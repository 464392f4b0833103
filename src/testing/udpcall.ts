/** One call of a UDP socket, as a session has it, on a socket of a world; linux.py does the same on Linux. */
import type { Answer } from '../core/errno.ts'
import { errnoNumber } from '../core/errno.ts'
import type { MtuDiscovery } from '../stack/socket.ts'
import type { Datagram, UdpSocket } from '../stack/udp.ts'
import { format, type Ip } from '../wire/ip.ts'
import { type Traffic, UDP_PORT_FIRST, type UdpOption, udpText } from './session.ts'

type UdpStep = Extract<Traffic, { type: 'udp' }>

/** An errno, 0: done; or what was received. */
export type UdpAnswer = { readonly errno: number } | { readonly stdout: string }

/** IP_PMTUDISC_* */
const DISCOVERIES: readonly MtuDiscovery[] = ['dont', 'want', 'do', 'probe']

export function udpCall(socket: UdpSocket, step: UdpStep): UdpAnswer {
  if ((step.call === 'connect' || step.call === 'send') && socket.localPort === 0) {
    socket.bind(0 as Ip, UDP_PORT_FIRST + step.socket)
  }
  switch (step.call) {
    case 'bind':
      return errnoOf(socket.bind(step.address, step.port))
    case 'connect':
      return errnoOf(socket.connect(step.address, step.port))
    case 'send': {
      const payload = new TextEncoder().encode(udpText(step.length))
      const { address, port } = step
      return errnoOf(address === undefined ? socket.send(payload) : socket.sendTo(payload, address, port ?? 0))
    }
    case 'receive':
      return { stdout: received(socket) }
    case 'join':
      return errnoOf(socket.joinGroup(step.address, step.link ?? ''))
    case 'leave':
      return errnoOf(socket.leaveGroup(step.address, step.link ?? ''))
    case 'device':
      return errnoOf(socket.bindToDevice(step.link))
    case 'option':
      return setOption(socket, step.option, step.value)
    case 'close':
      socket.close()
      return { errno: 0 }
  }
}

const errnoOf = (answer: Answer<unknown>): UdpAnswer => ({ errno: answer.ok ? 0 : errnoNumber(answer.errno) })

function setOption(socket: UdpSocket, option: UdpOption, value: number): UdpAnswer {
  switch (option) {
    case 'broadcast':
      socket.setBroadcast(value !== 0)
      break
    case 'dontRoute':
      socket.setDontRoute(value !== 0)
      break
    case 'reuseAddress':
      socket.setReuseAddress(value !== 0)
      break
    case 'tos':
      socket.setTos(value)
      break
    case 'mtuDiscovery':
      socket.setPmtuDiscovery(DISCOVERIES[value]!)
      break
    case 'ttl':
      return errnoOf(socket.setTtl(value))
    case 'multicastTtl':
      return errnoOf(socket.setMulticastTtl(value))
    case 'multicastLoop':
      socket.setMulticastLoop(value !== 0)
  }
  return { errno: 0 }
}

/** A line for each datagram and error, oldest first. */
function received(socket: UdpSocket): string {
  let text = ''
  for (let each = socket.receive(); each !== undefined; each = socket.receive()) {
    text += 'payload' in each ? `${line(each)}\n` : `error ${errnoNumber(each.errno)}\n`
  }
  return text
}

function line({ from, fromPort, to, ifindex, ttl, payload }: Datagram): string {
  const text = Array.from(payload, octet => String.fromCharCode(octet)).join('')
  const isOurs = text === udpText(text.length)
  const what = isOurs ? `${text.length} octets` : Array.from(payload, o => o.toString(16).padStart(2, '0')).join('')
  return `${format(from)}:${fromPort} to ${format(to)} on ${ifindex} ttl ${ttl}: ${what}`
}
