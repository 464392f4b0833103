/**
 * struct virtio_net_hdr: what may stand before a packet on /dev/net/tun and /dev/tapN. Ten octets in the machine's
 * order, little-endian: flags, kind of segmentation, header length, segment size, where a checksum starts, where it
 * goes. Follows linux/virtio_net.h (virtio_net_hdr_to_skb) and skb_partial_csum_set. Left out: segmentation.
 */
import * as checksum from './checksum.ts'

export const VNET_HEADER_BYTES = 10

/** VIRTIO_NET_HDR_F_NEEDS_CSUM */
const NEEDS_CHECKSUM = 1
const CHECKSUM_BYTES = 2
/** Behind an IPv4 header at the earliest, even where an Ethernet header comes first. */
const CHECKSUM_START_MIN = 20
/** CSUM_MANGLED_0: what stands for a sum of zero, which would mean that there is none. */
const MANGLED_0 = 0xffff

export interface VnetHeader {
  readonly needsChecksum: boolean
  /** VIRTIO_NET_HDR_GSO_*; 0 none. */
  readonly segmentation: number
  /** How much of the packet has to be there at least. */
  readonly headerBytes: number
  readonly checksumStart: number
  readonly checksumOffset: number
}

/** Undefined: too short. */
export function parseVnetHeader(b: Uint8Array): VnetHeader | undefined {
  if (b.length < VNET_HEADER_BYTES) return undefined
  const u16 = (at: number): number => b[at]! | (b[at + 1]! << 8)
  const needsChecksum = (b[0]! & NEEDS_CHECKSUM) !== 0
  const checksumStart = u16(6)
  const checksumOffset = u16(8)
  const needed = needsChecksum ? checksumStart + checksumOffset + CHECKSUM_BYTES : 0
  return {
    needsChecksum,
    segmentation: b[1]!,
    headerBytes: Math.max(u16(2), needed & 0xffff),
    checksumStart,
    checksumOffset,
  }
}

/** Does what the header asks for to the packet at `at`. False: it asks for what cannot be. */
export function finishChecksum(b: Uint8Array, at: number, length: number, header: VnetHeader): boolean {
  if (header.segmentation !== 0) return false
  if (!header.needsChecksum) return true
  const { checksumStart, checksumOffset } = header
  const field = checksumStart + checksumOffset
  if (checksumStart < CHECKSUM_START_MIN || field + CHECKSUM_BYTES > length) return false
  const sum = checksum.finish(checksum.sum(b, at + checksumStart, at + length)) || MANGLED_0
  b[at + field] = sum >>> 8
  b[at + field + 1] = sum
  return true
}
