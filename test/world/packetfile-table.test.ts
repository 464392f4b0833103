/** What programs hear from /dev/net/tun and /dev/tapN: the table that packetfile-table.py recorded on Linux. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Failure } from '../../src/core/errno.ts'
import { openPacketFile, type PacketFile } from '../../src/world/packetfile.ts'
import { HOST } from '../../src/world/world.ts'
import { Session } from '../cmd/ip/session.ts'

type Step = [string, ...(string | number)[]]
const TABLE: { readonly cases: Readonly<Record<string, readonly (readonly [Step, unknown])[]>> } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'packetfile-table.json'), 'utf8'),
)
const NS_PER_SECOND = 1e9
/** An echo request from 10.0.0.2 to 10.0.0.1. */
const IP = '4500001c00000000400166df0a0000020a0000010800f7fd00010001'

const octets = (hex: string): Uint8Array => Buffer.from(hex, 'hex')

/** Identification and checksum of the stack's own packets. */
const mask = (hex: string): string =>
  hex.replace(/(4500001c....00004001)..../, '$1****').replace(/(4500001c)..../, '$1****')

class Machine {
  private readonly session = new Session()
  private readonly world = this.session.world
  private readonly files = new Map<number, PacketFile>()

  constructor() {
    for (const which of ['all', 'default']) this.disableIpv6(HOST, which)
    this.sh('ip link set lo up')
  }

  act([op, ...args]: Step): unknown {
    const [first, second, third] = args as [never, never, never]
    switch (op) {
      case 'sh':
        return this.sh(first)
      case 'open':
        return this.open(first, second, third, args[3] as number | undefined)
      case 'datagrams':
        return this.datagrams(first)
      case 'packet':
        return this.packet(first, second)
      case 'pause':
        return this.pass(0.5)
      case 'settle':
        return this.pass(2.1)
      case 'stats':
        return this.stats(first)
      case 'link':
        return this.link(first)
      case 'snmp': {
        const { snmp } = this.world.netns(HOST).stack.inet
        return { InReceives: snmp.ipInReceives, InHdrErrors: snmp.ipInHdrErrors }
      }
    }
    const file = this.files.get(first)!
    switch (op) {
      case 'iff':
        return answer(file.setInterface(second, third))
      case 'getiff': {
        const got = file.interface()
        return got.ok ? [got.value.name, got.value.flags] : got.errno
      }
      case 'persist':
        return answer(file.setPersist(second === 1))
      case 'owner':
        return answer(file.setOwner(second))
      case 'group':
        return answer(file.setGroup(second))
      case 'carrier':
        return answer(file.setCarrier(second === 1))
      case 'poll':
        return file.ready
      case 'read': {
        const packet = this.read(file, second)
        return typeof packet === 'string' ? packet : mask(Buffer.from(packet).toString('hex'))
      }
      case 'write': {
        const written = file.write(octets(second))
        this.pass(0.001)
        return typeof written === 'number' ? written : written.errno
      }
      case 'empty':
        while (this.read(file, 100) !== 'EAGAIN');
        return null
      case 'drain':
        for (let i = 0; i < second; i++) if (this.read(file, 100) === 'EAGAIN') return i
        return second
      case 'close':
        file.close()
        return null
    }
    throw new Error(op)
  }

  private sh(line: string): string {
    if (line.includes('sysctl')) {
      this.disableIpv6(this.world.netnsNamed('N')!.id, 'default')
      return ''
    }
    const { out } = this.session.run(line)
    this.pass(0.001)
    return out
  }

  private disableIpv6(netns: typeof HOST, which: string): void {
    this.world.apply({ type: 'sysctl', netns, path: `net/ipv6/conf/${which}/disable_ipv6`, value: '1' })
  }

  private pass(seconds: number): null {
    this.world.runUntil(this.world.now + seconds * NS_PER_SECOND)
    return null
  }

  private open(n: number, path: string, uid = 0, gid = 0): string | null {
    const at = path.replace('{z}', String(this.world.device(HOST, 'z')?.ifindex))
    const file = openPacketFile(this.world, HOST, at, { uid, gids: [gid] })
    if ('errno' in file) return file.errno
    this.files.set(n, file)
    return null
  }

  private read(file: PacketFile, length: number): Uint8Array | string {
    const packet = file.read(length)
    if (packet === undefined) return 'EAGAIN'
    return packet instanceof Uint8Array ? packet : packet.errno
  }

  private datagrams(count: number): string | null {
    const socket = this.world.netns(HOST).stack.packetSocket(0)
    socket.bind(this.world.device(HOST, 'z')!.ifindex)
    for (let i = 0; i < count; i++) {
      const sent = socket.sendTo(octets(IP), 0 as never, 0x800)
      this.pass(0)
      if (!sent.ok) return sent.errno
    }
    return null
  }

  private packet(device: string, hex: string): null {
    const socket = this.world.netns(HOST).stack.packetSocket(0)
    socket.bind(this.world.device(HOST, device)!.ifindex)
    expect(socket.send(octets(hex)).ok).toBe(true)
    return this.pass(0.02)
  }

  private stats(name: string): unknown {
    const s = this.world.link(HOST, name)!.stats
    return {
      rx: [s.rxPackets, s.rxBytes, s.rxErrors, s.rxDropped],
      tx: [s.txPackets, s.txBytes, s.txErrors, s.txDropped],
    }
  }

  private link(name: string): unknown {
    const { out, status } = this.session.run(`ip -j -s -s link show ${name}`)
    if (status !== 0) return null
    const [link] = JSON.parse(out)
    return [link.flags, link.operstate, link.stats64.tx.carrier_changes]
  }
}

const answer = (given: { readonly ok: true; readonly value?: unknown } | Failure): unknown =>
  given.ok ? (given.value ?? null) : given.errno

test.for(Object.keys(TABLE.cases))('%s', name => {
  const steps = TABLE.cases[name]!
  const machine = new Machine()
  expect(steps.map(([step]) => [step, machine.act(step)])).toEqual(steps)
})
