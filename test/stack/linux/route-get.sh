#!/bin/bash
# about: ip route get: tos, tables, the route that was found
ip netns add n
ip netns exec n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec n bash <<'INNER'
ip link set lo up
ip link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02; ip link set vb up; ip link set va up
sleep 1.5
ip addr add 10.1.0.1/24 dev va
ip route add 10.9.0.0/16 tos 0x10 dev va
ip route add 10.9.0.0/16 dev va metric 5
ip route add 10.5.0.0/16 via 10.1.0.2 table default
ip route add unreachable 10.6.0.0/16
ip route add 10.16.0.0/16 via 10.1.0.4 mtu 1300
sleep 0.1
echo a; ip route get 10.9.1.1 tos 0x10 2>&1
echo b; ip route get 10.9.1.1 tos 0x20 2>&1
echo c; ip route get 10.9.1.1 2>&1
echo d; ip route get fibmatch 10.9.1.1 2>&1
echo e; ip route get fibmatch 10.9.1.1 tos 0x10 2>&1
echo f; ip route get fibmatch 10.1.0.1 2>&1
echo g; ip route get fibmatch 10.5.0.1 2>&1
echo h; ip route get 10.5.0.1 2>&1
echo i; ip route get fibmatch 10.6.0.1 2>&1
echo j; ip route get fibmatch 10.77.0.1 2>&1
echo k; ip route get fibmatch 10.16.0.1 2>&1
echo m; ip route get fibmatch 10.1.0.255 2>&1
echo n; ip route get fibmatch 10.1.0.1 from 10.1.0.7 iif va 2>&1
echo o; ip route get 10.9.1.1 mark 5 2>&1
echo p; ip -j route get 10.9.1.1 mark 5 2>&1
echo q; ip -d route get 10.9.1.1 2>&1
INNER
