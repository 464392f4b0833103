#!/bin/bash
# Two hosts at a switch. Alice pings bob.
ip netns add alice
ip netns add bob
ip netns add switch
ip link add eth0 netns alice type veth peer name p1 netns switch
ip link add eth0 netns bob type veth peer name p2 netns switch
ip -n switch link add br0 type bridge
ip -n switch link set p1 master br0
ip -n switch link set p2 master br0
ip -n switch link set br0 up
ip -n switch link set p1 up
ip -n switch link set p2 up
ip -n alice link set eth0 up
ip -n bob link set eth0 up
ip -n alice address add 10.0.0.1/24 dev eth0
ip -n bob address add 10.0.0.2/24 dev eth0
bridge -n switch link set dev p2 bcast_flood off
ip netns exec alice ping -c 1 10.0.0.2
