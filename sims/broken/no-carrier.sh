#!/bin/bash
# Two hosts with a cable between them. Alice pings bob.
ip netns add alice
ip netns add bob
ip link add eth0 netns alice type veth peer name eth0 netns bob
ip -n alice link set eth0 up
ip -n alice address add 10.0.0.1/24 dev eth0
ip -n bob address add 10.0.0.2/24 dev eth0
sleep 1
ip netns exec alice ping -c 1 10.0.0.2
