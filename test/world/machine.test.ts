/** Sysctls that only the initial namespace has, and that rule all: the table of neighbours, redirects, routing errors. */
import { expect, test } from 'vitest'
import { createWorld, type World } from '../../src/index.ts'

function world(...lines: string[]): World {
  const made = createWorld({ seed: 1 })
  for (const line of lines) expect(made.exec(line)).toMatchObject({ status: 0 })
  return made
}

const PAIR = [
  'ip netns add a',
  'ip netns add b',
  'ip link add e netns a type veth peer name e netns b',
  'ip -n a address add 10.0.0.1/24 dev e',
  'ip -n b address add 10.0.0.200/24 dev e',
  'ip -n a link set e up',
  'ip -n b link set e up',
]

test('a full table of neighbours: the sender hears ENOBUFS, the packet counts as discarded', () => {
  const w = world(...PAIR, 'sysctl -w net.ipv4.neigh.default.gc_thresh2=1 net.ipv4.neigh.default.gc_thresh3=2')
  w.runFor('1s')
  const pings = [2, 3, 4].map(host => w.exec(`ip netns exec a ping -c 1 -W 0.1 10.0.0.${host}`).stderr)
  expect(pings).toEqual(['', '', 'ping: sendmsg: No buffer space available\n'])
  expect(w.exec('ip netns exec a nstat -az IpOutDiscards').stdout).toMatch(/^IpOutDiscards +1 /m)
  expect(w.exec('ip -n a neigh add 10.0.0.9 lladdr 02:00:00:00:00:05 dev e nud stale').stderr).toBe(
    'RTNETLINK answers: No buffer space available\n',
  )
  // No limit keeps out what is permanent.
  expect(w.exec('ip -n a neigh add 10.0.0.9 lladdr 02:00:00:00:00:05 dev e').status).toBe(0)
})

const heard = (w: World, name: string): string =>
  w.exec(`ip netns exec a nstat -az ${name}`).stdout.match(/\n\S+ +(\d+)/)![1]!

const ROUTER = [
  ...PAIR,
  'ip netns exec b sysctl -w net.ipv4.ip_forward=1',
  'ip -n b route add 10.5.0.0/16 via 10.0.0.7',
  'ip -n b neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev e',
  'ip -n a route add default via 10.0.0.200',
]

test.for([
  ['', '4'],
  ['sysctl -w net.ipv4.route.redirect_number=1', '1'],
])('redirects to one host: %j', ([line, redirects]) => {
  const w = world(...ROUTER, ...(line === '' ? [] : [line!]))
  w.runFor('1s')
  w.exec('ip netns exec a ping -c 9 -i 0.05 -W 0.1 10.5.0.1')
  expect(heard(w, 'IcmpInRedirects')).toBe(redirects)
})

test.for([
  ['', '2'],
  ['sysctl -w net.ipv4.route.error_burst=500', '1'],
])('how often one host is told that there is no route: %j', ([line, errors]) => {
  const w = world(...ROUTER, ...(line === '' ? [] : [line!]))
  w.runFor('1s')
  w.exec('ip netns exec a ping -c 5 -i 0.1 -W 0.1 10.6.0.1')
  expect(heard(w, 'IcmpInDestUnreachs')).toBe(errors)
})
