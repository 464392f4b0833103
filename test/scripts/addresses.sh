# Addresses of every form, their lifetimes and routes, settings of links, and what carriers do to routes.
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip link set v0 up; ip link set v1 up; sleep 1.2
r() { echo "\$ $*"; "$@" 2>&1; echo "[$?]"; }
r ip addr add 10.0.0.0/31 dev v0; r ip addr add 10.0.0.4/31 brd + dev v0; r ip addr add 10.0.0.9/32 dev v0; r ip addr add 10.0.0.10/32 brd + dev v0
r ip addr add 10.1.0.1/24 brd - dev v0; r ip addr add 10.1.1.1/24 brd 10.1.1.200 dev v0
r ip addr add 10.2.0.1 peer 10.2.1.0/24 dev v0 label v0:p2p
r ip addr add 10.2.0.1 peer 10.2.2.1/32 dev v0
r ip addr add 10.3.0.1/24 dev v0 noprefixroute; r ip addr add 10.3.0.2/24 dev v0 scope link; r ip addr add 10.4.0.1/24 dev v0 scope host; r ip addr add 10.5.0.1/24 dev v0 scope 200
r ip addr add 10.6.0.1/24 dev v0 label x; r ip addr add 10.6.0.1/24 dev v0 label v0longlonglonglong; r ip addr add 10.6.0.1/24 dev v0 label v0:; r ip addr add 127.0.0.5/8 dev v0
r ip addr add 224.0.0.9/32 dev v0; r ip addr add 255.255.255.255/32 dev v0; r ip addr add 0.0.0.0/8 dev v0; r ip addr add 0.0.0.5/8 dev v0; r ip addr add 10.0.0.5/33 dev v0
r ip addr add 10.7.0.1/24 dev v0 valid_lft 3 preferred_lft 1; r ip addr add 10.7.0.2/24 dev v0 preferred_lft 10; r ip addr add 10.7.0.3/24 dev v0 valid_lft 10 preferred_lft forever; r ip addr add 10.7.0.3/24 dev v0 valid_lft 0
r ip addr show v0; r ip route show table all; sleep 1.5; r ip addr show v0 deprecated; r ip addr show dynamic; sleep 2.3; r ip addr show to 10.7.0.0/16
r ip addr show scope link; r ip addr show permanent; r ip addr show label 'v0:*'; r ip addr show primary; r ip addr show secondary; r ip addr show -deprecated; r ip -br addr show up
r ip addr replace 10.1.0.1/24 dev v0 metric 100; r ip addr change 10.99.0.1/24 dev v0; r ip addr del 10.1.0.1 dev v0; r ip addr del 10.1.1.1/25 dev v0; r ip addr del 10.2.0.1 peer 10.2.2.1 dev v0
r ip addr flush dev v0 scope link; r ip addr flush dev v0 label v0:p2p; r ip addr flush to 10.7.0.0/16; r ip -s -s addr flush dev v0 permanent
r ip addr show v0; r ip route show table all
r ip link set v0 txqueuelen 0; r ip link set v0 txqueuelen -1; r ip link set v0 alias 'a b'; r ip -d link show v0; r ip link set v0 alias ''
r ip link set v0 group 3; r ip link set group 3 mtu 1300; r ip link show group 3; r ip link set v0 group nosuch; r ip link set v0 promisc on; r ip link set v0 promisc on; r ip -d link show v0; r ip link set v0 promisc off; r ip link set v0 promisc maybe
r ip link set v0 allmulticast on; r ip -d link show v0; r ip link set v0 arp off; r ip link set v0 multicast off; r ip link set v0 dynamic on; r ip link show v0
r ip link set v0 mtu 67; r ip link set v0 mtu 70000; r ip link set v0 address 02:00:00:00:00:0g; r ip link set v0 broadcast 02:00:00:00:00:aa; r ip link show v0
r ip link set v0 carrier off; r ip link set lo address 02:00:00:00:00:07; r ip link set lo mtu 100; r ip link set lo down; r ip addr show lo; r ip route show table all; r ip link set lo up; r ip addr; r ip route show table local
r ip addr add 10.50.0.1/24 dev lo; r ip addr add 10.50.0.2/24 dev lo; r ip addr del 10.50.0.1/24 dev lo; r ip addr show lo; r sysctl -w net.ipv4.conf.lo.promote_secondaries=1
r ip addr add 10.51.0.1/24 dev lo; r ip addr add 10.51.0.2/24 dev lo;  r ip addr add 10.51.0.3/24 dev lo; r ip addr del 10.51.0.1/24 dev lo; r ip addr show lo; r ip route show table local
ip addr add 10.60.0.1/24 dev v0; ip link set v0 arp on multicast on
r ip link set v1 down; sleep 1.2; r ip -o link show; r ip route; r sysctl -w net.ipv4.conf.v0.ignore_routes_with_linkdown=1; r ip route; r ip route get 10.60.0.9; r ip link set v1 up; sleep 1.2; r ip route; r ip link set v0 down; r ip route; r ip link set v0 up; sleep 1; r ip route
