#!/bin/bash
# Two routers. Alice pings a host in a network behind them.
ip netns add alice
ip netns add one
ip netns add two
ip link add eth0 netns alice type veth peer name eth0 netns one
ip link add eth1 netns one type veth peer name eth0 netns two
ip -n alice link set eth0 up
ip -n one link set eth0 up
ip -n one link set eth1 up
ip -n two link set eth0 up
ip -n alice address add 10.0.1.2/24 dev eth0
ip -n one address add 10.0.1.1/24 dev eth0
ip -n one address add 10.0.2.1/24 dev eth1
ip -n two address add 10.0.2.2/24 dev eth0
ip netns exec one sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth1.send_redirects=0
ip netns exec two sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0
ip -n alice route add default via 10.0.1.1
ip -n one route add default via 10.0.2.2
ip -n two route add default via 10.0.2.1
ip netns exec alice ping -c 2 10.9.9.9
