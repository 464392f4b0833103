#!/bin/bash
# Two containers on one network card. One pings the other.
ip netns add wall
ip netns add one
ip netns add two
ip link add card type veth peer name plug netns wall
ip link add link card name m1 type macvlan mode private
ip link add link card name m2 type macvlan mode private
ip link set m1 netns one name eth0
ip link set m2 netns two name eth0
ip link set card up
ip -n wall link set plug up
ip -n one link set eth0 up
ip -n two link set eth0 up
ip -n one address add 10.0.0.1/24 dev eth0
ip -n two address add 10.0.0.2/24 dev eth0
ip netns exec one ping -c 1 10.0.0.2
