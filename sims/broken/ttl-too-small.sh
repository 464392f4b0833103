#!/bin/bash
# Three networks in a row, with two routers. Alice pings bob at the other end.
ip netns add alice
ip netns add one
ip netns add two
ip netns add bob
ip link add eth0 netns alice type veth peer name eth0 netns one
ip link add eth1 netns one type veth peer name eth0 netns two
ip link add eth1 netns two type veth peer name eth0 netns bob
for netns in alice one two bob; do ip -n $netns link set eth0 up; done
ip -n one link set eth1 up
ip -n two link set eth1 up
ip -n alice address add 10.0.1.2/24 dev eth0
ip -n one address add 10.0.1.1/24 dev eth0
ip -n one address add 10.0.2.1/24 dev eth1
ip -n two address add 10.0.2.2/24 dev eth0
ip -n two address add 10.0.3.1/24 dev eth1
ip -n bob address add 10.0.3.2/24 dev eth0
ip netns exec one sysctl -qw net.ipv4.ip_forward=1
ip netns exec two sysctl -qw net.ipv4.ip_forward=1
ip -n alice route add default via 10.0.1.1
ip -n one route add 10.0.3.0/24 via 10.0.2.2
ip -n two route add 10.0.1.0/24 via 10.0.2.1
ip -n bob route add default via 10.0.3.1
ip netns exec alice ping -c 2 -t 2 10.0.3.2
