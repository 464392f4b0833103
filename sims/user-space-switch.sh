#!/bin/bash
# A switch that is a program: it has three TAPs open, each of which is the network card of one host. The TAPs are made where the
# program runs, and moved into the hosts; the program keeps them open.
#: program switch.py=programs/switch.ts
for host in switch red green blue; do
  ip netns add $host
  ip netns exec $host sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
done
ip netns exec switch python3 switch.py tap1 tap2 tap3 > learned &
sleep 0.5
ip netns exec switch ip tuntap
number=0
for host in red green blue; do
  number=$((number + 1))
  ip -n switch link set tap$number name eth0 address 02:00:00:00:00:0$number netns $host
  ip -n $host address add 10.0.3.$number/24 dev eth0
  ip -n $host link set eth0 up
done
sleep 1.5

#: capture
ip netns exec red ping -c 2 -i 0.5 10.0.3.2
ip netns exec blue ping -c 1 10.0.3.1 | grep transmitted
# green hears the broadcasts of the others, and nothing else of theirs.
ip -n red neigh show 10.0.3.2
ip -n blue -s link show eth0 | head -n 2
kill %1
sleep 0.5
# The TAPs have gone with the program.
ip -n red link show eth0 2> /dev/null || cat learned
