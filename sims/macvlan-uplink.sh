#!/bin/bash
# Three hosts that share one uplink without a bridge: each has a macvlan on eth0, with a MAC of its own.
for each in box red green blue gateway; do
  ip netns add $each
  ip netns exec $each sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
done
ip link add eth0 address 02:00:00:00:00:01 netns box type veth peer name eth0 address 02:00:00:00:00:fe netns gateway
ip -n box link set eth0 up
ip -n gateway address add 10.0.6.254/24 dev eth0
ip -n gateway link set eth0 up
number=0
for host in red green blue; do
  number=$((number + 1))
  ip -n box link add link eth0 name mv$number address 02:00:00:00:00:1$number type macvlan mode bridge
  ip -n box link set mv$number netns $host name eth0
  ip -n $host address add 10.0.6.$number/24 dev eth0
  ip -n $host link set eth0 up
  ip -n $host route add default via 10.0.6.254
done
# blue is private: it speaks with the gateway, and with no other host.
ip -n blue link set eth0 type macvlan mode private
ip -n box address add 10.0.6.100/24 dev eth0
sleep 1.5

#: capture
for host in red green blue; do
  ip netns exec $host ping -c 1 10.0.6.254 | grep transmitted
done
ip netns exec red ping -c 2 -i 0.5 10.0.6.2
# blue does not hear red, and the machine below does not hear its macvlans: nobody answers. red is told to ask no more.
for silent in 10.0.6.3 10.0.6.100; do
  ip netns exec red ping -c 1 -W 0.5 $silent | grep transmitted
  ip -n red neigh del $silent dev eth0
done
ip -n gateway neigh | sort
ip -n red -d link show eth0
