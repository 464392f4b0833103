/** /dev/net/tun, seen from a program. */
import { expect, test } from 'vitest'
import { TunFlag } from '../../src/control/records.ts'
import { openPacketFile, type PacketFile } from '../../src/world/packetfile.ts'
import { HOST, World } from '../../src/world/world.ts'

function open(world: World): PacketFile {
  const file = openPacketFile(world, HOST, '/dev/net/tun')
  if ('errno' in file) throw new Error(file.errno)
  return file
}

test('an interface without a name gets the first free one, and goes with its file', () => {
  const world = new World()
  const file = open(world)
  expect(file.setInterface('', TunFlag.Tun | TunFlag.NoPi)).toEqual({ ok: true, value: 'tun0' })
  expect(open(world).setInterface('', TunFlag.Tap)).toEqual({ ok: true, value: 'tap0' })
  expect(world.link(HOST, 'tun0')).toMatchObject({ kind: 'tun', mtu: 1500, txQueueLength: 500, carrier: true })
  file.close()
  expect(world.link(HOST, 'tun0')).toBeUndefined()
})

test('there are no other files', () => {
  expect(openPacketFile(new World(), HOST, '/dev/null')).toEqual({ ok: false, errno: 'ENOENT' })
})
