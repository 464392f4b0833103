/**
 * A whole host as a program, as a virtual machine is one: it answers ARP and ICMP echo requests for one address.
 *
 *     host tap NAME ADDRESS MAC        behind a TAP
 *     host macvtap NAME ADDRESS        behind a macvtap, with its MAC
 */
import type { Os } from '../../src/index.ts'

const ETHERNET_BYTES = 14
const ARP = 0x0806
const IPV4 = 0x0800
const ICMP = 1
const ECHO_REQUEST = 8

const macText = (octets: Uint8Array): string =>
  Array.from(octets, octet => octet.toString(16).padStart(2, '0')).join(':')

export default async function host(os: Os): Promise<void> {
  const [kind, name = '', address = '', mac = ''] = os.args
  const file = kind === 'macvtap' ? os.macvtap(name) : os.tap(name)
  const ownMac = (kind === 'macvtap' ? os.link(name).mac : mac).split(':').map(octet => Number.parseInt(octet, 16))
  const ownAddress = address.split('.').map(Number)
  const isOwn = (frame: Uint8Array, at: number): boolean => ownAddress.every((octet, i) => frame[at + i] === octet)
  for (;;) {
    const frame = await file.read()
    const type = (frame[12]! << 8) | frame[13]!
    let reply: Uint8Array | undefined
    if (type === ARP && frame[21] === 1 && isOwn(frame, 38)) reply = arpReply(frame, ownMac, ownAddress)
    else if (type === IPV4 && isOwn(frame, ETHERNET_BYTES + 16)) reply = echoReply(frame, ownMac)
    if (reply === undefined) continue
    os.stdout(`${type === ARP ? 'ARP' : 'echo'} from ${macText(frame.subarray(6, 12))}\n`)
    file.write(reply)
  }
}

function arpReply(request: Uint8Array, mac: readonly number[], address: readonly number[]): Uint8Array {
  const reply = request.slice()
  reply.set(request.subarray(6, 12), 0)
  reply.set(mac, 6)
  reply[21] = 2
  reply.set(request.subarray(22, 32), 32)
  reply.set(mac, 22)
  reply.set(address, 28)
  return reply
}

function echoReply(request: Uint8Array, mac: readonly number[]): Uint8Array | undefined {
  const header = (request[ETHERNET_BYTES]! & 15) * 4
  const at = ETHERNET_BYTES + header
  if (request[ETHERNET_BYTES + 9] !== ICMP || request[at] !== ECHO_REQUEST) return undefined
  const reply = request.slice()
  reply.set(request.subarray(6, 12), 0)
  reply.set(mac, 6)
  reply.set(request.subarray(ETHERNET_BYTES + 16, ETHERNET_BYTES + 20), ETHERNET_BYTES + 12)
  reply.set(request.subarray(ETHERNET_BYTES + 12, ETHERNET_BYTES + 16), ETHERNET_BYTES + 16)
  reply[at] = 0
  // A type that is less by 8 makes the checksum greater by 0x0800 (RFC 1624).
  const sum = ((reply[at + 2]! << 8) | reply[at + 3]!) + (ECHO_REQUEST << 8)
  const folded = (sum & 0xffff) + (sum >>> 16)
  reply[at + 2] = folded >>> 8
  reply[at + 3] = folded
  return reply
}
