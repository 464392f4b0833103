/**
 * Transcripts of real tools on Linux 6.18, in test/cmd/linux: `$ COMMAND`, what it wrote to standard output, what it
 * wrote to standard error with `! ` before each line, `[STATUS]`. Lines with `# ` are what was done in between:
 * `# up NAME`, `# down NAME`, `# mac NAME ADDRESS`, `# wait SECONDS`. The recorder disabled IPv6 before and made three
 * veth pairs, v1 (02:00:00:00:00:11) and w1 (02:00:00:00:00:21) to v3 and w3.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../../src/cmd/command.ts'
import * as mac48 from '../../src/wire/mac.ts'
import { HOST, World } from '../../src/world/world.ts'

/** What the file holds, and what the same commands say in a world of ours; equal when all is well. */
export function replay(file: string, commands: Readonly<Record<string, Command>>): { linux: string; ours: string } {
  const linux = readFileSync(join(import.meta.dirname, 'linux', file), 'utf8')
  const world = threePairs()
  let ours = ''
  for (const line of linux.split('\n')) {
    if (line.startsWith('$ ')) ours += `${line}\n${run(world, commands, line.slice(2))}`
    if (!line.startsWith('# ')) continue
    act(world, line.slice(2).split(' '))
    ours += `${line}\n`
  }
  return { linux, ours }
}

function act(world: World, [what, name, value]: readonly string[]): void {
  if (what === 'wait') {
    world.runUntil(world.now + Number(name) * 1e9)
    return
  }
  const changes = what === 'mac' ? { mac: mac48.parse(value!)! } : { up: what === 'up' }
  world.apply({ type: 'setlink', netns: HOST, link: name!, changes })
}

export function run(world: World, commands: Readonly<Record<string, Command>>, line: string, stdin = ''): string {
  const argv = line.split(' ')
  let out = ''
  let err = ''
  let status: number | undefined
  const program = commands[argv[0]!]!({
    world,
    pid: 100,
    netns: HOST,
    argv,
    env: new Map(),
    stdin,
    isTerminal: false,
    stdout: text => {
      out += text
    },
    stderr: text => {
      err += text
    },
  })
  world.spawn(program, code => {
    status = code
  })
  return `${out}${err.replace(/^(?=.)/gm, '! ')}[${status}]\n`
}

function threePairs(): World {
  const world = new World()
  for (const which of ['all', 'default']) {
    world.apply({ type: 'sysctl', netns: HOST, path: `net/ipv6/conf/${which}/disable_ipv6`, value: '1' })
  }
  for (const i of [1, 2, 3]) {
    const peer = { name: `w${i}`, mac: mac48.parse(`02:00:00:00:00:2${i}`)! }
    const link = { kind: 'veth', name: `v${i}`, mac: mac48.parse(`02:00:00:00:00:1${i}`)!, peer }
    world.apply({ type: 'newlink', netns: HOST, link })
  }
  return world
}
