/** Two switches with a trunk between them: each line breaks it in one place, `why` says in which, and its remedy helps. */
import { expect, test } from 'vitest'
import { createWorld } from '../../src/index.ts'

const LAB = `
for netns in x y s t; do ip netns add $netns; done
ip link add e netns x address 02:00:00:00:00:01 type veth peer name a netns s
ip link add e netns y address 02:00:00:00:00:02 type veth peer name b netns t
ip link add trunk netns s type veth peer name trunk netns t
for netns in s t; do
  ip -n $netns link add name lan type bridge
  ip -n $netns link set dev lan up
  ip -n $netns link set dev trunk master lan up
done
ip -n s link set dev a master lan up
ip -n t link set dev b master lan up
ip -n x link set dev e up
ip -n y link set dev e up
ip -n x address add 10.77.0.1/24 dev e
ip -n y address add 10.77.0.2/24 dev e
sleep 2
`
const PING = 'ip netns exec x ping -c 1 -W 2 10.77.0.2'

const FAULTS: readonly (readonly [typed: string, fault: string, netns: string, device?: string])[] = [
  [
    `${PING} > /dev/null; bridge -n t fdb replace 02:00:00:00:00:02 dev trunk master static`,
    'wrong-fdb-entry',
    't',
    'trunk',
  ],
  ['ip -n t link set dev lan down', 'link-down', 't', 'lan'],
  ['ip -n t link set dev trunk down', 'port-down', 't', 'trunk'],
  ['bridge -n s link set dev trunk flood off bcast_flood off', 'port-flood', 's', 'trunk'],
  ['bridge -n s link set dev a isolated on; bridge -n s link set dev trunk isolated on', 'port-isolated', 's', 'trunk'],
  ['bridge -n t link set dev b isolated on; bridge -n t link set dev trunk isolated on', 'port-isolated', 't', 'b'],
  ['ip -n y link set dev e down', 'port-down', 'y', 'e'],
  ['ip -n y link set dev e arp off', 'arp-off', 'y', 'e'],
  ['ip -n y address del 10.77.0.2/24 dev e; ip -n t address add 10.77.0.2/24 dev b', 'address-on-port', 't', 'b'],
  ['ip -n y address del 10.77.0.2/24 dev e', 'no-such-address', 'x', 'e'],
  ['ip -n t link set dev trunk nomaster', 'not-connected', 'x', 'e'],
  ['ip netns exec y sysctl -qw net.ipv4.conf.all.arp_ignore=8', 'arp-ignore', 'y', 'e'],
  ['ip -n y address add 10.77.0.1/24 dev e', 'duplicate-address', 'y', 'e'],
  ['ip -n x rule add to 10.77.0.2 priority 9 prohibit', 'rule', 'x'],
  ['ip -n y rule add to 10.77.0.1 priority 9 blackhole', 'rule', 'y'],
  ['ip -n x link set dev e down; ip -n x link set dev e arp off; ip -n x link set dev e up', 'arp-off', 'x', 'e'],
]
/** It would take a free address, or somebody to plug in a cable. */
const WITHOUT_REMEDY = ['no-such-address', 'not-connected']

test.for(FAULTS)('%s: %s', async ([typed, fault, netns, device]) => {
  const world = createWorld({ explain: true })
  await world.sh(`${LAB}${typed}\nsleep 1\n${PING}`)
  const [verdict] = world.why()
  const where = { fault, netns, ...(device !== undefined && { device }) }
  expect(verdict?.cause, verdict?.text).toMatchObject(where)
  const { remedy } = verdict!.cause!
  expect(remedy !== undefined, verdict!.text).toBe(!WITHOUT_REMEDY.includes(fault))
  if (remedy === undefined) return
  const again = await createWorld().sh(`${LAB}${typed}\nsleep 1\n${remedy}\nsleep 3\n${PING}`)
  expect(again.status, again.stderr).toBe(0)
})

test('frames that are too long for the trunk', async () => {
  const world = createWorld({ explain: true })
  await world.sh(`${LAB}ip -n s link set dev trunk mtu 600\n${PING}\n${PING} -s 1000`)
  const verdicts = world.why()
  expect(verdicts.map(({ number, cause }) => [number, cause?.fault, cause?.netns, cause?.device])).toEqual([
    [2, 'mtu', 's', 'trunk'],
  ])
  expect(verdicts[0]!.text.replace(/at [\d.]+ s/, 'at * s')).toBe(
    '"ping -c 1 -W 2 10.77.0.2 -s 1000" in x (at * s) failed. The frame carries 1028 octets, but s/trunk is a ' +
      'port of a bridge, which tells nobody, and takes no more than 600. To put it right: ' +
      'ip -n s link set dev trunk mtu 1028',
  )
})

test('a switch that forwards nothing yet, and then does', async () => {
  const world = createWorld({ explain: true })
  const stp = 'ip -n s link set dev lan type bridge stp_state 1 forward_delay 400'
  await world.sh(
    `${LAB}${stp}\nip -n s link set dev a down\nip -n s link set dev a up\nsleep 2\n${PING}\nsleep 9\n${PING}`,
  )
  expect(world.why().map(({ number, cause }) => [number, cause?.fault, cause?.netns, cause?.device])).toEqual([
    [1, 'port-state', 's', 'a'],
  ])
})
