#!/usr/bin/python3
"""What ip, bridge and sysctl of Debian 12 make of every option that their help texts name: prints the table options.json.

Run it as root: python3 options.py. Each command runs in a new namespace, after SETUP; what is recorded is its exit
status, what it prints on both outputs (but for `save`, whose output is not text), and what LOOK prints afterwards for the object that it is about. Times and numbers
of queues are masked as in options.test.ts.
"""
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

SETUP = [
    'sysctl -qw net.ipv6.conf.all.disable_ipv6=1', 'sysctl -qw net.ipv6.conf.default.disable_ipv6=1',
    'ip link set lo up',
    'ip link add name v index 10 address 02:00:00:00:00:01 type veth peer name w index 11 address 02:00:00:00:00:02',
    'ip link add name p index 12 address 02:00:00:00:00:03 type veth peer name q index 13 address 02:00:00:00:00:04',
    'ip link add name br0 index 14 address 02:00:00:00:00:05 type bridge',
    'ip link set dev p master br0',
    'ip address add 10.0.0.1/24 dev v',
    'ip link set dev v up', 'ip link set dev w up', 'ip link set dev p up', 'ip link set dev q up',
    'ip link show', 'ip link show',
    'ip route add 10.9.0.0/16 via 10.0.0.2',
    'ip rule add from 10.1.0.0/16 table 77 priority 1000',
    'ip neighbour add 10.0.0.9 lladdr 02:00:00:00:00:99 dev v',
]
LOOK = {
    'link': ['ip -d link show dev v', 'ip -d link show type bridge'],
    'new': ['ip -d link show dev n'],
    'address': ['ip address show dev v'],
    'route': ['ip -d route show table all', 'ip route show table 77'],
    'rule': ['ip -d rule'],
    'neighbour': ['ip neighbour show to 10.0.0.7', 'ip neighbour show to 10.0.0.9', 'ip neighbour show proxy dev v'],
    'maddress': ['ip maddress show dev v'],
    'tuntap': ['ip -d link show type tun'],
    'slave': ['ip -d link show dev p', 'bridge -d link show dev p'],
    'fdb': ['bridge -d fdb show dev p', 'bridge -d fdb show dev v'],
    'netns': [],
    'none': [],
}
S = 'ip link set dev v '
N = 'ip link add name n address 02:00:00:00:00:10 '
A = 'ip address add 10.2.0.1/24 dev v '
R = 'ip route add 10.3.0.0/16 '
G = 'ip route get 10.0.0.2 '
U = 'ip rule add '
K = 'ip neighbour add 10.0.0.7 dev v '
B = 'ip link set dev br0 type bridge '
P = 'ip link set dev p type bridge_slave '
L = 'bridge link set dev p '
F = 'bridge fdb add 02:00:00:00:00:77 dev p '


def each(prefix, *options):
    return [prefix + option for option in options]


TYPES = ('amt bareudp bond dsa dummy erspan geneve gre gretap gtp ifb ip6erspan ip6gre ip6gretap ip6tnl ipip ipoib ipvlan '
         'ipvtap macsec netdevsim nlmon rmnet sit team vcan vlan vrf vti vxcan vxlan wwan xfrm virt_wifi').split()

COMMANDS = {
    'none': [
        *each('ip ', '-V', '-Version', '-s link show dev v', '-s -s link show dev v', '-d link show dev v',
              '-r address show dev v', '-h link show dev v', '-human-readable -s link show dev v',
              '-iec -s link show dev v', '-j address show dev v', '-j -p address show dev v', '-f inet address show dev v',
              '-f inet6 address show dev v', '-f mpls route', '-f bridge link', '-f link address show dev v',
              '-family inet route', '-4 address show dev v', '-6 address show dev v', '-M route', '-B link',
              '-0 address show dev v', '-l 3 address show dev v', '-loops 3 address show dev v', '-br address show dev v',
              '-o address show dev v', '-oneline link show dev v', '-t address show dev v', '-ts address show dev v',
              '-b /nonexistent', '-batch /nonexistent', '-rc 1000 address show dev v', '-rcvbuf 1000 link show dev v',
              '-n nobody link', '-netns nobody link', '-N address show dev v', '-Numeric route', '-a link show dev v',
              '-all link show dev v', '-c address show dev v', '-c=never address show dev v',
              '-color=never address show dev v', '-force link show dev v', '-nosuch', '-x link', '-echo link show dev v'),
        *each('ip link show ', 'v', 'dev v', 'group default', 'group 7', 'up dev v', 'master br0', 'vrf nobody',
              'type veth', 'type dummy', 'type bridge_slave', 'nomaster', 'nosuch'),
        *each('ip link ', 'xstats type bridge', 'xstats type bridge_slave', 'afstats', 'afstats dev v', 'help nosuchtype',
              'property', 'nosuch'),
        *each('ip address ', 'show dev v scope link', 'show dev v scope global', 'show master br0', 'show nomaster',
              'show type veth', 'show to 10.0.0.0/8', 'show dev v permanent', 'show dev v dynamic',
              'show dev v secondary', 'show dev v primary', 'show dev v tentative', 'show dev v -tentative',
              'show dev v deprecated', 'show dev v -deprecated', 'show dev v dadfailed', 'show dev v -dadfailed',
              'show dev v temporary', 'show dev v home', 'show dev v nodad', 'show dev v mngtmpaddr',
              'show dev v noprefixroute', 'show dev v autojoin', 'show dev v label v', 'show dev v label x',
              'show dev v up', 'show vrf nobody', 'nosuch', 'showdump', 'restore'),
        *each('ip route list ', 'root 10.0.0.0/8', 'match 10.0.0.1', 'exact 10.9.0.0/16', 'table local', 'table 77',
              'table nosuch', 'vrf nobody', 'proto kernel', 'type unicast', 'type local', 'scope link', 'dev v',
              'via 10.0.0.2', 'src 10.0.0.1', 'tos 0', 'realms 1', 'metric 0', 'nosuch', 'cache', 'from 10.0.0.0/8',
              'to 10.9.0.0/16', 'oif v', 'iif v', 'initcwnd 3', 'cloned'),
        *each('ip route ', 'showdump', 'restore', 'nosuch', 'flush'),
        *each(G, '', 'from 10.0.0.1', 'from 10.0.0.2 iif w', 'oif v', 'tos 4', 'mark 7', 'vrf nobody', 'uid 5',
              'ipproto udp', 'sport 5', 'dport 6', 'fibmatch', 'nosuch', 'connected', 'notify', 'ipproto udp sport 5 dport 6'),
        *each('ip rule ', '', 'list', 'list from 10.1.0.0/16', 'list table 77', 'list priority 1000', 'list iif v',
              'list oif v', 'list not', 'list fwmark 7', 'list uidrange 1-2', 'list ipproto udp', 'list sport 1',
              'list dport 1', 'list proto 5', 'list to 10.0.0.0/8', 'list tos 4', 'list l3mdev', 'list nosuch', 'save',
              'restore', 'nosuch'),
        *each('ip neighbour show ', '', 'proxy', 'to 10.0.0.0/24', 'dev v', 'nud permanent', 'nud all', 'nud nosuch',
              'vrf nobody', 'nomaster', 'master br0', 'unused', 'protocol 5', 'nosuch'),
        *each('ip neighbour ', 'get 10.0.0.9 dev v', 'get proxy 10.0.0.9 dev v', 'get 10.0.0.8 dev v', 'nosuch'),
        *each('ip netns ', 'list', 'identify nosuch', 'pids nobody', 'exec nobody true', 'list-id', 'list-id target-nsid 1',
              'list-id nsid 1', 'set nobody 5', 'delete nobody', 'attach', 'nosuch', 'exec', 'add'),
        *each('ip maddress show ', '', 'dev v', 'dev nobody', 'nosuch'),
        *each('ip tuntap ', 'list', 'lst', 'show', 'nosuch'),
        *each('bridge ', '-V', '-Version', '-s link show dev p', '-d link show dev p', '-o link show dev p',
              '-t link show dev p', '-n nobody link', '-c vlan show', '-compressvlans link show dev p',
              '-color=never link show dev p', '-p link show dev p', '-j link show dev p', '-j -p link show dev p',
              '-batch /nonexistent', '-force link show dev p', '-nosuch', '-6 link show dev p', '-4 link show dev p',
              '-family inet link show dev p', 'mdb', 'mdb show', 'vlan', 'vlan show', 'monitor nosuch', 'nosuch',
              'link show', 'link show dev p', 'link show dev v', 'link show master br0', 'link nosuch', 'link show nosuch'),
        *each('bridge fdb ', 'show br br0', 'show brport p', 'show vlan 5', 'show state permanent', 'show dynamic',
              'show dev p', 'show nosuch', 'get 02:00:00:00:00:03 br br0', 'get to 02:00:00:00:00:03 brport p',
              'get 02:00:00:00:00:03 dev p vlan 5', 'get 02:00:00:00:00:03 dev p vni 5', 'get 02:00:00:00:00:03 dev p self',
              'get 02:00:00:00:00:03 dev p master', 'get 02:00:00:00:00:03 dev p dynamic', 'nosuch'),
        *each('sysctl ', '-n net.ipv4.ip_forward', '--values net.ipv4.ip_forward', '-b net.ipv4.ip_forward',
              '--binary net.ipv4.ip_forward', '-e net.nosuch', '--ignore net.nosuch', '-N net.ipv4.ip_forward',
              '--names net.ipv4.ip_forward', '-p /nonexistent', '--load=/nonexistent', '-f /nonexistent',
              '-r ip_forward$ net.ipv4.ip_forward', '--pattern nosuch net.ipv4.ip_forward', '-q net.ipv4.ip_forward=0',
              '--quiet net.ipv4.ip_forward=0', '-w net.ipv4.ip_forward=0', '--write net.ipv4.ip_forward',
              '-o net.ipv4.ip_forward', '-x net.ipv4.ip_forward', '-d', '-h', '--help', '-V', '--version',
              '--dry-run net.ipv4.ip_forward=1', '--nosuch', '-z', '--system', '--deprecated -a -r nosuch', '-a -r udp_early',
              '--all -r udp_early', '-A -r udp_early', '-X -r udp_early'),
    ],
    'link': [
        *each(S, 'up', 'down', 'arp on', 'arp off', 'dynamic on', 'dynamic off', 'multicast off', 'allmulticast on',
              'promisc on', 'trailers on', 'trailers off', 'carrier off', 'carrier on', 'txqueuelen 5', 'txqlen 5',
              'qlen 5', 'name x', 'address 02:00:00:00:00:55', 'broadcast 02:00:00:00:00:55', 'mtu 1400', 'netns nobody',
              'link-netns nobody', 'link-netnsid 5', 'alias hello', 'vf 0 mac 02:00:00:00:00:01', 'vf 0 vlan 5',
              'vf 0 vlan 5 qos 1', 'vf 0 vlan 5 proto 802.1Q', 'vf 0 rate 5', 'vf 0 max_tx_rate 5',
              'vf 0 min_tx_rate 5', 'vf 0 spoofchk on', 'vf 0 query_rss on', 'vf 0 state auto', 'vf 0 trust on',
              'vf 0 node_guid 0:0:0:0:0:0:0:1', 'vf 0 port_guid 0:0:0:0:0:0:0:1', 'xdp off', 'xdpgeneric off',
              'xdpdrv off', 'xdpoffload off', 'xdp object f', 'xdp pinned f', 'master br0', 'vrf nobody', 'nomaster',
              'addrgenmode eui64', 'addrgenmode none', 'addrgenmode stable_secret', 'addrgenmode random', 'protodown on',
              'protodown off', 'protodown_reason 3 on', 'gso_max_size 5000', 'gso_max_segs 5', 'gro_max_size 5000',
              'group 5', 'group nosuch', 'numtxqueues 3', 'index 44', 'nosuch 5', 'minmtu 5', 'parentdev x', 'up mtu 900',
              'type veth', 'type nosuch', 'type bridge_slave', 'mode dormant', 'mode default', 'state UP', 'link w',
              'link-mode dormant', 'altname z', 'parentbus x'),
        *each('ip link set ', 'group default down', 'group 7 up', 'v up', 'v'),
        *each('ip link property ', 'add dev v altname alt', 'add dev v altname alt altname alt2', 'del dev v altname alt',
              'add dev v', 'add dev v nosuch'),
        *each(B, '', 'fdb_flush', 'forward_delay 500', 'hello_time 300', 'max_age 1000', 'ageing_time 1000',
              'stp_state 1', 'priority 5', 'group_fwd_mask 8', 'group_address 01:80:c2:00:00:04', 'no_linklocal_learn 1',
              'vlan_filtering 1', 'vlan_protocol 802.1ad', 'vlan_default_pvid 5', 'vlan_stats_enabled 1',
              'vlan_stats_per_port 1', 'mcast_snooping 0', 'mcast_vlan_snooping 1', 'mcast_router 2',
              'mcast_query_use_ifaddr 1', 'mcast_querier 1', 'mcast_hash_elasticity 5', 'mcast_hash_max 64',
              'mcast_last_member_count 3', 'mcast_startup_query_count 3', 'mcast_last_member_interval 200',
              'mcast_membership_interval 200', 'mcast_querier_interval 200', 'mcast_query_interval 200',
              'mcast_query_response_interval 200', 'mcast_startup_query_interval 200', 'mcast_stats_enabled 1',
              'mcast_igmp_version 3', 'mcast_mld_version 2', 'nf_call_iptables 1', 'nf_call_ip6tables 1',
              'nf_call_arptables 1', 'vlan_protocol nosuch', 'nosuch 1', 'forward_delay', 'stp_state x',
              'root_block 1', 'min_links 1'),
    ],
    'new': [
        *each(N, 'type veth peer name m', 'txqueuelen 5 type bridge', 'broadcast 02:00:00:00:00:55 type bridge',
              'mtu 1400 type bridge', 'index 77 type bridge', 'numtxqueues 3 type bridge', 'numrxqueues 3 type bridge',
              'netns nobody type bridge', 'group 5 type bridge', 'type bridge', 'type nosuch', '', 'up type bridge',
              'type bridge forward_delay 500', 'type bridge vlan_filtering 1', 'link v type macvlan',
              *[f'link v type macvlan mode {mode}' for mode in ('private', 'vepa', 'bridge', 'passthru', 'source', 'nosuch')],
              'link v type macvlan mode bridge flag null', 'link v type macvlan mode bridge flag nopromisc',
              'link v type macvlan mode bridge flag nodst', 'link v type macvlan mode source macaddr add 02:00:00:00:00:66',
              'link v type macvlan mode source macaddr del 02:00:00:00:00:66',
              'link v type macvlan mode source macaddr set 02:00:00:00:00:66',
              'link v type macvlan mode source macaddr flush', 'link v type macvlan bcqueuelen 5',
              'link v type macvlan bclim 5', 'link v type macvlan nosuch', 'link v type macvtap mode bridge',
              'type bridge_slave', 'parentdev x type bridge', 'link-netns nobody link v type macvlan',
              'link-netnsid 5 link v type macvlan', *[f'type {each}' for each in TYPES],
              *[f'link v type {each}' for each in ('vlan id 5', 'ipvlan', 'macsec', 'vxlan id 5')]),
        *each('ip link add ', 'n type bridge address 1', 'dev n address 02:00:00:00:00:10 type bridge',
              'link v name n type macvlan nosuch 1'),
        *each('ip link delete ', 'v', 'dev v', 'group default', 'group 7', 'dev v type veth', 'dev v type bridge', 'nobody'),
    ],
    'address': [
        *each(A, '', 'broadcast 10.2.0.255', 'broadcast +', 'broadcast -', 'brd +', 'anycast 10.2.0.9', 'label v:1',
              'label x', 'scope link', 'scope host', 'scope 77', 'scope nosuch', 'metric 5', 'valid_lft 100',
              'valid_lft forever', 'valid_lft 100 preferred_lft 50', 'preferred_lft 50', 'preferred_lft forever', 'home',
              'nodad', 'mngtmpaddr', 'noprefixroute', 'autojoin', 'optimistic', 'dynamic', 'permanent', 'secondary',
              'proto 5', 'nosuch', 'rt_priority 5', 'peer 10.2.0.2'),
        *each('ip address ', 'add 10.2.0.1 peer 10.2.0.2/32 dev v', 'change 10.0.0.1/24 dev v metric 7',
              'replace 10.0.0.1/24 dev v noprefixroute', 'del 10.0.0.1/24 dev v', 'del 10.0.0.1/24 dev v mngtmpaddr',
              'flush dev v', 'flush dev v scope link', 'flush to 10.0.0.0/8', 'flush dev v label v',
              'flush dev v permanent', 'flush dev v dynamic', 'flush dev v up', 'flush dev v secondary', 'flush',
              'add 10.2.0.1/24', 'add 10.2.0.1/24 dev nobody', 'add default dev v', 'add any dev v'),
    ],
    'route': [
        *each(R, 'dev v', 'via 10.0.0.2', 'via inet 10.0.0.2', 'via inet6 fe80::1 dev v', 'via mpls 5', 'dev v tos 4',
              'dev v dsfield 4', 'dev v table 77', 'dev v table local', 'dev v table nosuch', 'dev v vrf nobody',
              'dev v proto static', 'dev v proto 77', 'dev v proto nosuch', 'dev v scope link', 'dev v scope host',
              'dev v scope 77', 'dev v metric 5', 'dev v priority 5', 'dev v preference 5', 'dev v ttl-propagate enabled',
              'dev v ttl-propagate disabled', 'nhid 5', 'dev v encap ip id 5 dst 10.0.0.9', 'dev v encap mpls 5',
              'dev v encap seg6 mode encap segs fe80::1', 'dev v encap xfrm if_id 5', 'dev v encap ioam6',
              'dev v encap rpl', 'dev v encap nosuch', 'nexthop via 10.0.0.2 nexthop via 10.0.0.3',
              'nexthop via 10.0.0.2 weight 3 nexthop dev v', 'nexthop via 10.0.0.2 onlink', 'nexthop nosuch',
              'dev v weight 5', 'dev v onlink', 'via 10.77.0.1 dev v onlink', 'via 10.0.0.2 pervasive', 'dev v mtu 1400',
              'dev v mtu lock 1400', 'dev v advmss 500', 'dev v as 10.0.0.1', 'dev v as to 10.0.0.1', 'dev v rtt 5ms',
              'dev v rttvar 5', 'dev v reordering 5', 'dev v window 5', 'dev v cwnd 5', 'dev v cwnd lock 5',
              'dev v initcwnd 5', 'dev v ssthresh 5', 'dev v realms 5', 'dev v realm 5', 'dev v src 10.0.0.1',
              'dev v src 10.77.0.1', 'dev v rto_min 5ms', 'dev v hoplimit 5', 'dev v initrwnd 5', 'dev v features ecn',
              'dev v features nosuch', 'dev v quickack 1', 'dev v congctl reno', 'dev v congctl lock reno',
              'dev v pref low', 'dev v pref nosuch', 'dev v expires 5', 'dev v fastopen_no_cookie 1', 'dev v nosuch',
              'dev v to 10.4.0.0/16', 'dev nobody', 'oif v', 'dev v linkdown', 'dev v protocol static', 'dev v equalize'),
        *each('ip route add ', *[f'{kind} 10.3.0.0/16' for kind in ('unicast', 'throw', 'unreachable', 'prohibit',
                                                                   'blackhole', 'nat', 'multicast')],
              'local 10.3.0.0/16 dev v', 'broadcast 10.3.0.255 dev v', 'unicast 10.3.0.0/16 dev v', 'default dev v',
              'any dev v', 'all dev v', 'nosuch 10.3.0.0/16 dev v', 'anycast 10.3.0.0/16 dev v', 'xresolve 10.3.0.0/16'),
        *each('ip route ', 'del 10.9.0.0/16', 'change 10.9.0.0/16 via 10.0.0.3', 'append 10.9.0.0/16 via 10.0.0.3',
              'replace 10.9.0.0/16 via 10.0.0.3', 'prepend 10.9.0.0/16 via 10.0.0.3', 'test 10.9.0.0/16 via 10.0.0.2',
              'flush root 10.9.0.0/16', 'flush match 10.9.0.1', 'flush exact 10.9.0.0/16', 'flush table main',
              'flush proto kernel', 'flush type unicast', 'flush scope link', 'flush dev v', 'flush cache',
              'flush vrf nobody', 'flush via 10.0.0.2', 'flush src 10.0.0.1', 'flush table 77'),
    ],
    'rule': [
        *each(U, '', 'table 5', 'not from 10.0.0.0/8 table 5', 'from 10.0.0.0/8 table 5', 'to 10.0.0.0/8 table 5',
              'tos 4 table 5', 'dsfield 4 table 5', 'fwmark 5 table 5', 'fwmark 5/0xff table 5', 'iif v table 5', 'dev v table 5',
              'oif v table 5', 'pref 50 table 5', 'priority 50 table 5', 'order 50 table 5', 'preference 50 table 5',
              'l3mdev', 'l3mdev table 5', 'uidrange 1-5 table 5', 'ipproto udp table 5', 'ipproto nosuch table 5',
              'sport 5 table 5', 'sport 5-9 table 5', 'dport 5 table 5', 'dport 5-9 table 5', 'lookup main',
              'lookup nosuch', 'table local', 'table default', 'protocol 5 table 5', 'proto static table 5', 'nat 10.0.0.1',
              'map-to 10.0.0.1', 'realms 5 table 5', 'realms 5/6 table 5', 'goto 1000', 'goto 5', 'table 5 suppress_prefixlength 0',
              'table 5 sup_pl 0', 'table 5 suppress_ifgroup 5', 'table 5 sup_group 5', 'tun_id 5 table 5', 'blackhole',
              'unreachable', 'prohibit', 'nop', 'type blackhole', 'nosuch', 'from nosuch', 'flowlabel 5 table 5'),
        *each('ip rule ', 'del table 77', 'del priority 1000', 'del from 10.1.0.0/16', 'del priority 5', 'flush',
              'flush table 77', 'flush priority 1000', 'del'),
    ],
    'neighbour': [
        *each(K, '', 'lladdr 02:00:00:00:00:77', *[f'lladdr 02:00:00:00:00:77 nud {state}' for state in
              ('noarp', 'none', 'permanent', 'stale', 'nosuch')], 'nud failed', 'nud incomplete', 'nud none', 'router',
              'lladdr 02:00:00:00:00:77 router', 'use', 'managed', 'extern_learn',
              'lladdr 02:00:00:00:00:77 extern_learn', 'lladdr 02:00:00:00:00:77 protocol 5',
              'lladdr 02:00:00:00:00:77 protocol static', 'lladdr nosuch', 'lladdr null', 'nosuch', 'dst 5', 'vni 5', 'port 5',
              'ext_flags 5'),
        *each('ip neighbour ', 'add proxy 10.0.0.7 dev v', 'add 10.0.0.7 lladdr 02:00:00:00:00:77',
              'del 10.0.0.9 dev v', 'del 10.0.0.8 dev v', 'change 10.0.0.9 lladdr 02:00:00:00:00:88 dev v',
              'replace 10.0.0.9 lladdr 02:00:00:00:00:88 dev v nud stale', 'append 10.0.0.9 lladdr 02:00:00:00:00:88 dev v',
              'flush dev v', 'flush dev v nud permanent', 'flush all', 'flush', 'flush to 10.0.0.0/24', 'flush dev v proxy',
              'flush nud permanent', 'flush vrf nobody', 'flush nomaster', 'flush dev v unused'),
    ],
    'maddress': each('ip maddress ', 'add 33:33:00:00:00:05 dev v', 'add 33:33:00:00:00:05', 'del 33:33:00:00:00:05 dev v',
                     'add 02:00:00:00:00:05 dev v', 'add nosuch dev v', 'add 33:33:00:00:00:05 dev nobody',
                     'add 33:33:00:00:00:05 v', 'add 224.0.0.5 dev v'),
    'tuntap': each('ip tuntap add ', 'dev t mode tun', 'dev t mode tap', 'name t mode tun', 't mode tun', 'mode tun',
                   'dev t mode tun user 5', 'dev t mode tun user root', 'dev t mode tun user nosuch', 'dev t mode tun group 5',
                   'dev t mode tun group root', 'dev t mode tun one_queue', 'dev t mode tun pi',
                   'dev t mode tun vnet_hdr', 'dev t mode tun multi_queue', 'dev t mode nosuch', 'dev t', 'dev t mode tun nosuch'),
    'slave': [
        *each(P, '', 'fdb_flush', 'state 3', 'state 0', 'priority 5', 'cost 5', *[f'{flag} on' for flag in (
              'guard', 'hairpin', 'fastleave', 'root_block', 'proxy_arp', 'proxy_arp_wifi', 'mcast_fast_leave',
              'mcast_to_unicast', 'neigh_suppress', 'vlan_tunnel', 'isolated', 'locked')],
              *[f'{flag} off' for flag in ('learning', 'flood', 'mcast_flood', 'bcast_flood')], 'mcast_router 2',
              'mcast_router 0', 'group_fwd_mask 8', 'backup_port v', 'nobackup_port', 'nosuch on', 'hairpin nosuch'),
        *each(L, '', 'cost 5', 'priority 5', 'state 3', 'state forwarding', 'state nosuch', *[f'{flag} on' for flag in (
              'guard', 'hairpin', 'fastleave', 'root_block', 'learning_sync', 'mcast_to_unicast', 'neigh_suppress',
              'vlan_tunnel', 'isolated', 'locked')], *[f'{flag} off' for flag in ('learning', 'flood', 'mcast_flood',
              'bcast_flood')], 'mcast_router 2', 'hwmode vepa', 'hwmode veb', 'hwmode nosuch', 'backup_port v',
              'nobackup_port', 'self', 'master', 'cost 5 self', 'cost 5 master', 'nosuch on', 'hairpin nosuch'),
        *each('bridge link set ', 'cost 5', 'dev nobody cost 5', 'dev v cost 5'),
    ],
    'fdb': [
        *each(F, '', 'self', 'master', 'use', 'router', 'extern_learn', 'sticky', 'local', 'static', 'dynamic', 'permanent',
              'temp', 'master static', 'master dynamic', 'master local', 'master sticky', 'master extern_learn', 'master use',
              'master router', 'vlan 5', 'master vlan 5', 'dst 10.0.0.1', 'port 5', 'vni 5', 'nhid 5', 'via v', 'src_vni 5',
              'nosuch', 'self master', 'master static extern_learn'),
        *each('bridge fdb ', 'append 02:00:00:00:00:77 dev p master', 'replace 02:00:00:00:00:77 dev p master static',
              'del 02:00:00:00:00:03 dev p master', 'del 02:00:00:00:00:88 dev p', 'add 02:00:00:00:00:77',
              'add nosuch dev p', 'add 02:00:00:00:00:77 dev v', 'add 02:00:00:00:00:77 dev v master',
              *[f'flush dev br0 {option}' for option in ('', 'brport p', 'vlan 5', 'self', 'permanent', 'nopermanent',
                'static', 'nostatic', 'dynamic', 'nodynamic', 'added_by_user', 'noadded_by_user', 'extern_learn',
                'noextern_learn', 'sticky', 'nosticky', 'offloaded', 'nooffloaded', 'nosuch')],
              'flush dev p master', 'flush dev p master permanent', 'flush'),
    ],
}


def mask(text):
    text = re.sub(r'link/ether (?!02:)\S+', 'link/ether MAC', text)
    text = re.sub(r'num([tr])xqueues \d+', r'num\1xqueues N', text)
    text = re.sub(r'(timer|expires) +[\d.]+(sec)?', r'\1 T', text)
    text = re.sub(r'^\[?[A-Z][a-z]{2} [A-Z][a-z]{2}.*$|^\[?\d{4}-\d\d-\d\d.*$', 'DATE', text, flags=re.M)
    return re.sub(r'(valid_lft|preferred_lft|used|ago) [\d/]+(sec)?', r'\1 T', text)


def run(namespace, line):
    return subprocess.run([*namespace, *line.split()], stdin=subprocess.DEVNULL, capture_output=True, encoding='latin-1', timeout=20,
                          env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C'})


def record(job):
    look, command = job
    holder = subprocess.Popen(['unshare', '-n', '-m', 'sh', '-c', 'mount -t tmpfs t /run; mount -t sysfs s /sys; echo; exec sleep 60'],
                              stdout=subprocess.PIPE)
    holder.stdout.readline()
    try:
        namespace = ['nsenter', '-n', '-m', '-t', str(holder.pid)]
        for line in SETUP:
            done = run(namespace, line)
            if done.returncode != 0:
                sys.exit(f'{line}: {done.stderr}')
        done = run(namespace, command)
        seen = [mask(each.stdout + each.stderr) for each in (run(namespace, line) for line in LOOK[look])]
        return [command, done.returncode, mask(done.stdout), mask(done.stderr), seen]
    finally:
        holder.kill()
        holder.wait()


def main():
    tables = {}
    for look, commands in COMMANDS.items():
        with ThreadPoolExecutor(4) as pool:
            rows = list(pool.map(record, [(look, command) for command in dict.fromkeys(commands)]))
        usual = [max(texts, key=texts.count) for texts in zip(*(row[4] for row in rows))]
        for row in rows:
            row[4] = [None if seen == often else seen for seen, often in zip(row[4], usual)]
        tables[look] = {'look': LOOK[look], 'unchanged': usual, 'rows': rows}
    text = json.dumps({'setup': SETUP, 'tables': tables}).replace('["ip ', '\n["ip ').replace('["bridge ', '\n["bridge ')
    print(text.replace('["sysctl ', '\n["sysctl '))


main()
