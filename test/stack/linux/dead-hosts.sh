#!/bin/bash
# about: hosts that do not answer
ip netns add a; ip netns add b
for n in a b; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; ip -n $n link set lo up; done
ip link add a0 address 02:00:00:00:00:01 netns a type veth peer name b0 address 02:00:00:00:00:02 netns b
ip -n a addr add 10.0.1.1/24 dev a0
ip -n b addr add 10.0.1.2/24 dev b0
for l in a:a0 b:b0; do ip -n ${l%:*} link set ${l#*:} up; done
sleep 1.5
#: capture
echo 1; ip netns exec a ping -I a0 -c 1 -W 4 10.0.1.77
echo 2; ip netns exec a ping -c 14 -i 0.03 -W 4 10.0.1.78
echo 3; ip netns exec a ping -I a0 -c 2 -i 0.2 -W 4 10.0.1.79
echo 4; ip netns exec a ping -c 1 -W 4 10.0.1.77
echo 5; ip netns exec a ping -C -c 1 -W 4 10.0.1.77
echo 6; ip netns exec a ping -I 10.0.1.1 -c 1 -W 4 10.0.1.77
