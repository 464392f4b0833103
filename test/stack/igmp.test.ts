/** IGMPv3 reports of a bridge, byte by byte as Linux 6.18 sent them from 02:00:00:00:01:00. */
import { expect, test } from 'vitest'
import type { Device } from '../../src/core/device.ts'
import { groupsOf } from '../../src/core/groups.ts'
import { Igmp } from '../../src/stack/igmp.ts'
import type { InDevice } from '../../src/stack/indevice.ts'
import { Snmp } from '../../src/stack/snmp.ts'
import type { Ip } from '../../src/wire/ip.ts'
import * as mac48 from '../../src/wire/mac.ts'
import { FakeNamespace } from '../support/stackenv.ts'
import { packed } from '../wire/hex.ts'

const ALL_SNOOPERS = 0xe000_006a as Ip
const ethernet = '01005e000016 020000000100 0800'
const JOINED = packed(`${ethernet} 46c0002800004000010203fa00000000e000001694040000 2200f9930000000104000000e000006a`)
const LEFT = packed(`${ethernet} 46c0002800004000010203fa00000000e000001694040000 2200fa930000000103000000e000006a`)
const NAMED = packed(`${ethernet} 46c00028000040000102f9f80a000001e000001694040000 2200f9930000000104000000e000006a`)

class Host {
  readonly env = new FakeNamespace()
  source = 0
  readonly inDevice: Pick<InDevice, 'groups'> = { groups: undefined }
  readonly snmp = new Snmp()
  readonly igmp = new Igmp(this.env, this.snmp, {
    inDevice: () => this.inDevice as InDevice,
    groupSource: () => this.source as Ip,
  })
  readonly dev: Device = this.env.newDevice('br0', 0x0200_0000_0100)

  constructor() {
    this.env.serve((_code, ref) => this.igmp.timer(ref))
  }
  up(): void {
    this.env.open(this.dev)
    this.igmp.joinGroup(this.dev, ALL_SNOOPERS)
    this.igmp.deviceUp(this.dev)
  }
  down(): void {
    this.igmp.leaveGroup(this.dev, ALL_SNOOPERS)
    this.env.close(this.dev)
    this.igmp.deviceDown(this.dev)
  }
  said(): string[] {
    return this.env.sent.splice(0).map(({ bytes }) => bytes)
  }
  get groups(): string[] {
    return groupsOf(this.dev).map(mac48.format)
  }
}

test('a group is told at once and once again within a second', () => {
  const host = new Host()
  host.up()
  host.env.runUntil(0.02)
  expect(host.env.sent.map(({ at }) => at)).toEqual([0.012])
  expect(host.said()).toEqual([JOINED])
  host.env.runUntil(1.1)
  expect(host.said()).toEqual([JOINED])
  host.env.runUntil(100)
  expect(host.said()).toEqual([])
  expect(host.env.pending).toBe(0)
  expect([host.snmp.ipOutRequests, host.snmp.ipOutTransmits]).toEqual([2, 2])
})

test('in the name of an address, when there is one', () => {
  const host = new Host()
  host.source = 0x0a00_0001
  host.up()
  host.env.runUntil(2)
  expect(host.said()).toEqual([NAMED, NAMED])
})

test('a group that is left is told twice, too; one that is left on the way down is not', () => {
  const host = new Host()
  host.up()
  host.env.runUntil(2)
  host.said()
  host.igmp.leaveGroup(host.dev, ALL_SNOOPERS)
  host.env.runUntil(4)
  expect(host.said()).toEqual([LEFT, LEFT])
  host.igmp.joinGroup(host.dev, ALL_SNOOPERS)
  host.env.runUntil(6)
  expect(host.said()).toEqual([JOINED, JOINED])
  host.down()
  host.env.runUntil(8)
  expect(host.said()).toEqual([])
  host.up()
  host.env.runUntil(10)
  expect(host.said()).toEqual([JOINED, JOINED])
})

test('the device listens to its groups while it is up', () => {
  const host = new Host()
  host.up()
  expect(host.groups).toEqual(['01:00:5e:00:00:6a', '01:00:5e:00:00:01'])
  host.down()
  expect(host.groups).toEqual([])
  host.up()
  host.igmp.deviceRemoved(host.dev)
  host.env.runUntil(3)
  expect(host.groups).toEqual([])
  expect(host.said()).toEqual([])
})

test('all hosts are in 224.0.0.1, so nobody says so', () => {
  const host = new Host()
  host.env.open(host.dev)
  host.igmp.deviceUp(host.dev)
  host.env.runUntil(5)
  expect(host.groups).toEqual(['01:00:5e:00:00:01'])
  expect(host.said()).toEqual([])
})

test('how often is decided when the device comes up', () => {
  const host = new Host()
  host.up()
  host.env.sysctls.set('net/ipv4/igmp_qrv', '1')
  host.env.runUntil(2)
  expect(host.said()).toEqual([JOINED, JOINED])
  host.igmp.leaveGroup(host.dev, ALL_SNOOPERS)
  host.env.runUntil(4)
  expect(host.said()).toEqual([LEFT, LEFT])
  host.igmp.deviceDown(host.dev)
  host.up()
  host.env.runUntil(6)
  expect(host.said()).toEqual([JOINED])
})
