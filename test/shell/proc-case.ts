// biome-ignore-all format: as recorded
/** A script that looks into /proc and /sys, and what it printed on Linux 6.18 in namespaces of its own. */
export const SCRIPT = `ip link add br0 address 02:00:00:00:00:aa type bridge; ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 master br0
cd /sys/class/net
t() { echo "\\$ $*"; eval "$*" 2>&1; echo "[$?]"; }
t 'cat v0/carrier'; t 'cat v0/speed v0/duplex'; t 'cat v0/operstate br0/operstate lo/operstate'; t 'cat br0/carrier'
t 'echo abc > v0/mtu'; t 'echo 10 > v0/mtu'; t 'echo 1400 > v0/mtu; cat v0/mtu'
t 'echo 1 > v0/address'; t 'echo x > v0/nosuch'; t 'echo 1 > v0/ifindex'
t 'echo 0x1003 > v1/flags; cat v1/flags'; t 'echo 0 > v1/flags; cat v1/flags'; t 'echo hello > v0/ifalias; cat v0/ifalias'; t 'cat v1/ifalias'; t 'echo 500 > v0/tx_queue_len; cat v0/tx_queue_len'
t 'echo 1 > br0/bridge/stp_state; cat br0/bridge/stp_state'; t 'echo 100 > br0/bridge/forward_delay'; t 'echo 400 > br0/bridge/forward_delay; cat br0/bridge/forward_delay'
t 'echo 6000 > br0/bridge/ageing_time; cat br0/bridge/ageing_time'; t 'echo 100 > br0/bridge/priority; cat br0/bridge/priority br0/bridge/bridge_id'
t 'echo 1 > v0/brport/hairpin_mode; cat v0/brport/hairpin_mode'; t 'echo 70000 > v0/brport/path_cost'; t 'echo 0 > v0/carrier'; t 'echo abc > br0/bridge/ageing_time'; t 'echo 9 > br0/bridge/group_fwd_mask'
t 'cat br0/bridge'; t 'cat /sys/class/net'; t 'cat nosuch/mtu'; t 'ls -d /sys/class/net/v*'; t 'ls /sys/class/net'; t 'readlink -f v0/master'; t 'basename $(readlink v0/master)'; t 'readlink v0/brport/bridge v0'; t 'ls v0/brport'; t 'ls br0/brif'
t 'cat v0/iflink v1/iflink v0/ifindex v0/type lo/type v0/address v0/broadcast v0/addr_len v0/addr_assign_type v0/name_assign_type lo/name_assign_type'
t 'cat v0/uevent br0/uevent'; t 'grep . v0/statistics/rx_* | head -n 3'; t 'for f in br0/bridge/*; do case $f in *gc_timer|*hello_timer|*flush|*root_id) ;; *) echo "\${f##*/} $(cat $f)";; esac; done'; t 'for f in v0/brport/*; do [ -d $f ] || case $f in *timer|*flush|*change_ack|*state) ;; *) echo "\${f##*/} $(cat $f)";; esac; done'
t 'cat /proc/sys/net/ipv4/nosuch'; t 'echo 1 > /proc/sys/net/ipv4/nosuch'; t 'echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward'; t 'echo abc > /proc/sys/net/ipv4/ip_forward'; t 'echo "4 5" > /proc/sys/net/ipv4/ip_forward'; t 'echo > /proc/sys/net/ipv4/ip_forward'; t 'printf 1 > /proc/sys/net/ipv4/ip_forward'; t 'echo x | tee /proc/sys/net/ipv4/conf/all/arp_filter'
t 'cat /proc/sys/net/ipv4'; t 'echo 1 > /proc/net/arp'; t 'x=$(</proc/sys/net/ipv4/ip_forward); echo $x'; t 'read x < /sys/class/net/v0/mtu; echo $x'
t '[ -d /sys/class/net/v0 ] && [ -e v0/brport ] && [ ! -e v1/brport ] && [ -L v0/master ] && echo tests'
t 'ip netns add zz; ls /run/netns /var/run/netns; cat /run/netns/zz'; t 'ip netns exec zz ls /sys/class/net'; t 'ip netns exec zz cat /proc/sys/net/ipv4/ip_forward'; t 'cd /; ip netns exec zz bash -c "echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward"'
ip link set v0 up; ip link set v1 up; ip link set br0 up; ip addr add 10.0.0.1/24 dev br0; ip addr add 10.1.0.1/24 dev v1; ip route add default via 10.1.0.9; ip route add 10.9.0.0/16 via 10.1.0.9 metric 5; ip route add blackhole 10.8.0.0/16; ip route add unreachable 10.7.0.0/16; ip route add 10.6.6.6/32 dev v1
ip neigh add 10.1.0.9 lladdr 02:00:00:00:00:99 dev v1
cd /sys/class/net; t 'cat /proc/net/route'; t 'cat /proc/net/arp'; t 'head -n 3 /proc/net/dev'; t 'head -n 3 /proc/self/net/dev | tail -n 1'; t 'cat v0/carrier v0/speed v0/duplex br0/duplex'
`

export const PRINTED = `$ cat v0/carrier
cat: v0/carrier: Invalid argument
[1]
$ cat v0/speed v0/duplex
cat: v0/speed: Invalid argument
cat: v0/duplex: Invalid argument
[1]
$ cat v0/operstate br0/operstate lo/operstate
down
down
unknown
[0]
$ cat br0/carrier
cat: br0/carrier: Invalid argument
[1]
$ echo abc > v0/mtu
case.sh: line 3: echo: write error: Invalid argument
[1]
$ echo 10 > v0/mtu
case.sh: line 3: echo: write error: Invalid argument
[1]
$ echo 1400 > v0/mtu; cat v0/mtu
1400
[0]
$ echo 1 > v0/address
case.sh: line 3: v0/address: Permission denied
[1]
$ echo x > v0/nosuch
case.sh: line 3: v0/nosuch: Permission denied
[1]
$ echo 1 > v0/ifindex
case.sh: line 3: v0/ifindex: Permission denied
[1]
$ echo 0x1003 > v1/flags; cat v1/flags
0x1003
[0]
$ echo 0 > v1/flags; cat v1/flags
0x2
[0]
$ echo hello > v0/ifalias; cat v0/ifalias
hello
[0]
$ cat v1/ifalias
[0]
$ echo 500 > v0/tx_queue_len; cat v0/tx_queue_len
500
[0]
$ echo 1 > br0/bridge/stp_state; cat br0/bridge/stp_state
1
[0]
$ echo 100 > br0/bridge/forward_delay
case.sh: line 3: echo: write error: Numerical result out of range
[1]
$ echo 400 > br0/bridge/forward_delay; cat br0/bridge/forward_delay
400
[0]
$ echo 6000 > br0/bridge/ageing_time; cat br0/bridge/ageing_time
6000
[0]
$ echo 100 > br0/bridge/priority; cat br0/bridge/priority br0/bridge/bridge_id
100
0064.0200000000aa
[0]
$ echo 1 > v0/brport/hairpin_mode; cat v0/brport/hairpin_mode
1
[0]
$ echo 70000 > v0/brport/path_cost
case.sh: line 3: echo: write error: Numerical result out of range
[1]
$ echo 0 > v0/carrier
case.sh: line 3: echo: write error: Operation not supported
[1]
$ echo abc > br0/bridge/ageing_time
case.sh: line 3: echo: write error: Invalid argument
[1]
$ echo 9 > br0/bridge/group_fwd_mask
case.sh: line 3: echo: write error: Invalid argument
[1]
$ cat br0/bridge
cat: br0/bridge: Is a directory
[1]
$ cat /sys/class/net
cat: /sys/class/net: Is a directory
[1]
$ cat nosuch/mtu
cat: nosuch/mtu: No such file or directory
[1]
$ ls -d /sys/class/net/v*
/sys/class/net/v0
/sys/class/net/v1
[0]
$ ls /sys/class/net
br0
lo
v0
v1
[0]
$ readlink -f v0/master
/sys/devices/virtual/net/br0
[0]
$ basename $(readlink v0/master)
br0
[0]
$ readlink v0/brport/bridge v0
../../br0
../../devices/virtual/net/v0
[0]
$ ls v0/brport
backup_port
bpdu_guard
bridge
broadcast_flood
change_ack
config_pending
designated_bridge
designated_cost
designated_port
designated_root
flush
forward_delay_timer
group_fwd_mask
hairpin_mode
hold_timer
isolated
learning
message_age_timer
multicast_fast_leave
multicast_flood
multicast_router
multicast_to_unicast
neigh_suppress
path_cost
port_id
port_no
priority
proxyarp
proxyarp_wifi
root_block
state
unicast_flood
[0]
$ ls br0/brif
v0
[0]
$ cat v0/iflink v1/iflink v0/ifindex v0/type lo/type v0/address v0/broadcast v0/addr_len v0/addr_assign_type v0/name_assign_type lo/name_assign_type
3
4
4
1
772
02:00:00:00:00:01
ff:ff:ff:ff:ff:ff
6
3
3
2
[0]
$ cat v0/uevent br0/uevent
INTERFACE=v0
IFINDEX=4
DEVTYPE=bridge
INTERFACE=br0
IFINDEX=2
[0]
$ grep . v0/statistics/rx_* | head -n 3
v0/statistics/rx_bytes:0
v0/statistics/rx_compressed:0
v0/statistics/rx_crc_errors:0
[0]
$ for f in br0/bridge/*; do case $f in *gc_timer|*hello_timer|*flush|*root_id) ;; *) echo "\${f##*/} $(cat $f)";; esac; done
ageing_time 6000
bridge_id 0064.0200000000aa
forward_delay 400
group_addr 01:80:c2:00:00:00
group_fwd_mask 0x0
hash_elasticity 16
hash_max 4096
hello_time 200
max_age 2000
multicast_igmp_version 2
multicast_last_member_count 2
multicast_last_member_interval 100
multicast_membership_interval 26000
multicast_mld_version 1
multicast_querier 0
multicast_querier_interval 25500
multicast_query_interval 12500
multicast_query_response_interval 1000
multicast_query_use_ifaddr 0
multicast_router 1
multicast_snooping 1
multicast_startup_query_count 2
multicast_startup_query_interval 3124
multicast_stats_enabled 0
nf_call_arptables 0
nf_call_ip6tables 0
nf_call_iptables 0
no_linklocal_learn 0
priority 100
root_path_cost 0
root_port 0
stp_state 1
tcn_timer 0
topology_change 0
topology_change_detected 0
topology_change_timer 0
[0]
$ for f in v0/brport/*; do [ -d $f ] || case $f in *timer|*flush|*change_ack|*state) ;; *) echo "\${f##*/} $(cat $f)";; esac; done
backup_port 
bpdu_guard 0
broadcast_flood 1
config_pending 0
designated_bridge 8000.0200000000aa
designated_cost 0
designated_port 32769
designated_root 8000.0200000000aa
group_fwd_mask 0x0
hairpin_mode 1
isolated 0
learning 1
multicast_fast_leave 0
multicast_flood 1
multicast_router 1
multicast_to_unicast 0
neigh_suppress 0
path_cost 2
port_id 0x8001
port_no 0x1
priority 32
proxyarp 0
proxyarp_wifi 0
root_block 0
unicast_flood 1
[0]
$ cat /proc/sys/net/ipv4/nosuch
cat: /proc/sys/net/ipv4/nosuch: No such file or directory
[1]
$ echo 1 > /proc/sys/net/ipv4/nosuch
case.sh: line 3: /proc/sys/net/ipv4/nosuch: No such file or directory
[1]
$ echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward
1
[0]
$ echo abc > /proc/sys/net/ipv4/ip_forward
case.sh: line 3: echo: write error: Invalid argument
[1]
$ echo "4 5" > /proc/sys/net/ipv4/ip_forward
[0]
$ echo > /proc/sys/net/ipv4/ip_forward
case.sh: line 3: echo: write error: Invalid argument
[1]
$ printf 1 > /proc/sys/net/ipv4/ip_forward
[0]
$ echo x | tee /proc/sys/net/ipv4/conf/all/arp_filter
x
tee: /proc/sys/net/ipv4/conf/all/arp_filter: Invalid argument
[1]
$ cat /proc/sys/net/ipv4
cat: /proc/sys/net/ipv4: Is a directory
[1]
$ echo 1 > /proc/net/arp
case.sh: line 3: /proc/net/arp: Permission denied
[1]
$ x=$(</proc/sys/net/ipv4/ip_forward); echo $x
1
[0]
$ read x < /sys/class/net/v0/mtu; echo $x
1400
[0]
$ [ -d /sys/class/net/v0 ] && [ -e v0/brport ] && [ ! -e v1/brport ] && [ -L v0/master ] && echo tests
tests
[0]
$ ip netns add zz; ls /run/netns /var/run/netns; cat /run/netns/zz
/run/netns:
zz

/var/run/netns:
zz
cat: /run/netns/zz: Invalid argument
[1]
$ ip netns exec zz ls /sys/class/net
lo
[0]
$ ip netns exec zz cat /proc/sys/net/ipv4/ip_forward
0
[0]
$ cd /; ip netns exec zz bash -c "echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward"
1
[0]
$ cat /proc/net/route
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT                                                       
v1	00000000	0900010A	0003	0	0	0	00000000	0	0	0                                                                                 
br0	0000000A	00000000	0001	0	0	0	00FFFFFF	0	0	0                                                                                
v1	0000010A	00000000	0001	0	0	0	00FFFFFF	0	0	0                                                                                 
v1	0606060A	00000000	0005	0	0	0	FFFFFFFF	0	0	0                                                                                 
*	0000070A	00000000	0201	0	0	0	0000FFFF	0	0	0                                                                                  
*	0000080A	00000000	0001	0	0	0	0000FFFF	0	0	0                                                                                  
v1	0000090A	0900010A	0003	0	0	5	0000FFFF	0	0	0                                                                                 
[0]
$ cat /proc/net/arp
IP address       HW type     Flags       HW address            Mask     Device
10.1.0.9         0x1         0x6         02:00:00:00:00:99     *        v1
[0]
$ head -n 3 /proc/net/dev
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
[0]
$ head -n 3 /proc/self/net/dev | tail -n 1
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
[0]
$ cat v0/carrier v0/speed v0/duplex br0/duplex
1
10000
full
unknown
[0]
`
