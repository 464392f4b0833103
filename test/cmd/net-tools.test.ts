/** What net-tools has on Linux and not here is refused with a sentence, before anything changes. */
import { expect, test } from 'vitest'
import { createWorld } from '../../src/index.ts'

test.for([
  ['ifconfig lo inet6 ::2', 'ifconfig inet6'],
  ['ifconfig lo add ::2/64', 'ifconfig add and del of IPv6'],
  ['ifconfig lo tunnel ::1', 'ifconfig tunnel'],
  ['ifconfig lo -trailers', 'ifconfig -trailers'],
  ['ifconfig lo hw ax25 x', 'ifconfig hw ax25'],
  ['route -6', 'route of inet6'],
  ['route -A ax25', 'route of ax25'],
  ['route add -net 10.0.0.0/8 dev lo irtt 3', 'route irtt'],
  ['arp -H ax25', 'arp -H ax25'],
  ['arp -s 10.0.0.1 02:00:00:00:00:01 netmask 255.0.0.0 pub', 'arp netmask'],
  ['arp -s 10.0.0.1 02:00:00:00:00:01 dontpub', 'arp dontpub'],
  ['netstat -6', 'netstat -6'],
  ['netstat -c', 'netstat -c'],
  ['netstat -tulpn', 'netstat -p'],
  ['netstat -ue', 'netstat -e of sockets'],
  ['netstat -A ax25', 'netstat of ax25'],
  ['nstat -d 3', 'nstat -d'],
  ['ip monitor file x', 'ip monitor file'],
  ['ip nexthop bucket', 'ip nexthop bucket'],
] as const)('%s', ([line, what]) => {
  const world = createWorld()
  const before = [world.host.links(), world.host.addresses(), world.host.routes(), world.host.neighbours()]
  expect(world.exec(line)).toEqual({ status: 2, stdout: '', stderr: `vethereal: ${what} is not supported yet\n` })
  expect([world.host.links(), world.host.addresses(), world.host.routes(), world.host.neighbours()]).toEqual(before)
})

test('an address by ifconfig is a request, and one that came by ioctl', () => {
  const world = createWorld()
  const seen: unknown[] = []
  world.on('request', ({ request }) => seen.push(request))
  world.exec('ifconfig lo:1 10.1.2.3')
  expect(seen).toContainEqual(expect.objectContaining({ type: 'newaddr', by: 'ioctl' }))
})
