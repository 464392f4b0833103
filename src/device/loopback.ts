/**
 * Loopback: what is sent comes straight back in. Follows Linux drivers/net/loopback.c (loopback_xmit).
 * Every namespace is born with one, `lo`, and it cannot be added, moved or deleted.
 */
import { type Device, HardwareType, Iff, type Out, packetType } from '../core/device.ts'
import { DONE, fail } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import { HEADER_BYTES } from '../wire/ethernet.ts'
import type { Kind } from './kind.ts'

export const loopback: Kind = {
  name: 'loopback',
  defaults: {
    hardwareType: HardwareType.Loopback,
    flags: Iff.Loopback,
    mtu: 65536,
    mtuMin: 0,
    mtuMax: 0,
    txQueueLength: 1000,
    qdisc: 'noqueue',
    namePattern: 'lo',
    liveAddressChange: true,
    randomMac: false,
  },
  validate: () => fail('EOPNOTSUPP'),
  created: () => DONE,
  removed: () => [],
  xmit(dev: Device, frame: Frame, out: Out): void {
    dev.txPackets++
    dev.txBytes += frame.length - HEADER_BYTES
    out.enqueue(dev, frame, packetType(dev, frame))
  },
}
