/** The broken networks of sims/broken: `why` names what is wrong in each, where, and a command that puts it right. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createWorld, type Verdict } from '../../src/index.ts'
import { ROOT } from '../support/program.ts'

const FOLDER = join(ROOT, 'sims/broken')

/** What is wrong, and in which namespace, at which device, by which setting. */
const TRUTH: Readonly<Record<string, { fault: string; netns: string; device?: string; setting: string }>> = {
  'address-on-port': { fault: 'address-on-port', netns: 'server', device: 'port1', setting: '10.0.0.1/24' },
  'arp-ignore': { fault: 'arp-ignore', netns: 'bob', device: 'eth0', setting: 'net.ipv4.conf.eth0.arp_ignore = 1' },
  'arp-off': { fault: 'arp-off', netns: 'bob', device: 'eth0', setting: 'NOARP' },
  'blackhole-route': { fault: 'route-type', netns: 'router', setting: 'blackhole 10.0.2.2' },
  'duplicate-address': { fault: 'duplicate-address', netns: 'carol', device: 'eth0', setting: '10.0.0.1/24' },
  'echo-ignored': {
    fault: 'icmp-echo-ignore-all',
    netns: 'bob',
    setting: 'net.ipv4.icmp_echo_ignore_all = 1',
  },
  'forwarding-off': { fault: 'forwarding-off', netns: 'router', device: 'eth0', setting: 'net.ipv4.ip_forward = 0' },
  'isolated-ports': { fault: 'port-isolated', netns: 'switch', device: 'p2', setting: 'isolated on' },
  'link-down': { fault: 'link-down', netns: 'alice', device: 'eth0', setting: 'state DOWN' },
  'macvlan-and-parent': { fault: 'macvlan-parent', netns: 'box', device: 'eth0', setting: 'macvlan on eth0' },
  'mtu-at-router': { fault: 'mtu', netns: 'router', device: 'eth1', setting: 'mtu 1300' },
  'mtu-at-switch': { fault: 'mtu', netns: 'switch', device: 'p2', setting: 'mtu 1400' },
  'mtu-hole': { fault: 'mtu', netns: 'router', device: 'eth1', setting: 'mtu 1300' },
  'no-address': { fault: 'no-address', netns: 'alice', device: 'eth0', setting: 'no address' },
  'no-carrier': { fault: 'no-carrier', netns: 'bob', device: 'eth0', setting: 'state DOWN' },
  'no-return-route': { fault: 'no-return-route', netns: 'bob', setting: 'route to 10.0.1.2' },
  'policy-rule': { fault: 'rule', netns: 'router', setting: '32765: from 10.0.2.0/24 iif eth1 prohibit' },
  'port-down': { fault: 'port-down', netns: 'switch', device: 'p1', setting: 'state DOWN' },
  'private-macvlans': { fault: 'macvlan-private', netns: 'one', device: 'eth0', setting: 'macvlan mode private' },
  'prohibit-route': { fault: 'route-type', netns: 'router', setting: 'prohibit 10.0.2.0/28' },
  'quiet-port': { fault: 'port-flood', netns: 'switch', device: 'p2', setting: 'bcast_flood off' },
  'reverse-path': { fault: 'rp-filter', netns: 'bob', device: 'eth0', setting: 'net.ipv4.conf.all.rp_filter = 1' },
  'routing-loop': { fault: 'routing-loop', netns: 'two', setting: 'default via 10.0.2.1 dev eth0' },
  'spanning-tree-delay': { fault: 'port-state', netns: 'switch', device: 'p1', setting: 'state listening' },
  'ttl-too-small': { fault: 'ttl', netns: 'two', device: 'eth0', setting: 'ttl 2' },
  vepa: { fault: 'vepa-without-hairpin', netns: 'wall', device: 'plug', setting: 'hairpin off' },
  'wide-mask': { fault: 'wrong-mask', netns: 'alice', device: 'eth0', setting: '172.16.1.2/16' },
  'wrong-gateway': {
    fault: 'wrong-gateway',
    netns: 'alice',
    device: 'eth0',
    setting: 'default via 10.0.1.254 dev eth0',
  },
  'wrong-mask': { fault: 'wrong-mask', netns: 'bob', device: 'eth0', setting: '192.168.7.130/25' },
  'wrong-neighbour': {
    fault: 'wrong-neighbour',
    netns: 'alice',
    device: 'eth0',
    setting: '10.0.0.2 lladdr 02:00:00:00:00:99 PERMANENT',
  },
  'wrong-source': { fault: 'no-return-route', netns: 'bob', setting: 'route to 172.16.0.1' },
}

const scriptOf = (name: string): string => readFileSync(join(FOLDER, `${name}.sh`), 'utf8')

async function verdicts(script: string): Promise<readonly Verdict[]> {
  const world = createWorld({ explain: true })
  await world.sh(script)
  return world.why()
}

const names = readdirSync(FOLDER).map(file => file.replace(/\.sh$/, ''))

test('the truth is known of each', () => expect(names.sort()).toEqual(Object.keys(TRUTH).sort()))

test.for(names)('%s', async name => {
  const script = scriptOf(name)
  const [verdict, ...others] = await verdicts(script)
  expect(others).toEqual([])
  expect(verdict?.cause).toMatchObject(TRUTH[name]!)
  expect(verdict!.text).toContain(verdict!.cause!.words)
})

/** Where the remedy is a command as it stands, the script's last ping succeeds behind it. */
const WITHOUT = [
  'no-address',
  'macvlan-and-parent',
  'routing-loop',
  'ttl-too-small',
  'wrong-source',
  'spanning-tree-delay',
]

test.for(names.filter(name => !WITHOUT.includes(name)))('the remedy of %s is one', async name => {
  const script = scriptOf(name)
  const [verdict] = await verdicts(script)
  const remedy = verdict!.cause!.remedy
  expect(remedy).toBeDefined()
  const last = script.trim().split('\n').at(-1)!
  const again = `${script}\nsleep 3\n${remedy}\nsleep 3\n${last}\n`
  const { status } = await createWorld().sh(again)
  expect(status).toBe(0)
})
