# ip nexthop: objects and groups, the routes that go by them and die with them, and what a monitor hears.
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip link add v2 address 02:00:00:00:00:03 type veth peer name v3 address 02:00:00:00:00:04
ip monitor all >> m.txt &
sleep 0.3
r() { echo "\$ $*"; echo "# $*" >> m.txt; "$@" 2>&1; echo "[$?]"; sleep 0.1; }
ip addr add 10.0.0.1/24 dev v0; ip addr add 10.0.1.1/24 dev v2; sleep 0.1
r ip nexthop add id 1 via 10.0.0.2 dev v0
ip link set v0 up; sleep 0.2; ip link set v1 up; sleep 0.2; ip link set v2 up; sleep 0.2; ip link set v3 up; sleep 1.5
r ip nexthop
r ip nexthop add id 1 via 10.0.0.2 dev v0
r ip nexthop add id 1 via 10.0.0.3 dev v0
r ip nexthop replace id 1 via 10.0.0.4 dev v0
r ip nexthop add id 2 via 10.0.1.2 dev v2
r ip nexthop add id 3 dev v2
r ip nexthop add id 4 blackhole
r ip nexthop add via 10.0.0.9 dev v0
r ip nexthop add id 6 via 10.9.0.9 dev v0 onlink
r ip nexthop add id 7 via 10.9.0.9 dev v0
r ip nexthop add id 8 via 10.9.0.9
r ip nexthop add id 8 via 10.0.0.9
r ip nexthop add id 8 dev nosuch
r ip nexthop add id 8
r ip nexthop add id 0 dev v0
r ip nexthop add id x dev v0
r ip nexthop add id 9 via 10.0.0.7 dev v0 protocol static
r ip nexthop add id 10 group 1/2
r ip nexthop add id 11 group 1,3/2,5
r ip nexthop add id 12 group 1,0/2
r ip nexthop add id 12 group 1,257/2
r ip nexthop add id 12 group 1/99
r ip nexthop add id 12 group 1/1
r ip nexthop add id 12 group 1/10
r ip nexthop add id 12 group 1/4
r ip nexthop add id 12 group 4
r ip nexthop add id 13 group x
r ip nexthop add id 14 via 10.0.0.2 dev v0 blackhole
r ip nexthop add id 14 dev v0 blackhole
r ip nexthop add id 14 group 1 dev v0
r ip nexthop add id 14 frob
r ip nexthop
r ip -d nexthop
r ip -j nexthop
r ip -j -p nexthop get id 11
r ip nexthop get id 1
r ip nexthop get id 99
r ip nexthop get
r ip nexthop show id 11
r ip nexthop list dev v0
r ip nexthop list groups
r ip nexthop list protocol static
r ip nexthop list fdb
r ip nexthop show dev nosuch
r ip nexthop show frob
r ip route add 10.5.0.0/16 nhid 1
r ip route add 10.6.0.0/16 nhid 11
r ip route add 10.7.0.0/16 nhid 4
r ip route add 10.8.0.0/16 nhid 99
r ip route add 10.8.0.0/16 nhid 3
r ip route add 10.9.0.0/16 nhid 1 dev v0
r ip route add 10.9.0.0/16 nhid 1 via 10.0.0.2
r ip route add blackhole 10.9.0.0/16 nhid 1
r ip route add 10.10.0.0/16 nhid 1 metric 7 src 10.0.0.1
r ip route
r ip -j route
r ip -d route
r ip route show nhid 1
r ip route get 10.5.0.1
r ip route get 10.6.0.1
r ip route get 10.7.0.1
r ip route get 10.8.0.1
r ip nexthop replace id 1 via 10.0.0.77 dev v0
r ip route
r ip nexthop replace id 1 via 10.0.1.77 dev v2
r ip route
r ip nexthop replace id 11 group 2,9
r ip route
r ip nexthop del id 1
r ip route
r ip nexthop del id 99
r ip nexthop del
r ip nexthop del id 2
r ip nexthop
r ip route
r ip route del 10.8.0.0/16 nhid 9
r ip route del 10.8.0.0/16 nhid 3
r ip route add 10.8.0.0/16 nhid 3
r ip route replace 10.8.0.0/16 nhid 9
r ip link set v2 down
r ip nexthop
r ip route
r ip link set v2 up
sleep 1.2
r ip nexthop add id 20 via 10.0.1.5 dev v2
r ip route add 10.20.0.0/16 nhid 20
r ip link set v3 down
sleep 1.2
r ip nexthop
r ip route
r ip link set v3 up
sleep 1.2
r ip nexthop
r ip addr del 10.0.1.1/24 dev v2
r ip nexthop
r ip route
r ip link del v2
r ip nexthop
r ip route
r ip nexthop flush
r ip nexthop flush
r ip nexthop
r ip route
r ip nexthop help
r ip nexthop frob
r ip nexthop add id 5 dev lo
r ip nexthop add id 55 via 127.0.0.1
r ip nexthop add id 56 via 10.0.0.1 dev v0
r ip nexthop add id 58 dev v0
r ip nexthop flush dev v0
r ip nexthop flush proto static
sysctl net.ipv4.nexthop_compat_mode
r ip nexthop replace id 4 group 58
r ip nexthop add id 70 group 58
r ip nexthop replace id 70 dev v0
r ip nexthop replace id 58 group 56
r ip nexthop del id 0
r ip nexthop get id 0
r ip nexthop add id 71 dev v0 onlink
r ip route add local 10.30.0.1 nhid 58
r ip route add 10.31.0.0/16 scope link nhid 58
r ip route add 10.32.0.0/16 nhid x
ip link set v0 down; sleep 0.1; r ip nexthop add id 72 via 10.0.0.5 dev v0
ip link set v1 down; sleep 0.2; ip link set v0 up; sleep 1.2; r ip nexthop add id 72 via 10.0.0.5 dev v0
kill %1
cat m.txt
