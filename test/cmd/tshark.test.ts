/**
 * tshark and our own `tcpdump -r` read every capture of ours alike: as many packets, and of the same protocols. Damaged
 * captures end with a message.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createWorld } from '../../src/api/world.ts'
import { conversations, damaged, frames, IPV4, macvlans, play, send, sessions } from '../../src/testing/index.ts'
import * as pcap from '../../src/wire/pcap.ts'
import * as pcapng from '../../src/wire/pcapng.ts'
import { ROOT, scratch, vethereal } from '../support/program.ts'

const hasTshark = spawnSync('tshark', ['--version']).status === 0
const SIMS = readdirSync(join(ROOT, 'sims')).filter(name => name.endsWith('.sh'))

/** `arp`, `ip 1`, `ip6 58`, `stp` or `other`, for each packet. */
function byTshark(file: string): string[] {
  const fields = ['frame.protocols', 'ip.proto', 'ipv6.nxt'].flatMap(field => ['-e', field])
  const options = ['-o', 'ip.defragment:FALSE', '-T', 'fields', '-E', 'occurrence=f', ...fields]
  const { stdout } = spawnSync('tshark', ['-r', file, ...options], { encoding: 'utf8', maxBuffer: 1 << 28 })
  return lines(stdout).map(line => {
    const [protocols = '', ip = '', ip6 = ''] = line.split('\t')
    if (ip !== '') return `ip ${ip}`
    if (ip6 !== '') return `ip6 ${ip6}`
    return /\b(arp|stp)\b/.exec(protocols)?.[1] ?? 'other'
  })
}

async function byTcpdump(octets: Uint8Array): Promise<string[]> {
  const { stdout, status } = await createWorld().sh('tcpdump -nntvr /capture.pcapng', {
    files: { '/capture.pcapng': octets },
  })
  expect(status).toBe(0)
  const packets = lines(stdout).filter(line => !/^\s/.test(line))
  return packets.map(line => {
    const [, version, protocol] = /^(IP6?) .*(?:proto|next-header) [^(]*\((\d+)\)/.exec(line) ?? []
    if (version !== undefined) return `${version.toLowerCase()} ${protocol}`
    return /^(?:ARP|STP)/.exec(line)?.[0].toLowerCase() ?? 'other'
  })
}

const lines = (text: string): string[] => text.split('\n').filter(line => line !== '')

async function alike(octets: Uint8Array): Promise<string[]> {
  const file = join(scratch, 'capture.pcapng')
  writeFileSync(file, octets)
  const ours = await byTcpdump(octets)
  expect(ours).toEqual(byTshark(file))
  return ours
}

describe.runIf(hasTshark)('tshark and tcpdump -r agree', () => {
  test.for(SIMS)('on the capture of sims/%s', async sim => {
    const file = join(scratch, `${sim}.pcapng`)
    expect((await vethereal(['--pcap', file, 'run', join(ROOT, 'sims', sim)])).status).toBe(0)
    expect((await alike(readFileSync(file))).length).toBeGreaterThan(20)
  })

  test('on captures of generated sessions', async () => {
    const made = fc.sample(fc.oneof(sessions(IPV4), conversations(macvlans())), 12)
    let packets = 0
    for (const session of made) packets += (await alike(play(session).capture.pcapng())).length
    expect(packets).toBeGreaterThan(100)
  })

  test('on frames of each protocol', async () => {
    const world = createWorld()
    world.addVeth({ name: 'a', up: true }, { name: 'b', up: true })
    const capture = world.capture()
    for (const octets of fc.sample(frames(), 200)) send(world, 'host/a', octets)
    world.runFor('1s')
    const protocols = new Set(await alike(capture.pcapng()))
    for (const each of ['arp', 'ip 1', 'ip 17', 'ip 2', 'stp', 'other']) expect(protocols).toContain(each)
  })
})

const PINGS = ((): { readonly pcapng: Uint8Array; readonly pcap: Uint8Array } => {
  const world = createWorld()
  const capture = world.capture()
  world.host.ping('127.0.0.1', { count: 3 })
  const records = capture.frames.map(({ at, bytes }) =>
    pcap.record({ seconds: Math.floor(at / 1e9), nanoseconds: at % 1e9, bytes, length: bytes.length }),
  )
  const classic = Buffer.concat([pcap.fileHeader(pcapng.LINKTYPE_ETHERNET, 262_144), ...records])
  return { pcapng: capture.pcapng(), pcap: new Uint8Array(classic) }
})()

describe.for(Object.entries(PINGS))('a damaged %s', ([, whole]) => {
  const read = (octets: Uint8Array) => createWorld().sh('tcpdump -nr /c', { files: { '/c': octets } })
  const MESSAGE = /^(reading from file \/c, [^\n]*\n)?(vethereal: )?tcpdump: [^\n]+\n$/

  test('that is cut anywhere ends with a message, or before a packet', async () => {
    let messages = 0
    for (let length = 0; length < whole.length; length += 3) {
      const { status, stderr } = await read(whole.slice(0, length))
      if (status === 0) continue
      expect(stderr).toMatch(MESSAGE)
      messages++
    }
    expect(messages).toBeGreaterThan(whole.length / 4)
  })

  test('never ends otherwise than with packets or a message', async () => {
    await fc.assert(
      fc.asyncProperty(damaged(fc.constant(whole)), async octets => {
        const { status, stderr } = await read(octets)
        if (status !== 0) expect(stderr).toMatch(MESSAGE)
      }),
    )
  })
})
