/**
 * The counters of /proc/net/snmp that this stack keeps: RFC 4293 and RFC 2013 objects as Linux names and prints them;
 * and those of /proc/net/netstat that belong to IP.
 *
 * Follows Linux net/ipv4/proc.c, snmp_seq_show and netstat_seq_show. Left out: TCP.
 */
import { Cast } from './dst.ts'

export class Snmp {
  ipInReceives = 0
  ipInHdrErrors = 0
  ipInAddrErrors = 0
  ipForwDatagrams = 0
  ipInUnknownProtos = 0
  ipInDiscards = 0
  ipInDelivers = 0
  ipOutRequests = 0
  ipOutDiscards = 0
  ipOutNoRoutes = 0
  ipReasmTimeout = 0
  ipReasmReqds = 0
  ipReasmOks = 0
  ipReasmFails = 0
  ipReasmOverlaps = 0
  ipFragOks = 0
  ipFragFails = 0
  ipFragCreates = 0
  ipOutTransmits = 0
  ipInTruncated = 0
  ipInNoRoutes = 0
  ipInChecksumErrors = 0
  ipInOctets = 0
  ipOutOctets = 0
  ipInMcastPkts = 0
  ipInMcastOctets = 0
  ipInBcastPkts = 0
  ipInBcastOctets = 0
  ipOutMcastPkts = 0
  ipOutMcastOctets = 0
  ipOutBcastPkts = 0
  ipOutBcastOctets = 0
  /** Packets by the two bits of congestion notification: none, ECT(1), ECT(0), CE. */
  readonly ipInEcn = [0, 0, 0, 0]

  icmpInMsgs = 0
  icmpInErrors = 0
  icmpInCsumErrors = 0
  icmpOutMsgs = 0
  icmpOutErrors = 0
  icmpOutRateLimitGlobal = 0
  icmpOutRateLimitHost = 0
  /** Messages by type, both ways. */
  readonly icmpIn: number[] = []
  readonly icmpOut: number[] = []

  udpInDatagrams = 0
  udpNoPorts = 0
  udpInErrors = 0
  udpOutDatagrams = 0
  udpRcvbufErrors = 0
  udpSndbufErrors = 0
  udpInCsumErrors = 0
  udpIgnoredMulti = 0
  udpLiteNoPorts = 0
  udpLiteInErrors = 0
  udpLiteInCsumErrors = 0
  udpLiteIgnoredMulti = 0

  /** IPSTATS_MIB_IN: a packet has come in, whatever is wrong with it. */
  received(octets: number): void {
    this.ipInReceives++
    this.ipInOctets += octets
  }

  /** IPSTATS_MIB_INMCAST, INBCAST: what a route said of one that came in. */
  receivedAlong(cast: number, octets: number): void {
    if ((cast & Cast.Multicast) !== 0) {
      this.ipInMcastPkts++
      this.ipInMcastOctets += octets
    } else if ((cast & Cast.Broadcast) !== 0) {
      this.ipInBcastPkts++
      this.ipInBcastOctets += octets
    }
  }

  /** IPSTATS_MIB_OUT, OUTMCAST, OUTBCAST: a packet or a piece of one goes to its neighbour. */
  transmitted(cast: number, octets: number): void {
    this.ipOutTransmits++
    this.ipOutOctets += octets
    if ((cast & Cast.Multicast) !== 0) {
      this.ipOutMcastPkts++
      this.ipOutMcastOctets += octets
    } else if ((cast & Cast.Broadcast) !== 0) {
      this.ipOutBcastPkts++
      this.ipOutBcastOctets += octets
    }
  }

  /** The line IpExt of /proc/net/netstat. */
  formatExtension(): string {
    return line('IpExt', [
      ['InNoRoutes', this.ipInNoRoutes],
      ['InTruncatedPkts', this.ipInTruncated],
      ['InMcastPkts', this.ipInMcastPkts],
      ['OutMcastPkts', this.ipOutMcastPkts],
      ['InBcastPkts', this.ipInBcastPkts],
      ['OutBcastPkts', this.ipOutBcastPkts],
      ['InOctets', this.ipInOctets],
      ['OutOctets', this.ipOutOctets],
      ['InMcastOctets', this.ipInMcastOctets],
      ['OutMcastOctets', this.ipOutMcastOctets],
      ['InBcastOctets', this.ipInBcastOctets],
      ['OutBcastOctets', this.ipOutBcastOctets],
      ['InCsumErrors', this.ipInChecksumErrors],
      ['InNoECTPkts', this.ipInEcn[0]!],
      ['InECT1Pkts', this.ipInEcn[1]!],
      ['InECT0Pkts', this.ipInEcn[2]!],
      ['InCEPkts', this.ipInEcn[3]!],
      ['ReasmOverlaps', this.ipReasmOverlaps],
    ])
  }

  /** The lines Ip, Icmp, IcmpMsg, Udp and UdpLite of /proc/net/snmp. */
  format(forwarding: boolean, defaultTtl: number): string {
    const icmpTypes = [
      ['DestUnreachs', 3],
      ['TimeExcds', 11],
      ['ParmProbs', 12],
      ['SrcQuenchs', 4],
      ['Redirects', 5],
      ['Echos', 8],
      ['EchoReps', 0],
      ['Timestamps', 13],
      ['TimestampReps', 14],
      ['AddrMasks', 17],
      ['AddrMaskReps', 18],
    ] as const
    const lines = [
      line('Ip', [
        ['Forwarding', forwarding ? 1 : 2],
        ['DefaultTTL', defaultTtl],
        ['InReceives', this.ipInReceives],
        ['InHdrErrors', this.ipInHdrErrors],
        ['InAddrErrors', this.ipInAddrErrors],
        ['ForwDatagrams', this.ipForwDatagrams],
        ['InUnknownProtos', this.ipInUnknownProtos],
        ['InDiscards', this.ipInDiscards],
        ['InDelivers', this.ipInDelivers],
        ['OutRequests', this.ipOutRequests],
        ['OutDiscards', this.ipOutDiscards],
        ['OutNoRoutes', this.ipOutNoRoutes],
        ['ReasmTimeout', this.ipReasmTimeout],
        ['ReasmReqds', this.ipReasmReqds],
        ['ReasmOKs', this.ipReasmOks],
        ['ReasmFails', this.ipReasmFails],
        ['FragOKs', this.ipFragOks],
        ['FragFails', this.ipFragFails],
        ['FragCreates', this.ipFragCreates],
        ['OutTransmits', this.ipOutTransmits],
      ]),
      line('Icmp', [
        ['InMsgs', this.icmpInMsgs],
        ['InErrors', this.icmpInErrors],
        ['InCsumErrors', this.icmpInCsumErrors],
        ...icmpTypes.map(([name, type]) => [`In${name}`, this.icmpIn[type] ?? 0] as const),
        ['OutMsgs', this.icmpOutMsgs],
        ['OutErrors', this.icmpOutErrors],
        ['OutRateLimitGlobal', this.icmpOutRateLimitGlobal],
        ['OutRateLimitHost', this.icmpOutRateLimitHost],
        ...icmpTypes.map(([name, type]) => [`Out${name}`, this.icmpOut[type] ?? 0] as const),
      ]),
    ]
    const messages = [...byType('InType', this.icmpIn), ...byType('OutType', this.icmpOut)]
    if (messages.length > 0) lines.push(line('IcmpMsg', messages))
    lines.push(
      line('Udp', [
        ['InDatagrams', this.udpInDatagrams],
        ['NoPorts', this.udpNoPorts],
        ['InErrors', this.udpInErrors],
        ['OutDatagrams', this.udpOutDatagrams],
        ['RcvbufErrors', this.udpRcvbufErrors],
        ['SndbufErrors', this.udpSndbufErrors],
        ['InCsumErrors', this.udpInCsumErrors],
        ['IgnoredMulti', this.udpIgnoredMulti],
        ['MemErrors', 0],
      ]),
      line('UdpLite', [
        ['InDatagrams', 0],
        ['NoPorts', this.udpLiteNoPorts],
        ['InErrors', this.udpLiteInErrors],
        ['OutDatagrams', 0],
        ['RcvbufErrors', 0],
        ['SndbufErrors', 0],
        ['InCsumErrors', this.udpLiteInCsumErrors],
        ['IgnoredMulti', this.udpLiteIgnoredMulti],
        ['MemErrors', 0],
      ]),
    )
    return lines.join('')
  }
}

type Column = readonly [name: string, value: number]

const line = (name: string, columns: readonly Column[]): string =>
  `${name}: ${columns.map(column => column[0]).join(' ')}\n${name}: ${columns.map(column => column[1]).join(' ')}\n`

const byType = (prefix: string, counts: readonly number[]): Column[] =>
  counts.flatMap((count, type): Column[] => (count > 0 ? [[`${prefix}${type}`, count]] : []))
