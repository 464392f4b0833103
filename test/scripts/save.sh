# ip route save, restore and showdump; ip address save, restore and showdump.
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip link set v1 up; sleep 1.5
ip addr add 10.0.1.1/24 brd + dev v0 valid_lft 100 preferred_lft 50
ip addr add 10.0.2.1 peer 10.0.2.2 dev v0 metric 5
ip route add 10.5.0.0/16 via 10.0.0.9 metric 7 mtu 1400 advmss 1000 src 10.0.0.1
ip route add blackhole 10.6.0.0/16
ip route add default via 10.0.0.7 dev v0 onlink proto static
ip route add 10.8.0.0/16 dev v0 table 1000
ip route save > r; echo $?
ip route show > before
ip route flush table main; ip route
ip route restore < r; echo $?
ip route show | diff before - && echo the same
ip route restore < r; echo $?
ip route showdump < r; echo $?
ip route save table all > ra; echo $?; ip route showdump < ra; ip -d -o route showdump < ra
ip route save table 1000 > rt; ip route flush table 1000; ip route restore < rt; ip route show table 1000
ip route add 10.7.0.0/16 nexthop via 10.0.0.5 nexthop via 10.0.0.6 weight 3
ip route save > r; ip route showdump < r; ip -j route showdump < r
ip route flush table main; ip route restore < r; echo $?; ip route
ip route flush table main; ip link set v0 down; ip link set v0 up
ip addr save > a; echo $?; ip addr showdump < a; echo $?
ip addr save dev v0 > a0; ip -4 addr showdump < a0; ip addr save dev lo | ip addr showdump
ip addr flush dev v0; ip addr show v0
ip addr restore < a; echo $?; ip addr show v0
ip addr restore < a; echo $?
ip addr restore < r; echo $?
echo foo | ip route restore; echo $?
echo foo | ip addr restore; echo $?
echo foo | ip route showdump; echo $?
ip route restore < /dev/null; echo $?
ip addr showdump < /dev/null; echo $?
ip route save root 10.0.0.0/8 > x; ip route showdump < x; ip route save proto static > x; ip route showdump < x
ip route save table 77 > x; echo $?
ip link del v0; ip route restore < r; echo $?; ip addr restore < a0; echo $?
ip link save; echo $?
ip link add v0 type veth peer name v1; ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip link set v1 up; sleep 1.5
ip nexthop add id 5 via 10.0.0.2 dev v0; ip nexthop add id 6 group 5,3; ip route add 10.9.0.0/16 nhid 6; ip route add 10.8.0.0/16 nhid 5
ip route save > r; ip route showdump < r; ip -d route showdump < r; ip route flush table main; ip route restore < r; echo $?; ip route
