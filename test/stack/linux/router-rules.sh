#!/bin/bash
# about: a router: redirects, the reverse path filter, forwarding per interface
ip netns add h1; ip netns add r; ip netns add h2; ip netns add h3
for n in h1 r h2 h3; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; ip -n $n link set lo up; done
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip link add e address 02:00:00:00:01:01 netns h1 type veth peer name e1 address 02:00:00:00:01:fe netns r
ip link add e address 02:00:00:00:02:01 netns h2 type veth peer name e2 address 02:00:00:00:02:fe netns r
ip link add e address 02:00:00:00:03:01 netns h3 type veth peer name e3 address 02:00:00:00:03:fe netns r
ip -n h1 addr add 10.0.1.1/24 dev e; ip -n r addr add 10.0.1.254/24 dev e1
ip -n h2 addr add 10.0.2.1/24 dev e; ip -n r addr add 10.0.2.254/24 dev e2
ip -n h3 addr add 10.0.3.1/24 dev e; ip -n r addr add 10.0.3.254/24 dev e3
for n in h1 h2 h3; do ip -n $n link set e up; done
for n in 1 2 3; do ip -n r link set e$n up; done
ip -n h1 route add default via 10.0.1.254
ip -n h2 route add default via 10.0.2.254
ip -n h3 route add default via 10.0.3.254
sleep 1.5
#: capture
echo "# redirects"
ip -n r addr add 10.0.4.254/24 dev e1
ip -n r route add 10.88.0.0/16 via 10.0.1.77
ip -n r neigh add 10.0.1.77 lladdr 02:00:00:00:01:77 dev e1
echo 16; ip netns exec h1 ping -c 3 -i 0.3 -W 0.5 10.88.0.1
sleep 1
echo "# reverse path"
ip netns exec r sysctl -w net.ipv4.conf.e1.rp_filter=1
ip -n h1 addr add 10.55.0.1/24 dev e
echo 17; ip netns exec h1 ping -c 1 -W 0.5 -I 10.55.0.1 10.0.2.1
ip netns exec r sysctl -w net.ipv4.conf.e1.rp_filter=2
echo 18; ip netns exec h1 ping -c 1 -W 0.5 -I 10.55.0.1 10.0.2.1
ip netns exec r sysctl -w net.ipv4.conf.e1.rp_filter=0
echo 19; ip netns exec h1 ping -c 1 -W 0.5 -I 10.55.0.1 10.0.2.1
echo "# spoofed own address"
ip -n h1 addr add 10.0.2.254/32 dev e
echo 20; ip netns exec h1 ping -c 1 -W 0.5 -I 10.0.2.254 10.0.2.1
ip -n h1 addr del 10.0.2.254/32 dev e
echo "# one interface without forwarding"
ip netns exec r sysctl -w net.ipv4.conf.e1.forwarding=0
echo 21; ip netns exec h1 ping -c 1 -W 0.5 10.0.2.1
echo 22; ip netns exec h2 ping -c 1 -W 0.5 10.0.1.1
echo 22b; ip netns exec h2 ping -c 1 -W 0.5 10.0.3.1
ip netns exec r sysctl -w net.ipv4.ip_forward=1
echo 23; ip netns exec h1 ping -c 1 -W 0.5 10.0.2.1
echo 24; ip netns exec r sysctl net.ipv4.conf.e1.forwarding net.ipv4.conf.all.forwarding net.ipv4.conf.default.forwarding

echo r1; ip netns exec h1 ip route get 10.88.0.1
