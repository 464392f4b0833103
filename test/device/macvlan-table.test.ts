/**
 * Who hears what on a macvlan: macvlan-table.json is what Linux answered to macvlan-table.sh, and Vethereal is asked the
 * same. An answer reads `devices that saw it pass | stacks that were given it, and as what`.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createWorld, type World } from '../../src/api/world.ts'
import { type Device, isUp } from '../../src/core/device.ts'
import { type Frame, frameOf } from '../../src/core/frame.ts'
import { addGroup } from '../../src/core/groups.ts'
import * as ethernet from '../../src/wire/ethernet.ts'
import { type Mac, parse } from '../../src/wire/mac.ts'
import { HOST } from '../../src/world/world.ts'

interface Asked<Heard> {
  readonly name: string
  readonly commands: readonly string[]
  readonly heard: Heard
}

/** By answer and sender (`e1 as a` is what a switch sends back to a), the destinations. */
type Heard = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

interface Table {
  readonly kernel: string
  readonly macs: Readonly<Record<string, string>>
  readonly joined: Readonly<Record<string, readonly string[]>>
  readonly setups: readonly Asked<Heard>[]
  readonly orders: readonly Asked<Readonly<Record<string, string>>>[]
}

const TABLE = JSON.parse(readFileSync(new URL('macvlan-table.json', import.meta.url), 'utf8')) as Table
const TYPES = ['host', 'broadcast', 'multicast', 'otherhost', 'outgoing']
const ETHERTYPE = 0x88b5

const macOf = (name: string): Mac => parse(TABLE.macs[name]!)!

/** A world in which every frame of ours is written down: `taps` by devices it passes, `stacks` by those who are given it. */
class Lab {
  readonly world: World = createWorld()
  readonly taps: string[] = []
  readonly stacks: string[] = []

  constructor(commands: readonly string[]) {
    this.run('sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1')
    for (const command of commands) this.run(command)
    this.world.runFor('3s')
    for (const [name, groups] of Object.entries(TABLE.joined)) {
      const dev = this.find(name)
      if (dev !== undefined) for (const group of groups) addGroup(dev, macOf(group))
    }
    const { core } = this.world
    core.events.on('frame', (_at, dev, direction, frame) => {
      if (isOurs(frame)) this.taps.push(`${dev.name} ${direction}`)
    })
    core.observe()
    const { stack } = core.netns(HOST)
    const receive = stack.receive.bind(stack)
    stack.receive = (dev, frame, type) => {
      if (isOurs(frame)) this.stacks.push(`${dev.name} ${TYPES[type]}`)
      receive(dev, frame, type)
    }
  }

  run(command: string): void {
    expect(this.world.exec(command)).toEqual({ status: 0, stdout: '', stderr: '' })
  }

  find(name: string): Device | undefined {
    return this.world.core.device(HOST, name)
  }

  send(via: string, src: Mac, dst: Mac): void {
    const dev = this.find(via)!
    this.taps.length = 0
    this.stacks.length = 0
    const bytes = new Uint8Array(60).fill(0xa5)
    ethernet.put(bytes, 0, dst, src, ETHERTYPE)
    if (isUp(dev)) this.world.core.engine.tx(dev, frameOf(bytes))
    this.world.runFor('1ms')
  }
}

const isOurs = ({ bytes, at }: Frame): boolean => ethernet.type(bytes, at) === ETHERTYPE

/** Who hears the frame, as the table has it. */
function heard(lab: Lab, sender: string, dst: string): string {
  const [via, src = via] = sender.split(' as ') as [string, string?]
  lab.send(via, macOf(src!), macOf(dst))
  return `${lab.taps.sort().join(', ')} | ${lab.stacks.sort().join(', ')}`
}

describe(`as on ${TABLE.kernel}`, () => {
  test.for(TABLE.setups.map(setup => [setup.name, setup] as const))('%s', ([, setup]) => {
    const lab = new Lab(setup.commands)
    for (const [answer, senders] of Object.entries(setup.heard)) {
      for (const [sender, targets] of Object.entries(senders)) {
        for (const target of targets) expect(heard(lab, sender, target), `${sender} > ${target}`).toBe(answer)
      }
    }
  })

  test.for(TABLE.orders.map(setup => [setup.name, setup] as const))('%s', ([, setup]) => {
    const lab = new Lab(setup.commands)
    const order = (): string => lab.stacks.map(each => each.split(' ')[0]).join(' ')
    lab.send('e1', macOf('e1'), macOf('broadcast'))
    const outside = order()
    lab.send('m0', lab.find('m0')!.mac, macOf('broadcast'))
    const inside = order()
      .split(' ')
      .filter(name => name !== 'e1')
      .join(' ')
    expect({ e1: outside, m0: inside }).toEqual(setup.heard)
  })
})
