/**
 * Opens the TUN named by its first argument and answers every ICMP echo request for any address, until it is killed.
 *
 *     vethereal run --program tun-ping-answer.py=sims/programs/tun-ping-answer.ts SCRIPT
 */
import type { Os } from '../../src/index.ts'

const ECHO_REQUEST = 8
const ICMP = 1
const TTL = 64

/** RFC 1071, over an even or odd number of octets. */
function checksum(octets: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < octets.length; i += 2) sum += (octets[i]! << 8) | (octets[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function putChecksum(octets: Uint8Array, at: number): void {
  octets[at] = 0
  octets[at + 1] = 0
  const sum = checksum(octets)
  octets[at] = sum >>> 8
  octets[at + 1] = sum
}

export default async function answer(os: Os): Promise<void> {
  const tun = os.tun(os.args[0]!)
  for (;;) {
    const packet = await tun.read()
    const headerBytes = (packet[0]! & 15) * 4
    if (packet[0]! >>> 4 !== 4 || packet[9] !== ICMP || packet[headerBytes] !== ECHO_REQUEST) continue
    const [source, destination] = [packet.slice(12, 16), packet.slice(16, 20)]
    packet.set(destination, 12)
    packet.set(source, 16)
    packet[8] = TTL
    packet[headerBytes] = 0
    putChecksum(packet.subarray(0, headerBytes), 10)
    putChecksum(packet.subarray(headerBytes), 2)
    tun.write(packet)
  }
}
