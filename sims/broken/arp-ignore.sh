#!/bin/bash
# Two hosts with a cable between them; bob has a second address on a link of his own. Alice pings that.
ip netns add alice
ip netns add bob
ip link add eth0 netns alice type veth peer name eth0 netns bob
ip -n alice link set eth0 up
ip -n bob link set eth0 up
ip -n bob link add dummy0 type bridge
ip -n bob link set dummy0 up
ip -n alice address add 10.0.0.1/24 dev eth0
ip -n bob address add 10.0.0.2/24 dev eth0
ip -n bob address add 10.0.0.100/32 dev dummy0
ip netns exec bob sysctl -qw net.ipv4.conf.eth0.arp_ignore=1
ip netns exec alice ping -c 1 10.0.0.2
ip netns exec alice ping -c 1 10.0.0.100
