/** Two namespaces on one wire, and programs in them. */

import { type ProgramFunction, programCommand } from '../../../src/cmd/os/program.ts'
import { COMMANDS } from '../../../src/cmd/registry.ts'
import type { NetnsId } from '../../../src/core/device.ts'
import { elapse } from '../../../src/shell/elapse.ts'
import * as ip from '../../../src/wire/ip.ts'
import type { Program, Signal } from '../../../src/world/task.ts'
import { World } from '../../../src/world/world.ts'

export interface Started {
  readonly stdout: string
  readonly stderr: string
  readonly status: number | undefined
  signal(signal: Signal): void
}

export class Lab {
  readonly world = new World({ seed: 7 })
  readonly a: NetnsId
  readonly b: NetnsId

  constructor() {
    const { world } = this
    const made = ['a', 'b'].map(name => {
      const answer = world.apply({ type: 'newnetns', name })
      if (!answer.ok) throw new Error(answer.errno)
      const netns = answer.value as NetnsId
      for (const which of ['all', 'default']) {
        world.apply({ type: 'sysctl', netns, path: `net/ipv6/conf/${which}/disable_ipv6`, value: '1' })
      }
      return netns
    })
    this.a = made[0]!
    this.b = made[1]!
    const peer = { name: 'eth0', netns: this.b }
    world.apply({ type: 'newlink', netns: this.a, link: { kind: 'veth', name: 'eth0', netns: this.a, peer } })
    made.forEach((netns, i) => {
      world.apply({ type: 'setlink', netns, link: 'lo', changes: { up: true } })
      world.apply({ type: 'setlink', netns, link: 'eth0', changes: { up: true } })
      const address = { local: ip.parse(`10.0.0.${i + 1}`)!, prefixLength: 24, exclusive: true }
      world.apply({ type: 'newaddr', netns, link: 'eth0', address: { ...address, scope: 0 } })
    })
    world.runUntil(2e9)
  }

  start(netns: NetnsId, run: ProgramFunction, ...args: string[]): Started {
    const { world } = this
    const started = { stdout: '', stderr: '', status: undefined as number | undefined, signal: () => undefined }
    const program = programCommand(run)({
      world,
      pid: 100,
      netns,
      argv: ['prog', ...args],
      env: new Map(),
      stdin: 'typed\n',
      isTerminal: false,
      stdout: text => {
        started.stdout += text
      },
      stderr: text => {
        started.stderr += text
      },
    })
    const task = world.spawn(soon(program, world.now), status => {
      started.status = status
    })
    return Object.assign(started, { signal: (signal: Signal) => task.signal(signal) })
  }

  command(netns: NetnsId, line: string): void {
    const argv = line.split(' ')
    const silent = (): void => undefined
    const process = { world: this.world, pid: 101, netns, argv, env: new Map(), stdin: '', isTerminal: false }
    this.world.spawn(COMMANDS.get(argv[0]!)!({ ...process, stdout: silent, stderr: silent }))
  }

  pass(seconds: number): Promise<void> {
    return elapse(this.world, this.world.now + seconds * 1e9)
  }
}

function* soon(program: Program, at: number): Program {
  yield { for: 'instant', at }
  return yield* program
}
