/**
 * What the namespaces of one machine share: Linux's one arp_tbl, its thresholds, and the sysctls of routes that only
 * the initial namespace has (net/ipv4/route.c, ip_rt_*).
 */
import { HZ, msToJiffies } from '../time/instant.ts'
import type { Conf, NamespaceConf } from './conf.ts'

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
  /** The same of a namespace. */
  initialConf: NamespaceConf | undefined
  /** How often the collector comes: half of net.ipv4.neigh.default.base_reachable_time_ms. Spans are jiffies. */
  collectionPeriod = 15 * HZ

  /** net.ipv4.route: error_cost, error_burst, redirect_load, redirect_silence, redirect_number, gc_timeout. */
  errorCost = HZ
  errorBurst = 5 * HZ
  redirectLoad = HZ / 50
  redirectSilence = (HZ / 50) * 2 ** 10
  redirectsMax = 9
  redirectLifetime = 300 * HZ

  /** Reads every value. `sysctl` answers what stands below net/ipv4 in the initial namespace. */
  configure(sysctl: (key: string) => number): void {
    this.collectAbove = sysctl('neigh/default/gc_thresh1')
    this.forceAbove = sysctl('neigh/default/gc_thresh2')
    this.refuseAbove = sysctl('neigh/default/gc_thresh3')
    this.collectionPeriod = Math.max(msToJiffies(sysctl('neigh/default/base_reachable_time_ms')) >>> 1, 1)
    this.errorCost = sysctl('route/error_cost')
    this.errorBurst = sysctl('route/error_burst')
    this.redirectLoad = sysctl('route/redirect_load')
    this.redirectSilence = sysctl('route/redirect_silence')
    this.redirectsMax = sysctl('route/redirect_number')
    this.redirectLifetime = sysctl('route/gc_timeout') * HZ
  }
}
