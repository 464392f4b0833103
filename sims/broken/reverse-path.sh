#!/bin/bash
# Bob has two ways to the network of alice, one by each router. Alice pings bob.
ip netns add alice
ip netns add one
ip netns add two
ip netns add bob
ip -n alice link add eth0 type veth peer name eth0 netns one
ip -n alice link add eth1 type veth peer name eth0 netns two
ip -n bob link add eth0 type veth peer name eth1 netns one
ip -n bob link add eth1 type veth peer name eth1 netns two
for netns in alice one two bob; do
  ip -n $netns link set eth0 up
  ip -n $netns link set eth1 up
done
ip -n alice address add 10.1.0.2/24 dev eth0
ip -n alice address add 10.2.0.2/24 dev eth1
ip -n one address add 10.1.0.1/24 dev eth0
ip -n one address add 10.3.0.1/24 dev eth1
ip -n two address add 10.2.0.1/24 dev eth0
ip -n two address add 10.4.0.1/24 dev eth1
ip -n bob address add 10.3.0.2/24 dev eth0
ip -n bob address add 10.4.0.2/24 dev eth1
ip netns exec one sysctl -qw net.ipv4.ip_forward=1
ip netns exec two sysctl -qw net.ipv4.ip_forward=1
ip netns exec bob sysctl -qw net.ipv4.conf.all.rp_filter=1
ip -n alice route add 10.3.0.0/24 via 10.1.0.1
ip -n bob route add 10.1.0.0/24 via 10.4.0.1
ip -n two route add 10.1.0.0/24 via 10.2.0.2
ip netns exec alice ping -c 2 10.3.0.2
