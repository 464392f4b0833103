#!/bin/bash
# A macvtap gives the network card of a machine to a program, as it does to a virtual machine: the program reads and writes
# Ethernet frames, and has a MAC of its own on the wire.
#: program host.py=programs/host.ts
for each in box outside; do
  ip netns add $each
  ip netns exec $each sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
done
ip link add eth0 address 02:00:00:00:00:01 netns box type veth peer name eth0 address 02:00:00:00:00:02 netns outside
ip -n box address add 10.0.4.1/24 dev eth0
ip -n outside address add 10.0.4.2/24 dev eth0
ip -n box link set eth0 up
ip -n outside link set eth0 up
ip -n box link add link eth0 name vm0 address 02:00:00:00:00:09 type macvtap mode bridge
# The program answers; the machine itself is to keep quiet about the program's address.
ip -n box link set vm0 up arp off
sleep 1.5

#: capture
ip netns exec box python3 host.py macvtap vm0 10.0.4.9 > heard &
sleep 0.5
ip netns exec outside ping -c 2 -i 0.5 10.0.4.9
ip -n outside neigh show 10.0.4.9
ip netns exec outside ping -c 1 10.0.4.1 | grep transmitted
# As with any macvlan, the machine below cannot reach it.
ip netns exec box ping -c 1 -W 1 10.0.4.9 | grep transmitted
kill %1
cat heard
