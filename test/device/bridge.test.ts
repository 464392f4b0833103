/** Birth and death of bridges, ports that join and leave, settings. What is expected was seen on Linux 6.18. */
import { expect, test } from 'vitest'
import { Nud } from '../../src/control/request.ts'
import { HardwareType, Iff, OperState } from '../../src/core/device.ts'
import { fail } from '../../src/core/errno.ts'
import { bridge, bridgeInfo, fdbAdd, portInfo } from '../../src/device/bridge.ts'
import { Fdb, highWord, lowWord } from '../../src/device/fdb.ts'
import { BROADCAST, format, type Mac, ZERO } from '../../src/wire/mac.ts'
import { BRIDGE_MAC, Lab, mac, portMac } from '../support/bridge.ts'
import { device, frame, Recorder } from '../support/recorder.ts'

const OK = { ok: true, value: undefined }

test('a broadcast goes to every other port, the newest first, and then up', () => {
  const lab = new Lab(4)
  const [, p2] = lab.ports
  lab.remove(p2!)
  lab.add(p2!)
  expect(lab.receive(1, frame(BROADCAST, mac(1)))).toEqual(['tx p2', 'tx p4', 'tx p3', 'rx br0 broadcast'])
  expect(lab.send(frame(BROADCAST, BRIDGE_MAC))).toEqual(['tx p2', 'tx p4', 'tx p3', 'tx p1'])
})

test('all receivers share the one frame that came in', () => {
  const lab = new Lab(3)
  const f = frame(BROADCAST, mac(1))
  lab.receive(1, f)
  expect(lab.out.frames.map(heard => heard.frame)).toEqual([f, f, f])
  for (const heard of lab.out.frames) expect(heard.frame).toBe(f)
})

test('what goes up is counted without the Ethernet header, what is sent with it', () => {
  const lab = new Lab(2)
  lab.receive(1, frame(BROADCAST, mac(1)))
  lab.receive(1, frame(0x0100_5e00_0001 as Mac, mac(1)))
  lab.receive(1, frame(mac(2), mac(1)))
  // The world counts whole frames as they arrive; this is what the bridge takes off.
  expect([lab.br.rxBytes, lab.br.multicast]).toEqual([-28, 1])
  lab.send(frame(mac(1), BRIDGE_MAC))
  expect([lab.br.txPackets, lab.br.txBytes]).toEqual([1, 60])
})

test('every decision is told to whoever traces', () => {
  const lab = new Lab(2)
  lab.out.tracing = true
  expect(lab.receive(1, frame(mac(2), mac(1)))).toEqual([
    'note br0: learned 02:00:00:00:00:01 on port p1',
    'note br0: unknown destination: flooded',
    'tx p2',
  ])
  expect(lab.receive(2, frame(mac(1), mac(2)))).toEqual([
    'note br0: learned 02:00:00:00:00:02 on port p2',
    'note br0: known on port p1',
    'tx p1',
  ])
  expect(lab.receive(2, frame(mac(2), mac(1)))).toEqual([
    'note br0: 02:00:00:00:00:01 moved from port p1 to port p2',
    'note br0: not forwarded: it came from port p2 (no hairpin)',
    'drop br0 BRIDGE_NO_EGRESS_PORT',
  ])
  lab.setPort(1, { isolated: true })
  lab.setPort(2, { isolated: true })
  expect(lab.receive(1, frame(mac(2), mac(3)))).toEqual([
    'note br0: learned 02:00:00:00:00:03 on port p1',
    'note br0: not forwarded: ports p1 and p2 are isolated',
    'drop br0 BRIDGE_NO_EGRESS_PORT',
  ])
  lab.setPort(1, { state: 1 })
  expect(lab.receive(1, frame(BRIDGE_MAC, mac(3)))).toEqual([
    'note br0: port p1 is listening',
    'drop p1 BRIDGE_INGRESS_STP_STATE',
  ])
  expect(lab.receive(2, frame(mac(3), BRIDGE_MAC))).toEqual([
    'note br0: received on p2 with own address as source address',
    'note br0: not forwarded: port p1 is listening',
    'drop br0 BRIDGE_NO_EGRESS_PORT',
  ])
  expect(lab.receive(2, frame(BRIDGE_MAC, mac(2)))).toEqual(['note br0: the destination is our own', 'rx br0 host'])
})

test('the very first slot of the table is a slot like any other', () => {
  const slotOf = (n: number): number => new Fdb().insert(highWord(mac(n)), lowWord(mac(n)), 1, 0, 0)
  const first = Array.from({ length: 1000 }, (_, n) => n + 1).find(n => slotOf(n) === 0)!
  const lab = new Lab(3)
  const host = frame(BROADCAST, mac(first))
  lab.receive(1, host)
  lab.receive(1, host)
  expect(lab.receive(2, frame(mac(first), mac(2)))).toEqual(['tx p1'])
  expect(lab.send(frame(mac(first), BRIDGE_MAC))).toEqual(['tx p1'])
  expect(lab.fdb().filter(line => line.startsWith(format(mac(first))))).toHaveLength(1)
})

// -- Joining and leaving --------------------------------------------------------------------------

test('who may join', () => {
  const lab = new Lab(1)
  const lo = device('lo', ZERO, 'loopback')
  lo.flags |= Iff.Loopback
  expect(lab.add(lo)).toEqual(fail('EINVAL'))

  const tun = device('tun0', mac(1), 'tun')
  Object.assign(tun, { hardwareType: HardwareType.None })
  expect(lab.add(tun)).toEqual(fail('EINVAL'))

  expect(lab.add(device('nobody', ZERO))).toEqual(fail('EINVAL'))
  expect(lab.add(device('br1', mac(2), 'bridge'))).toEqual(fail('ELOOP', 'Can not enslave a bridge to a bridge'))
  expect(lab.add(lab.ports[0]!)).toEqual(fail('EBUSY'))
  expect(lab.br.promiscuity).toBe(0)
  expect(lab.ports.map(dev => dev.promiscuity)).toEqual([1])
})

test('there is room for 1023 ports; a number that became free is given again', () => {
  const lab = new Lab(1023)
  expect(lab.add(device('late', mac(1)))).toEqual(fail('EXFULL'))
  lab.remove(lab.ports[6]!)
  const seventh = device('seventh', mac(1))
  expect(lab.add(seventh)).toEqual(OK)
  expect(portInfo(seventh, 0)).toMatchObject({ portNumber: 7, portId: 0x8007 })
})

test('a new port is as Linux shows it', () => {
  const lab = new Lab(1)
  const id = { priority: 0x8000, mac: BRIDGE_MAC }
  expect(portInfo(lab.ports[0]!, lab.out.now)).toEqual({
    state: 3,
    priority: 32,
    cost: 2,
    hairpin: false,
    guard: false,
    rootBlock: false,
    fastLeave: false,
    learning: true,
    flood: true,
    mcastFlood: true,
    bcastFlood: true,
    mcastToUnicast: false,
    neighSuppress: false,
    proxyArp: false,
    proxyArpWifi: false,
    isolated: false,
    locked: false,
    mab: false,
    master: lab.br.ifindex,
    portNumber: 1,
    portId: 0x8001,
    designatedRoot: id,
    designatedBridge: id,
    designatedPort: 0x8001,
    designatedCost: 0,
    topologyChangeAck: 0,
    configPending: 0,
    messageAgeTimer: 0,
    forwardDelayTimer: 1500,
    holdTimer: 0,
  })
  expect(portInfo(lab.br, 0)).toBeUndefined()
  const tap = device('tap0', mac(1), 'tun')
  lab.add(tap)
  expect(portInfo(tap, 0)!.cost).toBe(2)
})

test('a port that leaves is forgotten with all that was behind it', () => {
  const lab = new Lab(2)
  lab.receive(1, frame(BROADCAST, mac(1)))
  const [p1] = lab.ports
  lab.remove(p1!)
  expect(lab.fdb()).toEqual(['02:00:00:f0:00:00 br0 permanent', '02:00:00:00:ff:02 p2 permanent'])
  expect([p1!.port, p1!.promiscuity]).toEqual([undefined, 0])
  expect(lab.receive(1, frame(mac(1), mac(2)))).toEqual(['drop br0 NO_TX_TARGET'])
})

test('a bridge that goes lets its ports go', () => {
  const lab = new Lab(2)
  expect(bridge.removed(lab.br, lab.out)).toEqual([])
  expect(lab.ports.map(dev => [dev.port, dev.promiscuity])).toEqual([
    [undefined, 0],
    [undefined, 0],
  ])
})

// -- MAC and MTU ----------------------------------------------------------------------------------

test('the MAC of a bridge follows its ports until somebody chooses one; the forwarding database knows them all', () => {
  const lab = new Lab(0, {}, false)
  const address = (): string => format(lab.br.mac)
  const [v1, v2, v3] = [0x15, 0x13, 0x13].map((n, i) => device(`v${i + 1}`, mac(n)))
  expect([address(), ...lab.fdb()]).toEqual(['02:00:00:f0:00:00', '02:00:00:f0:00:00 br0 permanent'])
  expect(bridgeInfo(lab.br, 0).bridgeId.mac).toBe(ZERO)

  lab.add(v1!)
  expect([address(), ...lab.fdb()]).toEqual(['02:00:00:00:00:15', '02:00:00:00:00:15 v1 permanent'])
  lab.add(v2!)
  lab.add(v3!)
  const both = ['02:00:00:00:00:15 v1 permanent', '02:00:00:00:00:13 v2 permanent']
  expect([address(), ...lab.fdb()]).toEqual(['02:00:00:00:00:13', ...both])

  lab.setMac(v2!, mac(0x17))
  expect([address(), ...lab.fdb()]).toEqual([
    '02:00:00:00:00:13',
    '02:00:00:00:00:15 v1 permanent',
    '02:00:00:00:00:17 v2 permanent',
    '02:00:00:00:00:13 v3 permanent',
  ])
  lab.setMac(v2!, mac(0x15))
  expect(lab.fdb()).toEqual(['02:00:00:00:00:15 v1 permanent', '02:00:00:00:00:13 v3 permanent'])
  lab.remove(v1!)
  expect([address(), ...lab.fdb()]).toEqual([
    '02:00:00:00:00:13',
    '02:00:00:00:00:15 v2 permanent',
    '02:00:00:00:00:13 v3 permanent',
  ])
  lab.remove(v3!)
  expect([address(), ...lab.fdb()]).toEqual(['02:00:00:00:00:15', '02:00:00:00:00:15 v2 permanent'])

  lab.setMac(lab.br, mac(0x15))
  lab.setMac(v2!, mac(0x11))
  const chosen = ['02:00:00:00:00:15', '02:00:00:00:00:15 br0 permanent']
  expect([address(), ...lab.fdb()]).toEqual([...chosen, '02:00:00:00:00:11 v2 permanent'])
  lab.remove(v2!)
  expect([address(), ...lab.fdb()]).toEqual(chosen)
})

test('the last port takes the MAC of the bridge with it', () => {
  const lab = new Lab(1, {}, false)
  lab.remove(lab.ports[0]!)
  expect([lab.br.mac, lab.br.carrier, lab.fdb()]).toEqual([ZERO, false, []])
})

test('a MAC that was heard before it became a port’s own is a port’s own', () => {
  const lab = new Lab(2)
  lab.receive(1, frame(BROADCAST, mac(9)))
  lab.add(device('p3', mac(9)))
  expect(lab.fdb()).toContain('02:00:00:00:00:09 p3 permanent')
  expect(lab.receive(1, frame(mac(9), mac(1)))).toEqual(['rx br0 otherhost'])
})

test('the MTU of a bridge is the least of its ports, until somebody sets it', () => {
  const lab = new Lab(2)
  const [p1, p2] = lab.ports
  lab.setMtu(p1!, 1200)
  expect(lab.br.mtu).toBe(1200)
  lab.setMtu(p2!, 1100)
  expect(lab.br.mtu).toBe(1100)
  lab.remove(p2!)
  expect(lab.br.mtu).toBe(1200)
  lab.remove(p1!)
  expect(lab.br.mtu).toBe(1500)
  lab.setMtu(lab.br, 1400)
  lab.add(p1!)
  lab.setMtu(p1!, 1000)
  expect(lab.br.mtu).toBe(1400)
})

// -- Up and down ----------------------------------------------------------------------------------

test('a bridge has its carrier from birth when its MAC is left to chance, and then from its forwarding ports', () => {
  const lab = new Lab(0, {}, false)
  expect(lab.br.carrier).toBe(true)
  const p1 = device('p1', portMac(1))
  lab.add(p1)
  expect(lab.out.take()).toEqual(['carrier br0 off', 'carrier br0 on'])
  lab.down(p1)
  expect([portInfo(p1, 0)!.state, ...lab.out.take()]).toEqual([0, 'carrier br0 off'])
  lab.up(p1)
  expect([portInfo(p1, 0)!.state, ...lab.out.take()]).toEqual([3, 'carrier br0 on'])
  expect(new Lab(0).br.carrier).toBe(false)
})

test('a port forwards while its device is up, has a carrier, and the bridge is up', () => {
  const lab = new Lab(1)
  const [p1] = lab.ports
  const state = (): number => portInfo(p1!, 0)!.state
  lab.receive(1, frame(BROADCAST, mac(1)))
  p1!.operState = OperState.Down
  bridge.slaveChanged!(p1!, 'change', lab.out)
  expect([state(), lab.fdb().length]).toEqual([0, 2])
  p1!.operState = OperState.Up
  bridge.slaveChanged!(p1!, 'change', lab.out)
  expect(state()).toBe(3)
  lab.down(lab.br)
  expect([state(), lab.br.carrier]).toEqual([0, false])
  lab.down(p1!)
  lab.up(p1!)
  expect(state()).toBe(0)
  lab.up(lab.br)
  expect([state(), lab.br.carrier]).toEqual([3, true])
})

// -- Settings -------------------------------------------------------------------------------------

test('the state of a port, set by hand', () => {
  const lab = new Lab(3)
  const set = (state: number): number => {
    expect(lab.setPort(1, { state })).toEqual(OK)
    return portInfo(lab.ports[0]!, 0)!.state
  }
  // Blocked it has a role that nobody else has, so it forwards again at once.
  expect([0, 1, 2, 3, 4].map(set)).toEqual([0, 1, 2, 3, 3])
  expect(lab.setPort(1, { state: 5 })).toEqual(fail('EINVAL'))
  lab.ports[0]!.operState = OperState.Down
  expect(lab.setPort(1, { state: 3 })).toEqual(fail('ENETDOWN'))
  expect(lab.setPort(1, { state: 0 })).toEqual(OK)
  lab.down(lab.ports[0]!)
  expect(lab.setPort(1, { state: 0 })).toEqual(fail('ENETDOWN'))
  lab.set({ stpState: 1 })
  expect(lab.setPort(2, { state: 0 })).toEqual(fail('EBUSY'))
})

test('cost and priority of a port have their bounds', () => {
  const lab = new Lab(1)
  const [p1] = lab.ports
  expect(lab.setPort(1, { cost: 0 })).toEqual(fail('ERANGE'))
  expect(lab.setPort(1, { cost: 1 })).toEqual(OK)
  expect(lab.setPort(1, { cost: 65536 })).toEqual(fail('ERANGE'))
  expect(lab.setPort(1, { cost: 65535, priority: 64 })).toEqual(fail('ERANGE'))
  expect(portInfo(p1!, 0)).toMatchObject({ cost: 65535, priority: 32 })
  expect(lab.setPort(1, { priority: 63 })).toEqual(OK)
  expect(portInfo(p1!, 0)).toMatchObject({ priority: 63, portId: 0xfc01, designatedPort: 0xfc01 })
  // Once set by hand, the cost no longer follows the device.
  bridge.slaveChanged!(p1!, 'change', lab.out)
  expect(portInfo(p1!, 0)!.cost).toBe(65535)
})

test.for(['mcastToUnicast', 'neighSuppress', 'proxyArp', 'proxyArpWifi', 'locked', 'mab'] as const)(
  'the switch %s is refused, and nothing else is changed',
  name => {
    const lab = new Lab(1)
    const answer = lab.setPort(1, { hairpin: true, [name]: true })
    expect(answer).toMatchObject({ ok: false, errno: 'EOPNOTSUPP' })
    expect(answer.ok ? '' : answer.extack).toMatch(/^vethereal: bridge: \w+ is not supported yet$/)
    expect(portInfo(lab.ports[0]!, 0)!.hairpin).toBe(false)
    expect(lab.setPort(1, { [name]: false })).toEqual(OK)
  },
)

test.for([
  'hairpin',
  'guard',
  'rootBlock',
  'fastLeave',
  'learning',
  'flood',
  'mcastFlood',
  'bcastFlood',
  'isolated',
] as const)('the switch %s is shown as it was set', name => {
  const lab = new Lab(1)
  for (const on of [true, false]) {
    lab.setPort(1, { [name]: on })
    expect(portInfo(lab.ports[0]!, 0)![name]).toBe(on)
  }
})

test('a bridge is born as Linux shows it', () => {
  const lab = new Lab(0)
  const id = { priority: 0x8000, mac: BRIDGE_MAC }
  lab.out.runUntil(2_100_000_000)
  expect(bridgeInfo(lab.br, lab.out.now)).toEqual({
    forwardDelay: 1500,
    helloTime: 200,
    maxAge: 2000,
    ageingTime: 30000,
    stpState: 0,
    priority: 32768,
    groupFwdMask: 0,
    groupAddress: 0x0180_c200_0000,
    mcastSnooping: 1,
    mcastQuerier: 0,
    nfCallIptables: 0,
    nfCallIp6tables: 0,
    nfCallArptables: 0,
    bridgeId: id,
    rootId: id,
    rootPort: 0,
    rootPathCost: 0,
    topologyChange: 0,
    topologyChangeDetected: 0,
    helloTimer: 0,
    tcnTimer: 0,
    topologyChangeTimer: 0,
    gcTimer: 29800, // The collector came after 0.1 s, late by the grain of the timer wheel.
    rootMaxAge: 2000,
    rootHelloTime: 200,
    rootForwardDelay: 1500,
  })
})

test.for([
  ['hello_time 99', { helloTime: 99 }, 'ERANGE'],
  ['hello_time 1001', { helloTime: 1001 }, 'ERANGE'],
  ['max_age 599', { maxAge: 599 }, 'ERANGE'],
  ['max_age 4001', { maxAge: 4001 }, 'ERANGE'],
  ['forward_delay 199 with a spanning tree', { stpState: 1, forwardDelay: 199 }, undefined],
  ['group_fwd_mask 1', { groupFwdMask: 1 }, 'EINVAL'],
  ['group_fwd_mask 0xffff', { groupFwdMask: 0xffff }, 'EINVAL'],
  ['group_fwd_mask 0xfff8', { groupFwdMask: 0xfff8 }, undefined],
  ['group_address 01:80:c2:00:00:01', { groupAddress: 0x0180_c200_0001 as Mac }, 'EINVAL'],
  ['group_address 01:80:c2:00:00:04', { groupAddress: 0x0180_c200_0004 as Mac }, undefined],
  ['group_address 02:80:c2:00:00:04', { groupAddress: 0x0280_c200_0004 as Mac }, 'EINVAL'],
  ['mcast_querier 1', { mcastQuerier: 1 }, 'EOPNOTSUPP'],
] as const)('%s', ([, options, errno]) => {
  const answer = new Lab(0).set(options)
  expect(answer.ok ? undefined : answer.errno).toBe(errno)
})

test('the forward delay has bounds only while there is a spanning tree, and turning that on corrects it', () => {
  const lab = new Lab(0, { forwardDelay: 51 })
  expect(bridgeInfo(lab.br, 0).forwardDelay).toBe(50) // 127 jiffies
  lab.set({ stpState: 5 })
  expect(bridgeInfo(lab.br, 0)).toMatchObject({ stpState: 1, forwardDelay: 200 })
  expect(lab.set({ forwardDelay: 199 })).toEqual(fail('ERANGE'))
  expect(lab.set({ forwardDelay: 3001 })).toEqual(fail('ERANGE'))
  lab.set({ stpState: 0, forwardDelay: 3000 })
  lab.set({ forwardDelay: 10000 })
  lab.set({ stpState: 1 })
  expect(bridgeInfo(lab.br, 0).forwardDelay).toBe(3000)
})

test('what comes before a mistake stays', () => {
  const lab = new Lab(0)
  expect(lab.set({ helloTime: 301, maxAge: 599, ageingTime: 77 })).toEqual(fail('ERANGE'))
  expect(bridgeInfo(lab.br, 0)).toMatchObject({ helloTime: 300, maxAge: 2000, ageingTime: 30000 })
})

test('a bridge with a mistake in its options, or with the MAC of a group, is not born', () => {
  const out = new Recorder()
  const br = device('br0', mac(1), 'bridge')
  expect(bridge.created(br, { kind: 'bridge', bridge: { helloTime: 50 } }, out)).toEqual(fail('ERANGE'))
  for (const mac of [ZERO, 0x0100_0000_0001 as Mac]) {
    expect(bridge.validate!({ kind: 'bridge', mac })).toEqual(fail('EADDRNOTAVAIL'))
  }
  expect(bridge.validate!({ kind: 'bridge', mac: mac(1) })).toEqual(OK)
})

test('fdb_flush of a bridge and of a port', () => {
  const lab = new Lab(2)
  const [p1] = lab.ports
  const learnAll = (): void => {
    lab.receive(1, frame(BROADCAST, mac(1)))
    lab.receive(2, frame(BROADCAST, mac(2)))
  }
  learnAll()
  fdbAdd(p1!, { link: 'p1', mac: mac(3), self: false, master: true, state: Nud.NoArp }, 'add', lab.out)
  expect(lab.setPort(1, {}, true)).toEqual(OK)
  expect(lab.fdb().filter(line => !line.includes('permanent'))).toEqual([
    '02:00:00:00:00:03 p1 static',
    '02:00:00:00:00:02 p2',
  ])
  learnAll()
  expect(bridge.change!(lab.br, { fdbFlush: true }, lab.out)).toEqual(OK)
  expect(lab.fdb().filter(line => !line.includes('permanent'))).toEqual(['02:00:00:00:00:03 p1 static'])
})
