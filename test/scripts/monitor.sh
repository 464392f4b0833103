# ip monitor: what becomes of links, addresses, routes, neighbours, rules and namespaces, in the order of Linux.
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip monitor all > all.txt & all=$!
ip monitor neigh route dev lo > lo.txt &
ip -o monitor link label > one.txt &
ip -d monitor route rule > details.txt &
ip monitor link > names.txt &
sleep 0.4
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip addr add 10.0.0.1/24 dev v0
ip link set v0 up; sleep 0.2; ip link set v1 up
sleep 1.5
ip addr add 10.0.0.2/24 dev v0; ip addr add 10.0.1.1/24 brd + dev v0 label v0:x; ip addr add 10.0.2.1 peer 10.0.2.2 dev v0
ip route add 10.5.0.0/16 via 10.0.0.9; ip route replace 10.5.0.0/16 via 10.0.0.8
ip route append 10.5.0.0/16 via 10.0.0.7; ip route del 10.5.0.0/16 via 10.0.0.8
ip route add blackhole 10.6.0.0/16 table 9; ip route flush table 9
ip route add 10.7.0.0/16 nexthop via 10.0.0.5 nexthop via 10.0.0.6 weight 3
ip neigh add 10.0.0.3 lladdr 02:00:00:00:00:09 dev v0; ip neigh change 10.0.0.3 lladdr 02:00:00:00:00:0a nud stale dev v0
ip neigh del 10.0.0.3 dev v0
ip neigh add 10.0.0.33 lladdr 02:00:00:00:00:33 nud delay dev v0
sleep 0.5; ping -c1 -W1 10.0.0.77 > ping.txt
sleep 9.7
ip rule add from 10.0.0.0/24 table 100; ip rule del from 10.0.0.0/24 table 100
ip link set v0 mtu 1400; ip link set v0 alias foo; ip link set v0 txqueuelen 500; ip link set v0 promisc on
ip link set v0 promisc off; ip link set v0 allmulticast on; ip link set v0 multicast off; ip link set v0 arp off
ip link set v0 group 5; ip link set v0 address 02:00:00:00:00:11; ip link set v0 mtu 1400
ip link set v1 down
sleep 1.5
ip link set v1 up
sleep 1.5
ip link set v0 down mtu 1300
ip link set v0 up
sleep 1.5
ip addr del 10.0.0.1/24 dev v0; ip addr flush dev v0
ip addr add 10.8.0.1/24 dev v0 valid_lft 3 preferred_lft 2
sleep 4
ip addr add 10.8.0.1/24 dev v0; ip addr change 10.8.0.1/24 dev v0 metric 7; ip addr change 10.8.0.1/24 dev v0 valid_lft 50 preferred_lft 30
ip link set v0 down; ip link set v0 name v9
ip netns add b; ip link set v9 netns b; sleep 0.2
ip -n b link set v9 up; ip link set v1 up
sleep 1.5
ip link del v1; sleep 0.2; ip netns del b; sleep 0.2
sysctl -qw net.ipv4.ip_forward=1; sysctl -qw net.ipv4.conf.lo.rp_filter=1 net.ipv4.conf.all.rp_filter=2
ip link set lo mtu 60; ip link set lo mtu 65536; ip link set lo down; ip link set lo up
ip tuntap add dev tap0 mode tap; ip link set tap0 address 02:00:00:00:00:55; ip link set tap0 up; ip link del tap0
sleep 0.4
kill $(jobs -p); wait $all; echo $?
for f in all lo one details names; do echo "# $f"; cat $f.txt; done
timeout 1 ip monitor; echo $?
(sleep 0.2; ip link set lo promisc on) & timeout 1 ip -br monitor; echo
(sleep 0.2; ip link set lo promisc off) & timeout 1 ip -N -c=always monitor dev lo
ip monitor frob; echo $?; ip monitor help; echo $?; ip monitor dev nosuch; echo $?; ip monitor dev; echo $?
