/**
 * The scripts of sims/ that need programs: what they print, and what is on the wires. The words are those that the same
 * scripts print on Linux 6.18 with programs of the same kind in Python; of the VPN nobody wrote one.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import host from '../../sims/programs/host.ts'
import switchProgram from '../../sims/programs/switch.ts'
import vpn from '../../sims/programs/vpn.ts'
import { type CapturedFrame, createWorld, type Program } from '../../src/index.ts'
import { read } from '../../src/wire/pcapng.ts'

const SIMS = join(import.meta.dirname, '../../sims')

interface Ran {
  readonly stdout: string
  readonly frames: readonly CapturedFrame[]
  readonly pcapng: Uint8Array
}

/** Runs one of them as the library does; round trips and other times are masked. */
async function run(name: string, programs: Readonly<Record<string, Program>> = {}): Promise<Ran> {
  const world = createWorld()
  const frames: CapturedFrame[] = []
  world.on('frame', frame => frames.push(frame))
  const capture = world.capture()
  const script = readFileSync(join(SIMS, `${name}.sh`), 'utf8')
  const { stdout, stderr, status } = await world.sh(script, { programs })
  expect([stderr, status]).toEqual(['', 0])
  return {
    stdout: stdout.replace(/time[= ][\d.]+ ?ms/g, 'T').replace(/id \d+/g, 'id N'),
    frames,
    pcapng: capture.pcapng(),
  }
}

const on = (frames: readonly CapturedFrame[], netns: string, link: string) =>
  frames.filter(frame => frame.netns === netns && frame.link === link)

const ETHERNET_BYTES = 14
const UDP = 17
const ICMP = 1

/** What ping fills its packets with. */
const PATTERN = Array.from({ length: 24 }, (_, i) => 0x20 + i).join(',')

describe('vpn', () => {
  test('the application is answered, and the secret must be the same', async () => {
    const { stdout } = await run('vpn', { 'vpn.py': vpn })
    expect(stdout).toContain('2 packets transmitted, 2 received, 0% packet loss, T\n')
    expect(stdout).toContain('1 packets transmitted, 1 received, 0% packet loss, T\n# plain')
    expect(stdout).toContain('IP 192.168.100.1 > 192.168.100.2: ICMP echo request, id N, seq 1, length 64\n')
    expect(stdout).toContain('IP 10.0.0.1.5555 > 10.0.0.2.5555: UDP, length 113\n')
    expect(stdout.trimEnd()).toMatch(/1 packets transmitted, 0 received, 100% packet loss, T$/)
  })

  test('every packet is plain on the TUN and sealed on the wire', async () => {
    const { frames, pcapng } = await run('vpn', { 'vpn.py': vpn })
    const plain = on(frames, 'left', 'tun0')
    const wire = on(frames, 'left', 'eth0')
    // Three answered pings, and one that nobody could open.
    expect(plain.map(({ bytes }) => bytes[9])).toEqual(Array(7).fill(ICMP))
    expect(plain.every(({ bytes }) => bytes.join().includes(PATTERN))).toBe(true)
    const packets = wire.filter(({ bytes }) => bytes[12] === 8 && bytes[13] === 0)
    expect(packets.map(({ bytes }) => bytes[ETHERNET_BYTES + 9])).toEqual(Array(7).fill(UDP))
    expect(packets.some(({ bytes }) => bytes.join().includes(PATTERN))).toBe(false)
    // Version, nonce and tag: 29 octets; UDP, IPv4 and Ethernet: 42.
    expect(packets.map(({ bytes }) => bytes.length)).toEqual(plain.map(({ bytes }) => bytes.length + 29 + 42))
    // No two datagrams have the same nonce.
    const nonces = packets.map(({ bytes }) => bytes.slice(43, 55).join())
    expect(new Set(nonces).size).toBe(nonces.length)
    const { interfaces, packets: kept } = read(pcapng)
    const sealed = kept.filter(packet => interfaces[packet.interface]!.name === 'left/eth0')
    expect(sealed.length).toBe(wire.length)
  })
})

test('user-space-switch', async () => {
  const { stdout, frames } = await run('user-space-switch', { 'switch.py': switchProgram })
  expect(stdout).toContain('2 packets transmitted, 2 received, 0% packet loss')
  expect(stdout.split('\n').slice(-4)).toEqual([
    '02:00:00:00:00:01 is at tap1',
    '02:00:00:00:00:02 is at tap2',
    '02:00:00:00:00:03 is at tap3',
    '',
  ])
  // green hears of red and blue only what they say to everybody.
  const heard = on(frames, 'green', 'eth0').filter(frame => frame.direction === 'in')
  const others = heard.filter(({ bytes }) => (bytes[0]! & 1) === 0 && bytes[5] !== 2)
  expect(others).toEqual([])
})

test('macvtap', async () => {
  const { stdout } = await run('macvtap', { 'host.py': host })
  expect(stdout.split('\n').filter(line => !line.startsWith('rtt'))).toEqual([
    'PING 10.0.4.9 (10.0.4.9) 56(84) bytes of data.',
    '64 bytes from 10.0.4.9: icmp_seq=1 ttl=64 T',
    '64 bytes from 10.0.4.9: icmp_seq=2 ttl=64 T',
    '',
    '--- 10.0.4.9 ping statistics ---',
    '2 packets transmitted, 2 received, 0% packet loss, T',
    '10.0.4.9 dev eth0 lladdr 02:00:00:00:00:09 REACHABLE ',
    '1 packets transmitted, 1 received, 0% packet loss, T',
    '1 packets transmitted, 0 received, 100% packet loss, T',
    'ARP from 02:00:00:00:00:02',
    'echo from 02:00:00:00:00:02',
    'echo from 02:00:00:00:00:02',
    '',
  ])
})

test('tap-bridge', async () => {
  const { stdout } = await run('tap-bridge', { 'host.py': host })
  const lines = stdout.split('\n')
  expect(lines[0]).toMatch(/tap0: <NO-CARRIER,.* state disabled /)
  expect(lines[1]).toMatch(/tap0: <BROADCAST,MULTICAST,UP,LOWER_UP> .* state forwarding /)
  expect(lines.filter(line => line.includes('transmitted'))).toEqual([
    '2 packets transmitted, 2 received, 0% packet loss, T',
    '1 packets transmitted, 1 received, 0% packet loss, T',
    '1 packets transmitted, 1 received, 0% packet loss, T',
  ])
  expect(lines.slice(-7)).toEqual([
    '02:00:00:00:00:09 master br0 ',
    'ARP from 02:00:00:00:00:01',
    'echo from 02:00:00:00:00:01',
    'echo from 02:00:00:00:00:01',
    'ARP from 02:00:00:00:00:02',
    'echo from 02:00:00:00:00:02',
    '',
  ])
})

test('macvlan-uplink', async () => {
  const { stdout, frames } = await run('macvlan-uplink')
  expect(stdout.split('\n').filter(line => line.includes('transmitted'))).toEqual([
    '1 packets transmitted, 1 received, 0% packet loss, T',
    '1 packets transmitted, 1 received, 0% packet loss, T',
    '1 packets transmitted, 1 received, 0% packet loss, T',
    '2 packets transmitted, 2 received, 0% packet loss, T',
    '1 packets transmitted, 0 received, 100% packet loss, T',
    '1 packets transmitted, 0 received, 100% packet loss, T',
  ])
  // red and green speak below the uplink: the gateway hears of it only who asks for whom.
  const heard = on(frames, 'gateway', 'eth0').filter(({ bytes }) => bytes[12] === 8 && bytes[13] === 0)
  expect(heard.every(({ bytes }) => bytes[29] === 254 || bytes[33] === 254)).toBe(true)
})
