/**
 * What a packet weighs in a queue: skb->truesize, the memory that it takes rather than its length.
 *
 * Follows Linux net/core/skbuff.c, kmalloc_reserve, as measured on 6.18 for x86-64: one block for the octets and the
 * shared info, in the sizes that the allocator has, and the sk_buff itself.
 */

const SK_BUFF = 256
const SHARED_INFO = 320
/** LL_RESERVED_SPACE of Ethernet, and the alignment that ip_append_data adds. */
const HEADROOM = 16 + 15
const CACHE_LINE = 64
/** The allocator's cache for small heads; beyond it the powers of two. */
const SMALL_HEAD = 576
const FIRST_POWER = 1024

/** Packets up to this length have a small head. */
const SMALL_PACKET = SMALL_HEAD - SHARED_INFO - HEADROOM

/** Of an IP packet of this length. */
export function truesize(packetBytes: number): number {
  if (packetBytes <= SMALL_PACKET) return SMALL_HEAD + SK_BUFF
  const head = Math.ceil((packetBytes + HEADROOM) / CACHE_LINE) * CACHE_LINE + SHARED_INFO
  let block = FIRST_POWER
  while (block < head) block *= 2
  return block + SK_BUFF
}
