#!/bin/bash
# about: ping: to oneself, to neighbours, to groups, with every option that concerns the stack
ip netns add a; ip netns add b
for n in a b; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
ip link add a0 address 02:00:00:00:00:01 netns a type veth peer name b0 address 02:00:00:00:00:02 netns b
ip -n a addr add 10.0.1.1/24 dev a0
ip -n a addr add 10.0.9.1/24 dev a0
ip -n b addr add 10.0.1.2/24 dev b0
ip -n b addr add 10.0.1.3/24 dev b0
ip -n a link set a0 up
ip -n b link set b0 up
sleep 1.5
#: capture
echo 1; ip netns exec a ping -c 1 -W 0.5 10.0.1.1
echo 2; ip netns exec a ping -c 1 -W 0.5 127.0.0.1
ip -n a link set lo up
ip -n b link set lo up
echo 3; ip netns exec a ping -c 1 -W 0.5 10.0.1.1
echo 4; ip netns exec a ping -c 1 -W 0.5 127.0.0.1
echo 5; ip netns exec a ping -c 1 -W 0.5 127.3.2.1
echo 6; ip netns exec a ping -c 1 -W 0.5 0
echo 7; ip netns exec a ping -c 1 -W 0.5 10.0.1.2
echo 8; ip netns exec a ping -c 1 -W 0.5 10.0.1.3
echo 9; ip netns exec a ping -c 1 -W 0.5 -I 10.0.9.1 10.0.1.2
echo 10; ip netns exec a ping -c 1 -W 0.5 -I a0 10.0.1.2
echo 11; ip netns exec a ping -c 1 -W 0.5 -I a0 10.0.1.1
echo 12; ip netns exec a ping -c 1 -W 0.5 -I lo 10.0.1.2
echo 13; ip netns exec a ping -c 1 -W 0.5 -I 10.0.1.9 10.0.1.2
echo 14; ip netns exec a ping -c 1 -W 0.5 10.0.1.255
echo 15; ip netns exec a ping -c 1 -W 0.5 -b 10.0.1.255
ip netns exec b sysctl -w net.ipv4.icmp_echo_ignore_broadcasts=0
echo 16; ip netns exec a ping -c 1 -W 0.5 -b 10.0.1.255
ip netns exec a sysctl -w net.ipv4.icmp_echo_ignore_broadcasts=0
echo 17; ip netns exec a ping -c 2 -i 0.2 -W 0.5 -b 10.0.1.255
echo 18; ip netns exec a ping -c 1 -W 0.5 -b 255.255.255.255
echo 19; ip netns exec a ping -c 1 -W 0.5 224.0.0.1
ip -n a route add default dev a0
echo 20; ip netns exec a ping -c 1 -W 0.5 224.0.0.1
echo 21; ip netns exec a ping -c 1 -W 0.5 224.0.0.5
echo 22; ip netns exec a ping -c 1 -W 0.5 -b 255.255.255.255
ip netns exec b sysctl -w net.ipv4.icmp_echo_ignore_all=1
echo 23; ip netns exec a ping -c 1 -W 0.5 10.0.1.2
ip netns exec b sysctl -w net.ipv4.icmp_echo_ignore_all=0
echo 24; ip netns exec a ping -c 1 -W 0.5 -Q 0x1c 10.0.1.2
echo 25; ip netns exec a ping -c 1 -W 0.5 -t 1 10.0.1.2
echo 26; ip netns exec a ping -c 1 -W 0.5 -s 0 10.0.1.2
echo 27; ip netns exec a ping -c 1 -W 0.5 -s 4000 10.0.1.2
echo 28; ip netns exec a ping -c 1 -W 0.5 -s 4000 -M dont 10.0.1.2
echo 29; ip netns exec a ping -c 1 -W 0.5 -s 100 -M dont 10.0.1.2
echo 30; ip netns exec a ping -c 1 -W 0.5 -s 100 -M do 10.0.1.2
ip -n a route del default
echo 33; ip netns exec a ping -c 1 -W 0.5 10.77.0.1
ip -n a route add blackhole 10.77.0.0/16; ip -n a route add unreachable 10.78.0.0/16; ip -n a route add prohibit 10.79.0.0/16
echo 34; ip netns exec a ping -c 1 -W 0.5 10.77.0.1
echo 35; ip netns exec a ping -c 1 -W 0.5 10.78.0.1
echo 36; ip netns exec a ping -c 1 -W 0.5 10.79.0.1
echo 37; ip netns exec a ping -c 3 -i 0.2 -W 4 10.0.1.77
echo 38; ip netns exec a ping -c 1 -r -W 0.5 10.0.1.2
ip -n a route add 10.80.0.0/16 via 10.0.1.2
echo 39; ip netns exec a ping -c 1 -r -W 0.5 10.80.0.1
echo 40; ip netns exec a ping -c 1 -W 0.5 10.80.0.1
ip -n b addr add 10.80.0.1/32 dev lo
echo 41; ip netns exec a ping -c 1 -W 0.5 10.80.0.1
ip -n a link set lo down
echo 42; ip netns exec a ping -c 1 -W 0.5 10.0.1.1
echo 43; ip netns exec a ping -c 1 -W 4 10.0.1.78
ip -n a neigh | sort; ip -n b neigh | sort
