#!/bin/bash
# about: the sysctls of ARP: who is answered, in whose name is asked, what is announced and believed
ip netns add a; ip netns add b
for n in a b; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
ip -n a link set lo up
ip link add a0 address 02:00:00:00:00:01 netns a type veth peer name b0 address 02:00:00:00:00:02 netns b
ip link add a1 address 02:00:00:00:00:03 netns a type veth peer name b1 address 02:00:00:00:00:04 netns b
ip -n a addr add 10.0.1.1/24 dev a0
ip -n a addr add 10.0.2.1/24 dev a1
ip -n a addr add 10.9.9.9/32 dev lo
ip -n a addr add 10.9.9.8/32 dev lo scope link
ip -n a addr add 10.9.9.7/32 dev lo scope host
ip -n b addr add 10.0.1.2/24 dev b0
ip -n b addr add 10.0.2.2/24 dev b1
for l in a:a0 a:a1 b:b0 b:b1; do ip -n ${l%:*} link set ${l#*:} up; done
ip -n b route add 10.9.9.0/24 dev b0
sleep 1.5
#: capture
for i in 0 1 2 3 4 8; do
  echo "# arp_ignore $i"
  ip netns exec a sysctl -qw net.ipv4.conf.a0.arp_ignore=$i
  ip -n b neigh flush all; ip -n a neigh flush all
  ip netns exec b ping -c 1 -W 0.2 10.0.1.1 | grep transm
  ip netns exec b ping -c 1 -W 0.2 10.9.9.9 | grep transm
  ip netns exec b ping -c 1 -W 0.2 10.9.9.8 | grep transm
  ip netns exec b ping -c 1 -W 0.2 10.9.9.7 | grep transm
  ip -n b neigh flush all
done
ip netns exec a sysctl -qw net.ipv4.conf.a0.arp_ignore=0
echo "# the other interface's address"
ip -n b route add 10.0.2.1/32 dev b0
ip netns exec b ping -c 1 -W 0.2 10.0.2.1 | grep transm
ip -n b neigh show 10.0.2.1
ip -n b neigh flush all
echo "# arp_filter"
ip netns exec a sysctl -qw net.ipv4.conf.a0.arp_filter=1
ip netns exec b ping -c 1 -W 0.2 -I 10.0.2.2 10.0.2.1 | grep transm
ip -n b neigh flush all
ip netns exec b ping -c 1 -W 0.2 10.0.2.1 | grep transm
ip -n b neigh flush all; ip -n a neigh flush all
ip netns exec a sysctl -qw net.ipv4.conf.a0.arp_filter=0
for i in 0 1 2; do
  echo "# arp_announce $i"
  ip netns exec a sysctl -qw net.ipv4.conf.a0.arp_announce=$i
  ip -n b neigh flush all; ip -n a neigh flush all
  ip netns exec a ping -c 1 -W 0.2 -I 10.9.9.9 10.0.1.2 | grep transm
  ip -n a neigh flush all
  ip netns exec a ping -c 1 -W 0.2 -I 10.0.2.1 10.0.1.2 | grep transm
done
ip netns exec a sysctl -qw net.ipv4.conf.a0.arp_announce=0
echo "# arp_notify and arp_accept"
ip netns exec a sysctl -qw net.ipv4.conf.a0.arp_notify=1
ip netns exec b sysctl -qw net.ipv4.conf.b0.arp_accept=1
ip -n b neigh flush all
ip -n a link set a0 address 02:00:00:00:00:12
ip -n b neigh
ip netns exec b sysctl -qw net.ipv4.conf.b0.drop_gratuitous_arp=1
ip -n b neigh flush all
ip -n a link set a0 address 02:00:00:00:00:01
ip -n b neigh
