#!/bin/bash
# about: neighbours by hand, what a lost carrier, a downed device or a new MAC does to them
ip netns add a; ip netns add b
for n in a b; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; ip -n $n link set lo up; done
ip link add a0 address 02:00:00:00:00:01 netns a type veth peer name b0 address 02:00:00:00:00:02 netns b
ip -n a addr add 10.0.1.1/24 dev a0
ip -n b addr add 10.0.1.2/24 dev b0
ip -n a link set a0 up
ip -n b link set b0 up
sleep 1.5
#: capture
echo 1; ip -n a neigh add 10.0.1.9 lladdr 02:00:00:00:00:09 dev a0
echo 2; ip -n a neigh add 10.0.1.10 lladdr 02:00:00:00:00:0a dev a0 nud reachable
echo 3; ip -n a neigh add 10.0.1.11 lladdr 02:00:00:00:00:0b dev a0 nud stale
echo 4; ip -n a neigh add 10.0.1.12 lladdr 02:00:00:00:00:0c dev a0 nud delay
echo 6; ip -n a neigh add 10.0.1.14 dev a0 nud failed
echo 7; ip -n a neigh add 10.0.1.15 dev a0 nud incomplete
echo 8; ip -n a neigh add 10.0.1.16 lladdr 02:00:00:00:00:10 dev a0 nud noarp
echo 9; ip -n a neigh add 10.0.1.17 lladdr 02:00:00:00:00:11 dev a0 nud none
echo 10; ip -n a neigh add 10.0.1.18 lladdr 02:00:00:00:00:12 dev a0 router
echo 11; ip -n a neigh add 10.0.1.19 lladdr 02:00:00:00:00:13 dev a0 extern_learn
echo 12; ip -n a neigh add 10.0.1.20 lladdr 02:00:00:00:00:14 dev a0 protocol static
echo 13; ip -n a neigh add 10.0.1.9 lladdr 02:00:00:00:00:99 dev a0 2>&1
echo 14; ip -n a neigh change 10.0.1.99 lladdr 02:00:00:00:00:99 dev a0 2>&1
echo 15; ip -n a neigh replace 10.0.1.21 lladdr 02:00:00:00:00:15 dev a0
echo 16; ip -n a neigh append 10.0.1.21 lladdr 02:00:00:00:00:16 dev a0
echo 17; ip -n a neigh add 10.0.1.22 dev a0 2>&1
echo 18; ip -n a neigh add 224.0.0.9 lladdr 02:00:00:00:00:99 dev a0 2>&1
echo 19; ip -n a neigh add 10.0.1.255 lladdr 02:00:00:00:00:99 dev a0 2>&1
echo 19b; ip -n a neigh add 10.9.9.9 lladdr 02:00:00:00:00:99 dev a0 2>&1
echo 20; ip -n a neigh add 10.0.1.30 lladdr 02:00:00:00:00:99 dev lo 2>&1
echo 21; ip -n a neigh add proxy 10.0.1.40 dev a0
echo 22; ip -n a neigh add proxy 10.0.1.41 dev a0
echo 23; ip -n a neigh del proxy 10.0.1.41 dev a0
echo 24; ip -n a neigh del proxy 10.0.1.42 dev a0 2>&1
ip -n a neigh | sort; ip -n a neigh show nud all | sort; ip -n a neigh show proxy
sleep 0.2
ip -n a neigh | sort
sleep 3.5
ip -n a neigh | sort
echo 25; ip -n a neigh del 10.0.1.9 dev a0; ip -n a neigh del 10.0.1.14 dev a0; ip -n a neigh del 10.0.1.16 dev a0; ip -n a neigh del 10.0.1.17 dev a0 2>&1
ip -n a neigh change 10.0.1.18 lladdr 02:00:00:00:00:22 dev a0 nud stale
ip -n a neigh change 10.0.1.19 dev a0 nud reachable
ip -n a neigh replace 10.0.1.10 dev a0 nud permanent
ip -n a neigh show nud all | sort
echo "# traffic"
ip netns exec a ping -c 1 -W 0.5 10.0.1.2; ip -n a neigh show 10.0.1.2; ip -n b neigh
ip netns exec a ping -c 1 -W 0.5 10.0.1.21; ip -n a neigh show 10.0.1.21
ip netns exec b ping -c 1 -W 0.2 10.0.1.40; ip -n b neigh | sort; ip -n a neigh show 10.0.1.2
echo "# carrier"
ip -n b link set b0 down
sleep 1.5
ip -n a neigh show nud all | sort
ip -n b neigh show nud all
ip -n b link set b0 up
sleep 1.5
ip -n a neigh show nud all | sort
echo "# down"
ip -n a link set a0 down
ip -n a neigh show nud all
ip -n a link set a0 up
sleep 1.5
ip netns exec a ping -c 1 -W 0.5 10.0.1.2
ip -n a neigh add 10.0.1.9 lladdr 02:00:00:00:00:09 dev a0
echo "# address change"
ip -n a link set a0 address 02:00:00:00:00:aa
ip -n a neigh show nud all | sort
ip netns exec a ping -c 1 -W 0.5 10.0.1.2
ip -n b neigh
echo "# flush"
ip -n a neigh add 10.0.1.9 lladdr 02:00:00:00:00:09 dev a0
ip -n a neigh flush dev a0
ip -n a neigh show nud all | sort
ip netns exec a ping -c 1 -W 0.5 10.0.1.2
echo "# no arp"
ip -n a link set a0 arp off
ip -n a neigh show nud all | sort
ip netns exec a ping -c 1 -W 0.5 10.0.1.2
ip -n a neigh show nud all | sort
ip -n a link set a0 arp on
ip -n a neigh show nud all | sort
ip netns exec a ping -c 1 -W 0.5 10.0.1.2
ip -n a neigh show nud all | sort
