#!/bin/bash
# Two hosts and a bridge, each in a namespace of its own; what the bridge learns from three pings.
ip netns add net0
ip netns add net1
ip netns add bridge

ip link add type veth
ip link set dev veth0 name net0-bridge netns net0
ip link set dev veth1 name bridge-net0 netns bridge
ip link add type veth
ip link set dev veth0 name net1-bridge netns net1
ip link set dev veth1 name bridge-net1 netns bridge

ip netns exec bridge brctl addbr br
ip netns exec bridge ip link set dev br up
ip netns exec bridge ip link set dev bridge-net0 up
ip netns exec bridge ip link set dev bridge-net1 up
ip netns exec bridge brctl addif br bridge-net0
ip netns exec bridge brctl addif br bridge-net1

# MAC addresses that a reader can tell apart; those of new devices are random.
ip netns exec net0 ip link set dev net0-bridge address 02:00:00:00:00:01
ip netns exec net1 ip link set dev net1-bridge address 02:00:00:00:00:02
ip netns exec bridge ip link set dev bridge-net0 address 02:00:00:00:01:01
ip netns exec bridge ip link set dev bridge-net1 address 02:00:00:00:01:02

ip netns exec net0 ip address add 10.0.2.1/24 dev net0-bridge
ip netns exec net0 ip link set dev net0-bridge up
ip netns exec net1 ip address add 10.0.2.2/24 dev net1-bridge
ip netns exec net1 ip link set dev net1-bridge up
sleep 3

ip netns exec net0 ping -c 3 10.0.2.2
ip netns exec bridge brctl show
ip netns exec bridge brctl showmacs br
ip netns exec bridge bridge fdb show brport bridge-net0
ip netns exec bridge bridge fdb show brport bridge-net1
ip netns exec net0 ip neigh
