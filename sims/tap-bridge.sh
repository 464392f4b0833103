#!/bin/bash
# A bridge with three ports: two veths to hosts in namespaces of their own, and a TAP behind which a program is a third host.
#: program host.py=programs/host.ts
for each in red blue switch; do
  ip netns add $each
  ip netns exec $each sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
done
ip -n switch link add br0 type bridge
ip -n switch link set br0 address 02:00:00:00:01:00 up
number=0
for host in red blue; do
  number=$((number + 1))
  ip link add eth0 address 02:00:00:00:00:0$number netns $host type veth \
    peer name to-$host address 02:00:00:00:01:0$number netns switch
  ip -n $host address add 10.0.5.$number/24 dev eth0
  ip -n $host link set eth0 up
  ip -n switch link set to-$host master br0 up
done
ip -n switch tuntap add dev tap0 mode tap
ip -n switch link set tap0 address 02:00:00:00:01:03 master br0 up
sleep 2.5

#: capture
# As long as nobody has it open, the TAP has no carrier and its port is disabled.
ip netns exec switch bridge link show dev tap0
ip netns exec switch python3 host.py tap tap0 10.0.5.9 02:00:00:00:00:09 > heard &
sleep 1.5
ip netns exec switch bridge link show dev tap0
ip netns exec red ping -c 2 -i 0.5 10.0.5.9
ip netns exec blue ping -c 1 10.0.5.9 | grep transmitted
ip netns exec red ping -c 1 10.0.5.2 | grep transmitted
ip netns exec switch bridge fdb show brport tap0 | grep -v permanent
kill %1
sleep 0.1
cat heard
