#!/bin/bash
# A server with a bridge, and a host at that. The host pings the server.
ip netns add server
ip netns add guest
ip link add eth0 netns guest type veth peer name port1 netns server
ip -n server link add name lan type bridge
ip -n server link set dev port1 master lan
ip -n server link set dev lan up
ip -n server link set dev port1 up
ip -n guest link set dev eth0 up
ip -n server address add 10.0.0.1/24 dev port1
ip -n guest address add 10.0.0.2/24 dev eth0
ip netns exec guest ping -c 1 10.0.0.1
