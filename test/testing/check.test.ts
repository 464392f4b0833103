/** What a failing check tells: the least session, as a script that runs, with its frames, and how to have it again. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { createWorld } from '../../src/api/world.ts'
import {
  check,
  conversations,
  LINKS,
  macvlans,
  play,
  type Rule,
  type Run,
  script,
  sessions,
  topologies,
  watch,
} from '../../src/testing/index.ts'
import { TapFile } from '../../src/world/tapfile.ts'
import { HOST } from '../../src/world/world.ts'

const folder = mkdtempSync(join(tmpdir(), 'vethereal-check-'))
afterAll(() => rmSync(folder, { recursive: true }))

function messageOf(failing: () => void): string {
  try {
    failing()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('it did not fail')
}

/** False as soon as h1 hears h0. */
const h1HearsNobody = ({ capture }: Run): void => {
  const heard = capture.frames.find(({ netns, direction }) => netns === 'h1' && direction === 'in')
  expect(heard?.summary).toBeUndefined()
}

const FAILURE = messageOf(() => check(conversations(topologies({ bridges: 1 })), h1HearsNobody, { seed: 7 }))
const SCRIPT = /As a script:\n([\s\S]*?)\n\n\n/.exec(FAILURE)![1]!

test('the seed, and the path to the session', () => {
  const [, again] = /^Failed after \d+ sessions; check\(\.\.\., (.*)\) runs it again\.$/m.exec(FAILURE)!
  expect(JSON.parse(again!)).toEqual({ seed: 7, path: expect.any(String) })
  expect(
    messageOf(() => check(conversations(topologies({ bridges: 1 })), h1HearsNobody, JSON.parse(again!))),
  ).toContain(SCRIPT)
})

test('what was wrong, and the frames', () => {
  expect(FAILURE).toContain("expected 'ethertype 0x88b5' to be undefined")
  const frames = FAILURE.split('Its frames, and what became of them:\n')[1]!.split('\n')
  const life = frames
    .filter(line => / #2 /.test(line))
    .map(line => line.replace(/ +/g, ' ').split(' ').slice(1).join(' '))
  expect(life).toEqual(
    expect.arrayContaining([
      'h0/eth0 out #2 60 ethertype 0x88b5',
      's0/p0 in #2 60 ethertype 0x88b5',
      's0/p1 out #2 60 ethertype 0x88b5',
      'h1/eth0 in #2 60 ethertype 0x88b5',
    ]),
  )
  expect(FAILURE).toMatch(/^#2 [\da-f]{24}88b5[\da-f]{92}$/m)
})

test('one frame is left of all that was said', () => {
  expect(SCRIPT.match(/^printf/gm)).toHaveLength(1)
})

test('the script is what the session does', async () => {
  const world = createWorld()
  const { status, stderr } = await world.sh(SCRIPT.replace(/^printf.*\n?/gm, ''))
  expect([status, stderr]).toEqual([0, ''])
  expect(world.namespaces().map(({ name }) => name)).toEqual(expect.arrayContaining(['host', 's0', 'h0', 'h1']))
  expect(
    world
      .netns('s0')
      .links()
      .map(({ name }) => name),
  ).toEqual(expect.arrayContaining(['lo', 'br', 'p0', 'p1']))
})

test('scripts of topologies make the same network', async () => {
  const networks = fc.oneof(topologies(), macvlans())
  for (const topology of fc.sample(networks, 12)) {
    const session = { steps: topology.requests }
    const { world: played } = play(session)
    const world = createWorld()
    expect(await world.sh(script(session))).toMatchObject({ status: 0, stderr: '' })
    for (const { name } of played.namespaces()) {
      const links = (of: typeof world) =>
        of
          .netns(name)
          .links()
          .map(({ name, mac, up, master, kind }) => [name, mac, up, master, kind])
      expect(links(world)).toEqual(links(played))
    }
  }
})

const hasKernel =
  process.platform === 'linux' &&
  process.getuid!() === 0 &&
  spawnSync('unshare', ['-n', '-m', 'true']).status === 0 &&
  ['ip', 'socat', 'sysctl'].every(name => spawnSync('which', [name]).status === 0)

/** In private namespaces; /run is where `ip netns` keeps names. */
function onLinux(text: string): { readonly status: number | null; readonly stderr: string; readonly stdout: string } {
  const file = join(folder, 'lab.sh')
  writeFileSync(file, `mount -t tmpfs tmpfs /run\nset -e\n${text}\nip -n h1 -s -j link show eth0\n`)
  const { status, stdout, stderr } = spawnSync('unshare', ['-n', '-m', 'bash', file], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test.runIf(hasKernel)('it runs on Linux, where h1 hears the frame too', () => {
  const { status, stdout, stderr } = onLinux(SCRIPT)
  expect([status, stderr]).toEqual([0, ''])
  const [link] = JSON.parse(stdout.slice(stdout.lastIndexOf('[{'))) as { stats64: { rx: { packets: number } } }[]
  expect(link!.stats64.rx.packets).toBeGreaterThan(0)
})

test('rules of your own are asked, and a broken one is named with its place', () => {
  const silence: Rule = {
    name: 'nobody speaks',
    begin: () => ({ hop: ({ way }) => (way === 'out' ? 'somebody spoke' : undefined) }),
  }
  const world = createWorld()
  const watched = watch(world, [silence])
  world.host.ping('127.0.0.1')
  expect(watched.broken()).toContainEqual({ rule: 'nobody speaks', at: 0, device: 'host/lo', what: 'somebody spoke' })
  const message = messageOf(() => check(conversations(topologies()), () => {}, { rules: [silence], numRuns: 5 }))
  expect(message).toMatch(/^nobody speaks, but at \d+ ns on \w+\/\w+: somebody spoke$/m)
})

test('a session that takes another course the second time is found', () => {
  let times = 0
  const restless: Rule = {
    name: 'restless',
    begin: world => {
      if (times++ % 2 === 1) world.engine.streams.stream('mac').u32()
      return {}
    },
  }
  const bare = fc.constant({ steps: [{ type: 'newlink', netns: 0 as never, link: { kind: 'bridge' } }] } as const)
  const message = messageOf(() => check(bare, () => {}, { rules: [restless], numRuns: 1 }))
  expect(message).toContain('the same session took another course the second time')
})

test('what a macvtap keeps from its own stack waits for its program, and is a copy', () => {
  const world = createWorld()
  for (const line of [
    'sysctl -w net.ipv6.conf.all.disable_ipv6=1',
    'ip link add name e0 type veth peer name e1',
    'ip link add name t0 link e0 type macvtap mode bridge',
    'ip link set dev e0 up',
    'ip link set dev e1 up',
    'ip link set dev t0 up',
    'ip address add 10.0.0.1/24 dev t0',
  ]) {
    expect(world.exec(line)).toMatchObject({ status: 0 })
  }
  world.runFor('5s')
  const { core } = world
  const tap = new TapFile(core.engine, core.device(HOST, 't0')!)
  const watched = watch(world)
  expect(world.exec('ping -c 1 -W 1 -I t0 224.0.0.1').status).toBe(1)
  expect(watched.account()).toMatchObject({ sent: 1, copied: 1, delivered: 0, queued: 1, dropped: 1 })
  expect(tap.read()).toHaveLength(10 + 98)
  expect(watched.account()).toMatchObject({ sent: 1, copied: 1, delivered: 1, queued: 0, dropped: 1 })
  expect(watched.broken()).toEqual([])
})

test('sessions of links are checked as they are', () => {
  check(sessions(LINKS), ({ watched }) => expect(watched.account().lost).toBe(0), { numRuns: 5 })
})
