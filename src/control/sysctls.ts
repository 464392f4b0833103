/**
 * Every key below /proc/sys that a namespace has, with its default, what may be written to it, and whether Vethereal
 * obeys it.
 *
 * Facts were read from Linux 6.18 key by key: the defaults from a new namespace, the bounds by trying. They belong to
 * net/ipv4/{devinet,sysctl_net_ipv4}.c, net/ipv6/{addrconf,sysctl_net_ipv6}.c, net/core/{neighbour,sysctl_net_core}.c
 * and others; how text becomes a value is kernel/sysctl.c (proc_get_long). Left out: keys of modules not loaded.
 *
 * A key that no code of ours reads can be read, and written with the value it has; anything else is refused (MODELLED).
 */
import { type Answer, done, fail } from '../core/errno.ts'

/**
 * What may be written: a number within bounds; `flag` any number, kept as 0 or 1; `seconds`, `ms` and `ticks` (USER_HZ)
 * a time, kept in jiffies; `tuple` numbers between tabs, `groups` a range of two, `ports` a list of ranges; `text`
 * words; `readonly` (0444); `secret` a file that answers EIO until it is set; `trigger` (0200) a file that does
 * something when written.
 */
export type SysctlKind =
  | 'number'
  | 'flag'
  | 'seconds'
  | 'ms'
  | 'ticks'
  | 'tuple'
  | 'groups'
  | 'ports'
  | 'text'
  | 'readonly'
  | 'secret'
  | 'trigger'

export interface SysctlKey {
  readonly kind: SysctlKind
  /** In a new namespace, without the line's end. */
  readonly initial: string
  readonly min: bigint
  readonly max: bigint
  /** Only in the initial namespace. */
  readonly hostOnly: boolean
  /** Writing another value has its effect, or none that could be seen. */
  readonly modelled: boolean
  /** The only values that are obeyed; undefined: all. */
  readonly obeyedValues: readonly string[] | undefined
}

/** Per directory and kind, name=default. A `*` in a directory is a device, `all` or `default`; a comma is a blank. */
type Table = Readonly<Record<string, Readonly<Record<string, string>>>>

const NAMESPACE: Table = {
  'net/bridge': {
    flag: `
      bridge-nf-call-arptables=1 bridge-nf-call-ip6tables=1 bridge-nf-call-iptables=1
      bridge-nf-filter-pppoe-tagged=0 bridge-nf-filter-vlan-tagged=0 bridge-nf-pass-vlan-input-dev=0
    `,
  },
  'net/core': {
    '0..2147483647': 'optmem_max=131072 somaxconn=4096',
    bool: 'tstamp_allow_data=1 txrehash=1',
    int: 'xfrm_acq_expires=30 xfrm_larval_drop=1',
    ro: 'rmem_default=212992 rmem_max=4194304 wmem_default=212992 wmem_max=4194304',
    text: 'rps_default_mask=0',
    u32: 'xfrm_aevent_etime=10 xfrm_aevent_rseqth=2',
  },
  'net/ipv4': {
    '-31..31': 'tcp_adv_win_scale=1',
    '0..1000': 'tcp_pacing_ca_ratio=120 tcp_pacing_ss_ratio=200',
    '0..127': 'tcp_syn_linear_timeouts=4',
    '0..16777216': 'tcp_child_ehash_entries=0',
    '0..17179869': 'tcp_probe_interval=600',
    '0..2': 'fib_notify_on_flag_change=0 tcp_ecn=2 tcp_ecn_option=2 tcp_tw_reuse=2',
    '0..2147483647': `
      icmp_msgs_burst=50 icmp_msgs_per_sec=1000 ipfrag_max_dist=64 tcp_fastopen_blackhole_timeout_sec=0
    `,
    '0..256': 'tcp_plb_cong_thresh=128',
    '0..3': 'fib_multipath_hash_policy=0 tcp_ecn_option_beacon=3',
    '0..31': 'tcp_app_win=31 tcp_plb_idle_rehash_rounds=3 tcp_plb_rehash_rounds=12',
    '0..4': 'tcp_early_retrans=3',
    '0..18446744073709551615': `
      ipfrag_high_thresh=4194304 ipfrag_low_thresh=3145728 tcp_comp_sack_delay_ns=1000000 tcp_comp_sack_slack_ns=100000
    `,
    '0..65535': 'ip_unprivileged_port_start=1024',
    '0..65536': 'udp_child_hash_entries=0',
    '0..86400': 'tcp_min_rtt_wlen=300',
    '1..127': 'tcp_syn_retries=6',
    '1..2147483647': 'igmp_qrv=2 tcp_max_reordering=300 tcp_rto_min_us=200000 udp_rmem_min=4096 udp_wmem_min=4096',
    '1..255': 'ip_default_ttl=64 tcp_min_tso_segs=2 tcp_pingpong_thresh=1',
    '1..300': 'tcp_reordering=3',
    '1..4095': 'fib_multipath_hash_fields=7',
    '1..60000': 'tcp_tw_reuse_delay=1000',
    '1000..120000': 'tcp_rto_max_ms=120000',
    '48..65535': 'tcp_min_snd_mss=48 tcp_mtu_probe_floor=48',
    bool: `
      fib_multipath_use_neigh=0 icmp_echo_enable_probe=0 icmp_echo_ignore_all=0 icmp_echo_ignore_broadcasts=1
      icmp_errors_use_inbound_ifaddr=0 icmp_ignore_bogus_error_responses=1 ip_autobind_reuse=0
      ip_forward_update_priority=1 nexthop_compat_mode=1 raw_l3mdev_accept=1 tcp_autocorking=1 tcp_backlog_ack_defer=1
      tcp_ecn_fallback=1 tcp_l3mdev_accept=0 tcp_migrate_req=0 tcp_no_ssthresh_metrics_save=1 tcp_plb_enabled=0
      tcp_reflect_tos=0 tcp_shrink_window=0 udp_l3mdev_accept=0
    `,
    int: `
      icmp_ratemask=6168 igmp_max_memberships=20 igmp_max_msf=10 ip_forward=0 tcp_base_mss=1024
      tcp_challenge_ack_limit=2147483647 tcp_fastopen=1 tcp_limit_output_bytes=4194304 tcp_max_syn_backlog=2048
      tcp_max_tw_buckets=131072 tcp_probe_threshold=8 xfrm4_gc_thresh=32768
    `,
    groups: 'ping_group_range=1,0',
    ms: 'icmp_ratelimit=1000 tcp_invalid_ratelimit=500',
    ro: `
      tcp_allowed_congestion_control=reno,bbr tcp_available_congestion_control=reno,bbr,cubic
      tcp_ehash_entries=-262144 udp_hash_entries=-16384
    `,
    sec: 'ipfrag_time=30 tcp_fin_timeout=60 tcp_keepalive_intvl=75 tcp_keepalive_time=7200',
    ports: 'ip_local_reserved_ports=',
    text: 'tcp_congestion_control=bbr tcp_fastopen_key=00000000-00000000-00000000-00000000',
    portRange: 'ip_local_port_range=32768,60999',
    tuple: `
      tcp_rmem=4096,131072,33554432 tcp_wmem=4096,16384,4194304
    `,
    u32: 'fib_multipath_hash_seed=0 tcp_notsent_lowat=4294967295',
    u8: `
      fwmark_reflect=0 igmp_link_local_mcast_reports=1 ip_dynaddr=0 ip_early_demux=1 ip_forward_use_pmtu=0
      ip_no_pmtu_disc=0 ip_nonlocal_bind=0 tcp_abort_on_overflow=0 tcp_comp_sack_nr=44 tcp_dsack=1 tcp_early_demux=1
      tcp_fack=0 tcp_frto=2 tcp_fwmark_accept=0 tcp_keepalive_probes=9 tcp_moderate_rcvbuf=1 tcp_mtu_probing=0
      tcp_no_metrics_save=0 tcp_orphan_retries=0 tcp_plb_suspend_rto_sec=60 tcp_recovery=1 tcp_retrans_collapse=1
      tcp_retries1=3 tcp_retries2=15 tcp_rfc1337=0 tcp_sack=1 tcp_slow_start_after_idle=1 tcp_stdurg=0
      tcp_synack_retries=5 tcp_syncookies=1 tcp_thin_linear_timeouts=0 tcp_timestamps=1 tcp_tso_rtt_log=9
      tcp_tso_win_divisor=3 tcp_window_scaling=1 tcp_workaround_signed_windows=0 udp_early_demux=1
    `,
  },
  'net/ipv4/route': {
    '68..2147483647': 'min_pmtu=552',
    int: 'min_adv_mss=256',
    sec: 'mtu_expires=600',
    trigger: 'flush=',
  },
  'net/ipv6': {
    '0..16777215': 'ioam6_id=16777215',
    '0..2': 'fib_notify_on_flag_change=0',
    '0..3': 'auto_flowlabels=1 fib_multipath_hash_policy=0',
    '0..4194304': 'ip6frag_low_thresh=3145728',
    '0..7': 'flowlabel_reflect=0',
    '0..72057594037927935': 'ioam6_id_wide=72057594037927935',
    '1..4095': 'fib_multipath_hash_fields=7',
    '3145728..18446744073709551615': 'ip6frag_high_thresh=4194304',
    int: `
      idgen_retries=3 max_dst_opts_length=2147483647 max_dst_opts_number=8 max_hbh_length=2147483647
      max_hbh_opts_number=8 seg6_flowlabel=0 xfrm6_gc_thresh=32768
    `,
    sec: 'idgen_delay=1 ip6frag_time=60',
    u8: `
      anycast_src_echo_reply=0 bindv6only=0 flowlabel_consistency=1 flowlabel_state_ranges=0 fwmark_reflect=0
      ip_nonlocal_bind=0
    `,
  },
  'net/ipv6/icmp': {
    bool: 'error_anycast_as_unicast=0',
    ms: 'ratelimit=100',
    text: 'ratemask=0-1,3-127',
    u8: 'echo_ignore_all=0 echo_ignore_anycast=0 echo_ignore_multicast=0',
  },
  'net/ipv6/route': {
    bool: 'skip_notify_on_dev_down=0',
    int: 'gc_elasticity=9 gc_thresh=1024 max_size=2147483647 min_adv_mss=1220',
    ms: 'gc_min_interval_ms=500',
    sec: 'gc_interval=30 gc_min_interval=0 gc_timeout=60 mtu_expires=600',
    intTrigger: 'flush=',
  },
  'net/mptcp': {
    '0..2147483647': 'blackhole_timeout=3600',
    bool: 'allow_join_initial_addr_port=1 checksum_enabled=0 enabled=1 pm_type=0',
    ro: 'available_path_managers=kernel,userspace available_schedulers=default',
    sec: 'add_addr_timeout=120 close_timeout=60',
    text: 'path_manager=kernel scheduler=default',
    u32: 'stale_loss_cnt=4',
    u8: 'syn_retrans_before_tcp_fallback=2',
  },
  'net/netfilter': {
    '0..2': 'nf_conntrack_events=2',
    '0..4194304': 'nf_conntrack_frag6_low_thresh=3145728',
    '3145728..18446744073709551615': 'nf_conntrack_frag6_high_thresh=4194304',
    bool: `
      nf_conntrack_acct=0 nf_conntrack_checksum=1 nf_conntrack_tcp_be_liberal=0 nf_conntrack_tcp_ignore_invalid_rst=0
      nf_conntrack_tcp_loose=1 nf_conntrack_timestamp=0 nf_hooks_lwtunnel=0
    `,
    ro: 'nf_conntrack_buckets=262144 nf_conntrack_count=0 nf_conntrack_expect_max=4096 nf_conntrack_max=262144',
    sec: `
      nf_conntrack_frag6_timeout=60 nf_conntrack_generic_timeout=600 nf_conntrack_gre_timeout=30
      nf_conntrack_gre_timeout_stream=180 nf_conntrack_icmp_timeout=30 nf_conntrack_icmpv6_timeout=30
      nf_conntrack_sctp_timeout_closed=10 nf_conntrack_sctp_timeout_cookie_echoed=3
      nf_conntrack_sctp_timeout_cookie_wait=3 nf_conntrack_sctp_timeout_established=210
      nf_conntrack_sctp_timeout_heartbeat_sent=30 nf_conntrack_sctp_timeout_shutdown_ack_sent=3
      nf_conntrack_sctp_timeout_shutdown_recd=3 nf_conntrack_sctp_timeout_shutdown_sent=3
      nf_conntrack_tcp_timeout_close=10 nf_conntrack_tcp_timeout_close_wait=60
      nf_conntrack_tcp_timeout_established=432000 nf_conntrack_tcp_timeout_fin_wait=120
      nf_conntrack_tcp_timeout_last_ack=30 nf_conntrack_tcp_timeout_max_retrans=300
      nf_conntrack_tcp_timeout_syn_recv=60 nf_conntrack_tcp_timeout_syn_sent=120
      nf_conntrack_tcp_timeout_time_wait=120 nf_conntrack_tcp_timeout_unacknowledged=300 nf_conntrack_udp_timeout=30
      nf_conntrack_udp_timeout_stream=120
    `,
    u8: 'nf_conntrack_log_invalid=0 nf_conntrack_tcp_max_retrans=3',
  },
  'net/netfilter/nf_log': {
    text: `
      0=NONE 1=NONE 10=nf_log_ipv6 2=nf_log_ipv4 3=nf_log_arp 4=NONE 5=nf_log_netdev 6=NONE 7=nf_log_bridge 8=NONE
      9=NONE
    `,
  },
  'net/unix': {
    int: 'max_dgram_qlen=10',
  },
}

const INITIAL_NAMESPACE: Table = {
  'net/core': {
    int: `
      bpf_jit_enable=1 busy_poll=0 busy_read=0 dev_weight=64 dev_weight_rx_bias=1 dev_weight_tx_bias=1
      devconf_inherit_init_net=0 fb_tunnels_only_for_init_net=0 flow_limit_cpu_bitmap=0 flow_limit_table_len=4096
      gro_normal_batch=8 high_order_alloc_disable=0 max_skb_frags=17 mem_pcpu_rsv=256 message_burst=10 message_cost=5
      netdev_budget=300 netdev_budget_usecs=8000 netdev_max_backlog=1000 netdev_tstamp_prequeue=1
      netdev_unregister_timeout_secs=10 rps_sock_flow_entries=0 skb_defer_max=64 warnings=0
    `,
    ro: `netdev_rss_key=${Array(52).fill('00').join(':')}`,
    text: 'bpf_jit_harden=0 bpf_jit_kallsyms=1 bpf_jit_limit=528482304 default_qdisc=pfifo_fast',
  },
  'net/ipv4': {
    int: `
      cipso_cache_bucket_size=10 cipso_cache_enable=1 cipso_rbm_optfmt=0 cipso_rbm_strictvalid=1 fib_sync_mem=524288
      inet_peer_maxttl=600 inet_peer_minttl=120 inet_peer_threshold=65664 ipfrag_secret_interval=0 tcp_low_latency=0
      tcp_max_orphans=131072
    `,
    ro: 'tcp_available_ulp=mptcp',
    tuple: 'tcp_mem=287901,383868,575802 udp_mem=575802,767736,1151604',
  },
  'net/ipv4/route': {
    int: `
      error_burst=1250 error_cost=250 gc_elasticity=8 gc_thresh=-1 max_size=2147483647 redirect_load=5
      redirect_number=9 redirect_silence=5120
    `,
    ms: 'gc_min_interval_ms=500',
    sec: 'gc_interval=60 gc_min_interval=0 gc_timeout=300',
  },
  'net/ipv6': {
    int: 'calipso_cache_bucket_size=10 calipso_cache_enable=1 ip6frag_secret_interval=0 mld_max_msf=64 mld_qrv=2',
  },
  'net/netfilter': {
    int: 'nf_log_all_netns=0',
  },
  net: {
    int: 'nf_conntrack_max=262144',
  },
}

const IPV4_CONF = {
  int: `
    accept_local=0 accept_redirects=1 accept_source_route=1 arp_accept=0 arp_announce=0 arp_evict_nocarrier=1
    arp_filter=0 arp_ignore=0 arp_notify=0 bc_forwarding=0 bootp_relay=0 disable_policy=0 disable_xfrm=0
    drop_gratuitous_arp=0 drop_unicast_in_l2_multicast=0 force_igmp_version=0 forwarding=0
    igmpv2_unsolicited_report_interval=10000 igmpv3_unsolicited_report_interval=1000 ignore_routes_with_linkdown=0
    log_martians=0 medium_id=0 promote_secondaries=0 proxy_arp=0 proxy_arp_pvlan=0 route_localnet=0 rp_filter=0
    secure_redirects=1 send_redirects=1 shared_media=1 src_valid_mark=0 tag=0
  `,
  ro: 'mc_forwarding=0',
}

const IPV6_CONF = {
  '-1..2147483647': 'router_solicitations=-1',
  '0..2': 'accept_untracked_na=0',
  '0..3': 'addr_gen_mode=0',
  '0..65535': 'ioam6_id=65535',
  '1..255': 'hop_limit=64',
  '1..4294967295': 'ra_defrtr_metric=1024',
  '1280..2147483647': 'mtu=1280',
  ms: 'mldv1_unsolicited_report_interval=10000 mldv2_unsolicited_report_interval=1000',
  bool: `
    force_forwarding=0 ioam6_enabled=0 ndisc_evict_nocarrier=1 ra_honor_pio_life=0 ra_honor_pio_pflag=0
    rpl_seg_enabled=0
  `,
  int: `
    accept_dad=1 accept_ra=1 accept_ra_defrtr=1 accept_ra_from_local=0 accept_ra_min_hop_limit=1
    accept_ra_min_lft=0 accept_ra_mtu=1 accept_ra_pinfo=1 accept_ra_rt_info_max_plen=0 accept_ra_rt_info_min_plen=0
    accept_ra_rtr_pref=1 accept_redirects=1 accept_source_route=0 autoconf=1 dad_transmits=1 disable_ipv6=0
    disable_policy=0 drop_unicast_in_l2_multicast=0 drop_unsolicited_na=0 enhanced_dad=1 force_mld_version=0
    force_tllao=0 forwarding=0 ignore_routes_with_linkdown=0 keep_addr_on_down=0 max_addresses=16
    max_desync_factor=600 ndisc_notify=0 optimistic_dad=0 proxy_ndp=0 regen_max_retry=3 regen_min_advance=2
    seg6_enabled=0 seg6_require_hmac=0 suppress_frag_ndisc=1 temp_prefered_lft=86400 temp_valid_lft=604800
    use_oif_addrs_only=0 use_optimistic=0 use_tempaddr=0
  `,
  ro: 'mc_forwarding=0',
  sec: `
    router_probe_interval=60 router_solicitation_delay=1 router_solicitation_interval=4
    router_solicitation_max_interval=3600
  `,
  secret: 'stable_secret=',
  u32: 'ioam6_id_wide=4294967295',
  u8: 'ndisc_tclass=0',
}

/** Of both families. There is a directory `default` in the initial namespace only. */
const NEIGHBOUR = {
  '0..1027504': 'unres_qlen=101',
  positiveMs: 'interval_probe_time_ms=5000',
  '0..2147483647': `
    app_solicit=0 mcast_resolicit=0 mcast_solicit=3 proxy_qlen=64 ucast_solicit=3 unres_qlen_bytes=212992
  `,
  ms: 'base_reachable_time_ms=30000 retrans_time_ms=1000',
  sec: 'base_reachable_time=30 delay_first_probe_time=5 gc_stale_time=60',
  ticks: 'anycast_delay=100 locktime=100 proxy_delay=80',
}

const NEIGHBOUR_DEFAULT = {
  '0..2147483647': 'gc_thresh1=128 gc_thresh2=512 gc_thresh3=1024',
  sec: 'gc_interval=30',
}

const KERNEL: Table = {
  kernel: {
    '301..4194304': 'pid_max=32768',
    readonly: 'ostype=Linux osrelease=6.18.0',
    text: 'hostname=host domainname=(none)',
  },
}

/** Keys that code reads. Whoever makes code obey a key adds it here; a test compares with what stacks ask for. */
const OBEYED: Readonly<Record<string, string>> = {
  'net/bridge': 'bridge-nf-call-ip6tables bridge-nf-call-iptables',
  'net/ipv4': `
    fib_multipath_hash_seed icmp_echo_ignore_all icmp_echo_ignore_broadcasts icmp_errors_use_inbound_ifaddr
    icmp_msgs_burst icmp_msgs_per_sec icmp_ratelimit icmp_ratemask igmp_link_local_mcast_reports igmp_max_memberships
    igmp_qrv ip_default_ttl ip_forward ip_forward_use_pmtu ip_local_port_range ip_local_reserved_ports ip_no_pmtu_disc
    ip_nonlocal_bind ipfrag_high_thresh ipfrag_max_dist ipfrag_time
  `,
  'net/ipv4/conf/*': `
    accept_local accept_redirects arp_accept arp_announce arp_evict_nocarrier arp_filter arp_ignore arp_notify
    bc_forwarding
    drop_gratuitous_arp drop_unicast_in_l2_multicast forwarding igmpv3_unsolicited_report_interval
    ignore_routes_with_linkdown medium_id promote_secondaries proxy_arp proxy_arp_pvlan route_localnet rp_filter
    secure_redirects send_redirects shared_media
  `,
  'net/ipv4/neigh/*': `
    app_solicit base_reachable_time_ms delay_first_probe_time gc_stale_time locktime mcast_resolicit mcast_solicit
    proxy_delay proxy_qlen retrans_time_ms ucast_solicit unres_qlen_bytes
  `,
  'net/ipv4/neigh/default': 'gc_thresh1 gc_thresh2 gc_thresh3',
  'net/ipv4/route': `
    error_burst error_cost gc_timeout min_pmtu mtu_expires redirect_load redirect_number redirect_silence
  `,
  'net/ipv6/conf/*': 'accept_dad addr_gen_mode dad_transmits disable_ipv6 router_solicitations',
}

/**
 * Keys that nobody reads, because nothing that can be seen depends on them. Some are read by nobody on Linux either:
 * the cache of routes that gc_* was for is gone, bootp_relay never came, ipfrag_low_thresh and the neighbours'
 * gc_interval mean nothing any more. Others are about what is not here: no netfilter below a bridge, no kernel log, no
 * IPsec, no marks of packets that arrive, no TCP, no IGMPv2, no filters of senders, no queues with priorities, nobody
 * but root, no early look for sockets that would find another one. The triggers are the stack's to pull.
 */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  'net/bridge': 'bridge-nf-call-arptables',
  'net/ipv4': `
    icmp_ignore_bogus_error_responses igmp_max_msf ip_dynaddr ip_early_demux ip_forward_update_priority
    ip_unprivileged_port_start ipfrag_low_thresh ping_group_range udp_early_demux
  `,
  'net/ipv4/conf/*': `
    bootp_relay disable_policy disable_xfrm igmpv2_unsolicited_report_interval log_martians src_valid_mark tag
  `,
  'net/ipv4/neigh/*': 'anycast_delay interval_probe_time_ms',
  'net/ipv4/neigh/default': 'gc_interval',
  'net/ipv4/route': 'flush gc_elasticity gc_interval gc_min_interval gc_min_interval_ms gc_thresh max_size min_adv_mss',
  'net/ipv6/route': 'flush',
}

/** Mode 0600. */
export const PRIVATE: ReadonlySet<string> = new Set(
  pathsOf({
    'net/core': 'bpf_jit_harden bpf_jit_kallsyms bpf_jit_limit',
    'net/ipv4': 'tcp_fastopen_key',
    'net/ipv6/conf/*': 'stable_secret',
  }),
)

/** Only the initial namespace may write them. */
export const WRITTEN_BY_HOST: ReadonlySet<string> = new Set(
  pathsOf({
    'net/core': 'rmem_default rmem_max wmem_default wmem_max',
    'net/ipv4': 'tcp_allowed_congestion_control',
    'net/netfilter': 'nf_conntrack_buckets nf_conntrack_expect_max nf_conntrack_max',
  }),
)

/** Of these keys only some values are obeyed. */
const OBEYED_VALUES: Readonly<Record<string, readonly string[]>> = {
  'net/ipv6/conf/*/accept_dad': ['-1', '0', '1'],
  'net/ipv6/conf/*/addr_gen_mode': ['0', '1'],
}

/** The keys that code reads, by path as in KEYS. */
export const READ: ReadonlySet<string> = new Set(pathsOf(OBEYED))

/** The keys that may be written with another value. */
export const MODELLED: ReadonlySet<string> = new Set([...READ, ...pathsOf(WITHOUT_EFFECT)])

function pathsOf(table: Readonly<Record<string, string>>): string[] {
  return Object.entries(table).flatMap(([directory, names]) => words(names).map(name => `${directory}/${name}`))
}

const INT_MAX = 2n ** 31n - 1n
/** CONFIG_HZ=250, as most distributions build it: times in ms are kept in jiffies of 4 ms. */
const HZ = 250n
const USER_HZ = 100n
const MS_PER_JIFFY = 1000n / HZ
/** do_proc_int_conv_userhz: of a long in jiffies. */
const TICKS_MAX = ((2n ** 63n - 1n) / HZ) * USER_HZ

const BOUNDS: Readonly<Record<string, readonly [SysctlKind, bigint, bigint]>> = {
  int: ['number', -INT_MAX - 1n, INT_MAX],
  bool: ['number', 0n, 1n],
  u8: ['number', 0n, 255n],
  u32: ['number', 0n, 2n ** 32n - 1n],
  flag: ['flag', -INT_MAX - 1n, INT_MAX],
  sec: ['seconds', -INT_MAX / HZ, INT_MAX / HZ],
  ms: ['ms', 0n, INT_MAX],
  positiveMs: ['ms', 1n, INT_MAX],
  ticks: ['ticks', -TICKS_MAX, TICKS_MAX],
  rawTicks: ['number', -TICKS_MAX, TICKS_MAX],
  tuple: ['tuple', 0n, 2n ** 32n - 1n],
  portRange: ['tuple', 1n, 65_535n],
  ports: ['ports', 0n, 65_535n],
  groups: ['groups', 0n, 2n ** 32n - 2n],
  ro: ['readonly', 0n, 0n],
  readonly: ['readonly', 0n, 0n],
  text: ['text', 0n, 0n],
  secret: ['secret', 0n, 0n],
  trigger: ['trigger', 0n, 0n],
  intTrigger: ['trigger', -INT_MAX - 1n, INT_MAX],
}

/** All keys by path, devices written as `*`. */
export const KEYS: ReadonlyMap<string, SysctlKey> = new Map([
  ...keysOf(KERNEL, false),
  ...keysOf(NAMESPACE, false),
  ...keysOf(INITIAL_NAMESPACE, true),
  ...keysOf({ 'net/ipv4/conf/*': IPV4_CONF, 'net/ipv6/conf/*': IPV6_CONF }, false),
  ...keysOf({ 'net/ipv4/neigh/*': NEIGHBOUR, 'net/ipv6/neigh/*': NEIGHBOUR }, false),
  ...keysOf(
    { 'net/ipv4/neigh/*': { rawTicks: 'retrans_time=100' }, 'net/ipv6/neigh/*': { int: 'retrans_time=250' } },
    false,
  ),
  ...keysOf({ 'net/ipv4/neigh/default': NEIGHBOUR_DEFAULT, 'net/ipv6/neigh/default': NEIGHBOUR_DEFAULT }, true),
])

function* keysOf(table: Table, hostOnly: boolean): Generator<readonly [string, SysctlKey]> {
  for (const [directory, kinds] of Object.entries(table)) {
    for (const [kindText, entries] of Object.entries(kinds)) {
      const [kind, min, max] = boundsOf(kindText)
      for (const entry of words(entries)) {
        const equals = entry.indexOf('=')
        const path = `${directory}/${entry.slice(0, equals)}`
        const blank = kind === 'tuple' || kind === 'groups' ? '\t' : ' '
        const initial = path.endsWith('ratemask')
          ? entry.slice(equals + 1)
          : entry.slice(equals + 1).replaceAll(',', blank)
        yield [
          path,
          { kind, initial, min, max, hostOnly, modelled: MODELLED.has(path), obeyedValues: OBEYED_VALUES[path] },
        ]
      }
    }
  }
}

function boundsOf(kind: string): readonly [SysctlKind, bigint, bigint] {
  const named = BOUNDS[kind]
  if (named !== undefined) return named
  const [min, max] = kind.split('..')
  return ['number', BigInt(min!), BigInt(max!)]
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(word => word !== '')
}

/** TMPBUFLEN of proc_get_long: a longer number is no number. */
const NUMBER_CHARS_MAX = 20
const NUMBER = /^-?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/

/**
 * The value that writing `text` in one write gives a key whose value is `present`, or EINVAL. Numbers behind the first
 * are ignored, as the kernel ignores them; octal and hexadecimal are understood.
 */
export function parseValue(key: SysctlKey, text: string, present: string): Answer<string> {
  if (key.kind === 'text' || key.kind === 'secret') return done(text.replace(/\n$/, ''))
  // ipv4_sysctl_rtcache_flush does not look at what is written; IPv6's flush takes a number.
  if (key.kind === 'trigger' && key.min === key.max) return done('')
  if (key.kind === 'ports') return parsePorts(key, text)
  const tokens = words(text)
  if (tokens.length === 0) return fail('EINVAL')
  if (key.kind === 'tuple' || key.kind === 'groups') return parseTuple(key, tokens, present)
  const value = parseNumber(key, tokens[0]!)
  return value === undefined ? fail('EINVAL') : done(kept(key, value))
}

/** Fewer numbers than the tuple has leave the others alone. A range of groups the wrong way round is the empty one. */
function parseTuple(key: SysctlKey, tokens: readonly string[], present: string): Answer<string> {
  const values = present.split('\t')
  for (const [i, token] of tokens.entries()) {
    if (i >= values.length) break
    const value = parseNumber(key, token)
    if (value === undefined) return fail('EINVAL')
    values[i] = value.toString()
  }
  const isEmptyRange = key.kind === 'groups' && Number(values[0]) > Number(values[1])
  return done(isEmptyRange ? key.initial : values.join('\t'))
}

/** proc_do_large_bitmap: the numbers that are named, told as ranges. A comma may end the list, a blank may not. */
function parsePorts(key: SysctlKey, text: string): Answer<string> {
  const ranges: [bigint, bigint][] = []
  const items = text.replace(/\n$/, '').replace(/(?<=.),$/, '')
  for (const item of items === '' ? [] : items.split(',')) {
    const ends = item.split('-').map(end => parseNumber(key, end))
    const [first, last = first] = ends
    if (ends.length > 2 || ends.includes(undefined) || last! < first!) return fail('EINVAL')
    ranges.push([first!, last!])
  }
  ranges.sort(([a], [b]) => (a < b ? -1 : 1))
  const merged: [bigint, bigint][] = []
  for (const [first, last] of ranges) {
    const previous = merged.at(-1)
    if (previous === undefined || first > previous[1] + 1n) merged.push([first, last])
    else if (last > previous[1]) previous[1] = last
  }
  return done(merged.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(','))
}

function parseNumber(key: SysctlKey, token: string): bigint | undefined {
  if (token.length > NUMBER_CHARS_MAX || !NUMBER.test(token)) return undefined
  const digits = token.replace('-', '')
  const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits)
  const signed = token.startsWith('-') ? -size : size
  // msecs_to_jiffies takes an unsigned int.
  const value = key.kind === 'ms' && signed > 0n ? BigInt.asUintN(32, signed) : signed
  return value < key.min || value > key.max ? undefined : value
}

/** What reading the number gives afterwards. */
function kept(key: SysctlKey, value: bigint): string {
  switch (key.kind) {
    case 'flag':
      return value === 0n ? '0' : '1'
    case 'ms':
      return (((value + MS_PER_JIFFY - 1n) / MS_PER_JIFFY) * MS_PER_JIFFY).toString()
    case 'ticks': {
      // Jiffies in an int, whose sign is shown even before a zero.
      const jiffies = BigInt.asIntN(32, (value * HZ) / USER_HZ)
      const size = ((jiffies < 0n ? -jiffies : jiffies) * USER_HZ) / HZ
      return `${jiffies < 0n ? '-' : ''}${size}`
    }
    default:
      return value.toString()
  }
}
