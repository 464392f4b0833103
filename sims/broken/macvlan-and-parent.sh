#!/bin/bash
# A host has a container on its network card. The host pings the container.
ip netns add host1
ip netns add wall
ip netns add box
ip link add eth0 netns host1 type veth peer name plug netns wall
ip -n host1 link add link eth0 name mv0 type macvlan mode bridge
ip -n host1 link set mv0 netns box name eth0
ip -n wall link set plug up
ip -n host1 link set eth0 up
ip -n box link set eth0 up
ip -n host1 address add 10.0.0.1/24 dev eth0
ip -n box address add 10.0.0.2/24 dev eth0
ip netns exec host1 ping -c 1 10.0.0.2
