#!/bin/bash
# Two hosts with a cable between them. Alice pings bob.
ip netns add alice
ip netns add bob
ip link add eth0 netns alice type veth peer name eth0 netns bob
ip -n alice link set eth0 up
ip -n bob link set eth0 up
ip -n alice address add 192.168.7.10/24 dev eth0
ip -n bob address add 192.168.7.130/25 dev eth0
ip netns exec alice ping -c 2 192.168.7.130
