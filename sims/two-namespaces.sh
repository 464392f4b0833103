#!/bin/bash
# Two network namespaces, one veth pair, two addresses, and ping both ways.
ip netns add net0
ip netns add net1
ip netns list
ip netns exec net0 ip link

ip link add type veth
ip link set veth0 netns net0
ip link set veth1 netns net1

ip netns exec net0 ip link set veth0 up
ip netns exec net1 ip link set veth1 up
ip netns exec net0 ip address add 10.0.1.1/24 dev veth0
ip netns exec net1 ip address add 10.0.1.2/24 dev veth1

ip netns exec net0 ping -c 3 10.0.1.2
ip netns exec net1 ping -c 3 10.0.1.1

ip netns exec net0 ip neigh
ip netns exec net0 ip route
ip netns exec net1 ip neigh
ip netns exec net1 ip route
