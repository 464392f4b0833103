/**
 * Why a frame died. Names follow `enum skb_drop_reason` in Linux include/net/dropreason-core.h; the last group is
 * ours and has no twin there. Values index the counters, so they only grow.
 */
export const Drop = {
  NotSpecified: 0,
  NoSocket: 1, // no socket is bound to the port
  PktTooSmall: 2,
  IpHdr: 3, // a damaged IPv4 header
  IpCsum: 4,
  IpInAddrErrors: 5, // forwarding is off, or the address cannot be delivered to
  IpInNoRoutes: 6,
  IpOutNoRoutes: 7,
  IpNoProto: 8,
  IpRpFilter: 9, // reverse path filter or a martian source
  UnicastInL2Multicast: 10,
  OtherHost: 11, // the destination MAC is somebody else's
  IcmpCsum: 12,
  UdpCsum: 13,
  InvalidProto: 14,
  NeighCreateFail: 15,
  NeighFailed: 16, // resolution failed
  NeighQueueFull: 17, // more than queue_len_bytes wait for one neighbour
  NeighDead: 18,
  DevReady: 19, // the device is down
  DevHdr: 20, // shorter than its own header
  FullRing: 21, // nobody reads the device fast enough
  NoMem: 22,
  HdrTrunc: 23,
  Tap: 24,
  UnhandledProto: 25, // no handler for this EtherType
  PktTooBig: 26, // longer than the receiver's MTU allows
  CpuBacklog: 27, // more frames in flight towards one device than netdev_max_backlog
  QdiscDrop: 28, // the device has no working queue yet: its carrier is not known to be on
  FragReasmTimeout: 29,
  FragTooFar: 30,
  DupFrag: 31,
  TtlExpired: 32, // SKB_DROP_REASON_IP_INHDR in the kernel's counters
  IpTunnelEcn: 33,
  SocketRcvbuff: 34,
  SocketFilter: 35,
  NetfilterDrop: 36,
  BridgeIngressStpState: 37,
  BridgeNonForwardingState: 38,
  BridgeNoEgressPort: 39, // ours: the port that leads to the destination may not have it; NOT_SPECIFIED in Linux
  MacInvalidSource: 40,
  LocalMac: 41,
  ArpPvlanDisable: 42,
  MacInvalidDest: 43,
  IgmpIgnored: 44,
  Ipv6Disabled: 45,
  UnhandledIpv6: 46, // ours: IPv6 beyond addresses and neighbour discovery is not modelled yet
  HopLimit: 47, // ours: the frame and its copies have crossed too many devices; a broadcast storm ends here
  Unregistered: 48, // ours: the device was deleted while the frame was on its way
  Blackhole: 49, // ours: a blackhole, unreachable or prohibit route
  NoTxTarget: 50, // flooded, but no port may have it
  MacIeeeMacControl: 51, // 01:80:c2:00:00:01, pause frames, which no bridge forwards
  TcpCsum: 52,
} as const
export type Drop = (typeof Drop)[keyof typeof Drop]

const NAMES = Object.keys(Drop)

/** `NeighFailed` -> `NEIGH_FAILED`, as Linux prints it after SKB_DROP_REASON_. */
export const dropName = (drop: Drop): string => NAMES[drop]!.replace(/(?<!^)([A-Z])/g, '_$1').toUpperCase()

export const DROP_COUNT = NAMES.length
