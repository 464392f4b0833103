/**
 * What a packet weighs in a queue: skb->truesize, the memory that it takes rather than its length.
 *
 * Follows Linux net/core/skbuff.c, kmalloc_reserve, as measured on 6.18 for x86-64: one block for the octets and the
 * shared info, in the sizes that the allocator has, and the sk_buff itself. Of what was put together from pieces:
 * inet_frag_reasm_finish and skb_try_coalesce.
 */
import type { Device, PacketType } from '../core/device.ts'
import { Frame } from '../core/frame.ts'
import * as ipv4 from '../wire/ipv4.ts'

const SK_BUFF = 256
const SHARED_INFO = 320
/** LL_RESERVED_SPACE of Ethernet, and the alignment that ip_append_data adds. */
const LINK_HEADROOM = 16
const HEADROOM = LINK_HEADROOM + 15
const CACHE_LINE = 64
/** The allocator's cache for small heads; beyond it the powers of two. */
const SMALL_HEAD = 576
const FIRST_POWER = 1024

/** Packets up to this length have a small head. */
const SMALL_PACKET = SMALL_HEAD - SHARED_INFO - HEADROOM
/** SKB_MAX_ALLOC: a packet as long keeps its payload in pages, which weigh as much as they hold. */
const PAGED_PACKET = 16_384 - SHARED_INFO - HEADROOM
/** The transport header, which stays in the block where a packet begins with one. */
const TRANSPORT_HEADER = 8

/** Of an IP packet of this length. */
export const truesize = (packetBytes: number): number => blockOf(packetBytes) + SK_BUFF

/** Octets of the block that holds the packet and its shared info. */
function blockOf(packetBytes: number): number {
  if (packetBytes <= SMALL_PACKET) return SMALL_HEAD
  const head = Math.ceil((packetBytes + HEADROOM) / CACHE_LINE) * CACHE_LINE + SHARED_INFO
  let block = FIRST_POWER
  while (block < head) block *= 2
  return block
}

/** A packet that was put together from pieces. */
export class Joined extends Frame {
  /** Where its IP header begins. */
  readonly packetAt: number
  readonly weight: number
  /** Where its first piece came in: skb_iif. */
  readonly device: Device
  /** For whom the frame of its first piece was. */
  readonly type: PacketType

  constructor({ bytes, at, length }: Frame, packetAt: number, weight: number, device: Device, type: PacketType) {
    super(bytes, at, length)
    this.packetAt = packetAt
    this.weight = weight
    this.device = device
    this.type = type
  }
}

/** Of a packet with its IP header at `at`, as it is received. */
export function weightOf(frame: Frame, at: number): number {
  if (frame instanceof Joined) return frame.weight
  const { bytes } = frame
  const total = ipv4.totalLength(bytes, at)
  if (!isPaged(total)) return truesize(total)
  const isLater = (ipv4.fragmentWord(bytes, at) & ipv4.OFFSET_MASK) !== 0
  return truesize(0) + total - ipv4.HEADER_BYTES - (isLater ? 0 : TRANSPORT_HEADER)
}

/** Of a frame as a packet socket hears it. */
export const frameWeight = (frame: Frame): number => (frame instanceof Joined ? frame.weight : truesize(frame.length))

export const isPaged = (packetBytes: number): boolean => packetBytes >= PAGED_PACKET

/** skb_tailroom: octets that find room in its block behind an IP packet of this length. */
export const tailroom = (packetBytes: number): number =>
  isPaged(packetBytes) ? 0 : blockOf(packetBytes) - SHARED_INFO - LINK_HEADROOM - packetBytes
