#!/bin/bash
# about: traceroute with sixteen probes on their way, tracepath, and a path whose MTU is found
for n in start ra rb goal; do
  ip netns add $n
  ip netns exec $n sysctl -qw net.ipv6.conf.default.disable_ipv6=1
  ip netns exec $n sysctl -qw net.ipv4.ip_forward=1
done
ip link add s0 address 02:00:00:00:01:01 netns start type veth peer name a0 address 02:00:00:00:01:02 netns ra
ip link add a1 address 02:00:00:00:02:01 netns ra type veth peer name b0 address 02:00:00:00:02:02 netns rb
ip link add b1 address 02:00:00:00:03:01 netns rb type veth peer name g0 address 02:00:00:00:03:02 netns goal
ip -n start addr add 192.0.2.1/30 dev s0
ip -n ra addr add 192.0.2.2/30 dev a0
ip -n ra addr add 192.0.2.5/30 dev a1
ip -n rb addr add 192.0.2.6/30 dev b0
ip -n rb addr add 192.0.2.9/30 dev b1
ip -n goal addr add 192.0.2.10/30 dev g0
ip -n start link set s0 up
ip -n ra link set a0 up
ip -n ra link set a1 up
ip -n rb link set b0 up
ip -n rb link set b1 up
ip -n goal link set g0 up
ip -n start route add default via 192.0.2.2
ip -n ra route add 192.0.2.8/30 via 192.0.2.6
ip -n rb route add 192.0.2.0/30 via 192.0.2.5
ip -n goal route add default via 192.0.2.9
sleep 1.5
#: capture
ip netns exec start traceroute -n 192.0.2.10
sleep 4
ip netns exec start traceroute -nI 192.0.2.10
sleep 4
ip netns exec start traceroute -n -q 1 192.0.2.14
ip -n ra link set a1 mtu 1000; ip -n rb link set b0 mtu 1000
ip netns exec start traceroute -n --mtu -q 1 192.0.2.10
sleep 3
ip netns exec start tracepath -n 192.0.2.10
