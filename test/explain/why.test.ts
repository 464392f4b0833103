/** `why` on networks that nobody had in mind: chains of routers and bridges with names by chance, one thing wrong. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Cause, createWorld, type World } from '../../src/index.ts'

/** hosts[0] - routers - hosts[1], link i between machine i and i + 1, all routes static. */
interface Chain {
  readonly world: World
  readonly names: readonly string[]
}

const left = (i: number): string => `10.${i}.7.1`
const right = (i: number): string => `10.${i}.7.2`
const net = (i: number): string => `10.${i}.7.0/24`

/** In the middle of each link is a bridge of its own, in a namespace of its own. */
function chain(names: readonly string[], isSwitched: boolean): Chain {
  const world = createWorld({ explain: true })
  const run = (line: string): void => {
    const { status, stderr } = world.exec(line)
    expect([line, status, stderr]).toEqual([line, 0, ''])
  }
  for (const name of names) run(`ip netns add ${name}`)
  const last = names.length - 1
  for (let i = 0; i < last; i++) {
    const [a, b] = [names[i]!, names[i + 1]!]
    if (isSwitched) {
      run(`ip netns add wire${i}`)
      run(`ip -n wire${i} link add name sw type bridge`)
      run(`ip -n wire${i} link set dev sw up`)
      run(`ip link add name r netns ${a} type veth peer name a netns wire${i}`)
      run(`ip link add name l netns ${b} type veth peer name b netns wire${i}`)
      for (const port of ['a', 'b']) run(`ip -n wire${i} link set dev ${port} master sw up`)
    } else run(`ip link add name r netns ${a} type veth peer name l netns ${b}`)
    run(`ip -n ${a} link set dev r up`)
    run(`ip -n ${b} link set dev l up`)
    run(`ip -n ${a} address add ${left(i)}/24 dev r`)
    run(`ip -n ${b} address add ${right(i)}/24 dev l`)
  }
  for (let i = 0; i <= last; i++) {
    if (i > 0 && i < last) run(`ip netns exec ${names[i]} sysctl -qw net.ipv4.ip_forward=1`)
    for (let to = 0; to < last; to++) {
      if (to > i) run(`ip -n ${names[i]} route add ${net(to)} via ${right(i)}`)
      if (to < i - 1) run(`ip -n ${names[i]} route add ${net(to)} via ${left(i - 1)}`)
    }
  }
  return { world, names }
}

/** Something that goes wrong at a machine: what is typed, and what has to be said of it. */
interface Fault {
  /** The first and the last machine that it can happen to, from the front and from the end. */
  readonly where: 'host' | 'router' | 'target' | 'all'
  readonly typed: (name: string, i: number, last: number) => string
  readonly cause: (name: string, i: number, last: number) => Partial<Cause>
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'forwarding off': {
    where: 'router',
    typed: name => `ip netns exec ${name} sysctl -qw net.ipv4.ip_forward=0`,
    cause: netns => ({ fault: 'forwarding-off', netns, device: 'l', setting: 'net.ipv4.ip_forward = 0' }),
  },
  'no way on': {
    where: 'router',
    // The last router is on the target's own network.
    typed: (name, i, last) =>
      i === last - 1 ? `ip -n ${name} link set dev r down` : `ip -n ${name} route del ${net(last - 1)}`,
    cause: (netns, i, last) => ({ fault: i === last - 1 ? 'link-down' : 'no-route', netns }),
  },
  'no way back': {
    where: 'router',
    typed: (name, i) => (i === 1 ? `ip -n ${name} route add prohibit ${left(0)}` : `ip -n ${name} route del ${net(0)}`),
    cause: (netns, i) => ({ fault: i === 1 ? 'route-type' : 'no-route', netns }),
  },
  'no way back from the end': {
    where: 'target',
    typed: (name, i) =>
      i === 1 ? `ip -n ${name} route add blackhole ${left(0)}` : `ip -n ${name} route del ${net(0)}`,
    cause: (netns, i) => ({ fault: i === 1 ? 'route-type' : 'no-return-route', netns }),
  },
  blackhole: {
    where: 'router',
    typed: (name, _, last) => `ip -n ${name} route add blackhole ${right(last - 1)}`,
    cause: (netns, _, last) => ({ fault: 'route-type', netns, setting: `blackhole ${right(last - 1)}` }),
  },
  'a rule': {
    where: 'router',
    typed: name => `ip -n ${name} rule add iif r priority 77 unreachable`,
    cause: netns => ({ fault: 'rule', netns, setting: '77: from all iif r unreachable' }),
  },
  'silence at the end': {
    where: 'target',
    typed: name => `ip netns exec ${name} sysctl -qw net.ipv4.icmp_echo_ignore_all=1`,
    cause: netns => ({ fault: 'icmp-echo-ignore-all', netns }),
  },
  'no ARP': {
    where: 'target',
    typed: name => `ip -n ${name} link set dev l arp off`,
    cause: netns => ({ fault: 'arp-off', netns, device: 'l' }),
  },
  'a wrong neighbour': {
    where: 'host',
    typed: name => `ip -n ${name} neigh replace ${right(0)} lladdr 02:00:00:aa:bb:cc dev r nud permanent`,
    cause: netns => ({ fault: 'wrong-neighbour', netns, device: 'r' }),
  },
  'another neighbour, which is wrong': {
    where: 'router',
    typed: (name, i) => `ip -n ${name} neigh replace ${left(i - 1)} lladdr 02:00:00:aa:bb:cc dev l nud permanent`,
    cause: netns => ({ fault: 'wrong-neighbour', netns, device: 'l' }),
  },
  'a link down': {
    where: 'target',
    typed: name => `ip -n ${name} link set dev l down`,
    cause: netns => ({ netns, device: 'l' }),
  },
  'a reverse path filter': {
    where: 'router',
    typed: name =>
      `ip netns exec ${name} sysctl -qw net.ipv4.conf.l.rp_filter=1 && ip -n ${name} route add ${left(0)} dev r`,
    cause: netns => ({ fault: 'rp-filter', netns, device: 'l', setting: 'net.ipv4.conf.l.rp_filter = 1' }),
  },
}

const word = fc.stringMatching(/^[a-z][a-z0-9]{2,7}$/).filter(name => name !== 'host' && !name.startsWith('wire'))
const networks = fc.record({
  names: fc.uniqueArray(word, { minLength: 3, maxLength: 6 }),
  isSwitched: fc.boolean(),
  pick: fc.nat(),
})

test.for(Object.keys(FAULTS))('%s', async what => {
  const { where, typed, cause } = FAULTS[what]!
  await fc.assert(
    fc.asyncProperty(networks, async ({ names, isSwitched, pick }) => {
      const { world } = chain(names, isSwitched)
      const last = names.length - 1
      const i = where === 'host' ? 0 : where === 'target' ? last : 1 + (pick % (last - 1))
      const name = names[i]!
      // What goes before: the network is sound.
      expect(world.netns(names[0]!).ping(right(last - 1), { count: 1 }).status).toBe(0)
      await world.sh(`${typed(name, i, last)}; sleep 60`)
      world.netns(names[0]!).ping(right(last - 1), { count: 2, wait: 4 })
      const verdict = world.why(2)
      expect(verdict?.cause, verdict?.text).toMatchObject(cause(name, i, last))
    }),
    { numRuns: 12, seed: 1 },
  )
})
