sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link set lo up
sysctl -qw net.ipv4.fib_multipath_hash_seed=12345
for i in 0 1 2; do ip link add s$i address 02:00:00:00:0$i:01 type veth peer name a$i; ip addr add 10.0.$i.1/24 dev s$i; ip link set s$i up; ip link set a$i up; done
sleep 1.2
run() { echo "\$ $*"; "$@" >o 2>e; s=$?; sed 's/^/| /' o; sed 's/^/! /' e; echo "? $s"; }
run ip route add 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2
run ip route
run ip -d route show 10.9.0.0/16
run ip -j -p route show 10.9.0.0/16
run ip route add 10.10.0.0/16 nexthop via 10.0.0.2 dev s0 weight 3 nexthop via 10.0.1.2 weight 2 nexthop dev s2 weight 256
run ip route add 10.11.0.0/16 nexthop via 10.0.0.2 weight 0 nexthop via 10.0.1.2
run ip route add 10.11.0.0/16 nexthop via 10.0.0.2 weight 257 nexthop via 10.0.1.2
run ip route add 10.11.0.0/16 nexthop via 10.0.0.2 weight x
run ip route add 10.11.0.0/16 nexthop via 10.0.0.2
run ip route add 10.12.0.0/16 src 10.0.0.1 metric 5 proto static table 100 nexthop via 10.0.0.2 onlink dev s0 nexthop dev s1
run ip route add 10.13.0.0/16 nexthop via 10.0.0.2 onlink nexthop dev s1
run ip route add 10.13.0.0/16 nexthop via 10.99.0.2 nexthop dev s1
run ip route add 10.13.0.0/16 nexthop via 10.0.0.2 nexthop dev nosuch
run ip route add 10.13.0.0/16 nexthop bogus 5
run ip route add 10.13.0.0/16 nexthop
run ip route add 10.13.0.0/16 via 10.0.0.2 nexthop via 10.0.1.2
run ip route add 10.13.0.0/16 dev s0 nexthop via 10.0.1.2
run ip route add blackhole 10.13.0.0/16 nexthop via 10.0.1.2
run ip route add 10.14.0.0/16 mtu 1000 nexthop via 10.0.0.2 nexthop via 10.0.0.2
run ip route add 10.14.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.0.2
run ip route append 10.14.0.0/16 nexthop via 10.0.0.3 nexthop via 10.0.0.4
run ip route add 10.15.0.0/16 nexthop nexthop
run ip route add scope link 10.15.0.0/16 nexthop via 10.0.0.2 nexthop dev s1
run ip route add scope link 10.15.0.0/16 nexthop dev s0 nexthop dev s1
run ip route add 10.16.0.0/16 nexthop dev s0 nexthop dev s1
run ip route
run ip route show table all 
run ip -d route
run ip -j route
run ip route show via 10.0.0.2
run ip route show via 10.0.1.2
run ip route show dev s1
run ip route show dev s0
run ip route get 10.9.0.1
run ip route get 10.9.0.2
run ip route get fibmatch 10.9.0.1
run ip link set s0 down
run ip route
run ip link set s0 up
sleep 1.2
run ip route
run ip link set a1 down
sleep 1.2
run ip route
run ip route get 10.9.0.1
run ip route get 10.9.0.2
run ip link set a1 up
sleep 1.2
run ip route
run ip route del 10.10.0.0/16 via 10.0.0.2
run ip route del 10.10.0.0/16 nexthop via 10.0.0.2 dev s0 weight 3 nexthop via 10.0.1.2 weight 2
run ip route del 10.10.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2 nexthop dev s2
run ip route del 10.10.0.0/16
run ip route del 10.9.0.0/16 nexthop via 10.0.1.2 nexthop via 10.0.0.2
run ip route del 10.9.0.0/16 dev s1
run ip route del 10.9.0.0/16 dev s0
run ip route replace 10.9.0.0/16 nexthop via 10.0.1.2 nexthop via 10.0.2.2 weight 5
run ip route change 10.9.0.0/16 nexthop via 10.0.1.2 nexthop via 10.0.2.3 weight 5
run ip route show 10.9.0.0/16
run ip route add 10.9.0.0/16 nexthop via 10.0.1.2 nexthop via 10.0.2.2 weight 5
run ip addr del 10.0.1.1/24 dev s1
run ip route
run ip link del s2
run ip route
ip route flush all
for i in 0 1 2; do ip link add z$i address 02:00:00:00:1$i:01 type veth peer name y$i; ip addr add 10.20.$i.1/24 dev z$i; ip link set z$i up; ip link set y$i up; done
ip addr add 172.16.0.1/32 dev lo
ip route add 10.9.0.0/16 nexthop via 10.20.0.2 nexthop via 10.20.1.2
ip route add 10.10.0.0/16 nexthop via 10.20.0.2 weight 3 nexthop via 10.20.1.2 weight 2  nexthop via 10.20.2.2 weight 1
ip route add 10.11.0.0/16 nexthop dev z0 weight 7 nexthop dev z1 weight 2  nexthop dev z2 weight 250
sysctl -qw net.ipv4.ip_forward=1
t() { for p in 10.9 10.10 10.11; do echo "$p $*: $(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ip route get $p.7.$i "$@" | sed -n 's/.* dev z\([^ ]*\) .*/\1/p' | head -n 1; done | tr -d '\n')"; done; }
t
t from 10.20.1.1
t from 172.16.0.1
t from 10.20.0.77 iif z0
t oif z1
ip link set z1 down; sleep 1.2
t
t from 10.20.1.1
ip link set z0 down; ip link set y1 down; ip link set y2 down; ip link set y0 down; ip link set z0 up; ip link set z1 up; sleep 1.2
ip route
ip -j route
ip route add 10.12.0.0/16 nexthop dev z0 nexthop dev z1
ip route
ip -j route show 10.12.0.0/16
