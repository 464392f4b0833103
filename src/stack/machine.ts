/** What the namespaces of one machine share: Linux's one arp_tbl and its thresholds. */
import type { Conf } from './conf.ts'

export class Machine {
  /** Neighbours of all namespaces: arp_tbl.entries. */
  neighbours = 0
  /** Those that garbage collection may take: neither permanent nor of a loopback device. arp_tbl.gc_entries. */
  collectable = 0
  /** Jiffy of the last forced collection. */
  lastForcedCollection = Number.NEGATIVE_INFINITY
  /** net.ipv4.neigh.default.gc_thresh1..3. */
  collectAbove = 128
  forceAbove = 512
  refuseAbove = 1024
  /** By kind of link, what the sysctls say of a device where nobody has written any. */
  readonly initialConfs = new Map<string, Conf>()
}
