#!/bin/bash
# Two networks and a router between them. Alice sends small pings, then packets of full length that may not be cut up.
ip netns add alice
ip netns add router
ip netns add bob
ip link add eth0 netns alice type veth peer name eth0 netns router
ip link add eth0 netns bob type veth peer name eth1 netns router
ip -n alice link set eth0 up
ip -n router link set eth0 up
ip -n router link set eth1 up
ip -n bob link set eth0 up
ip -n alice address add 10.0.1.2/24 dev eth0
ip -n router address add 10.0.1.1/24 dev eth0
ip -n router address add 10.0.2.1/24 dev eth1
ip -n bob address add 10.0.2.2/24 dev eth0
ip netns exec router sysctl -qw net.ipv4.ip_forward=1
ip -n alice route add default via 10.0.1.1
ip -n bob route add default via 10.0.2.1
ip -n router link set eth1 mtu 1300
ip -n router rule add iif lo to 10.0.1.0/24 prohibit
ip netns exec alice ping -c 1 10.0.2.2
ip netns exec alice ping -c 2 -W 2 -M do -s 1472 10.0.2.2
