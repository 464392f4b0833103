#!/bin/bash
# about: a router: errors, fragments, path MTUs, limits on errors
ip netns add h1; ip netns add r; ip netns add h2; ip netns add h3
for n in h1 r h2 h3; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; ip -n $n link set lo up; done
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip link add e address 02:00:00:00:01:01 netns h1 type veth peer name e1 address 02:00:00:00:01:fe netns r
ip link add e address 02:00:00:00:02:01 netns h2 type veth peer name e2 address 02:00:00:00:02:fe netns r
ip link add e address 02:00:00:00:03:01 netns h3 type veth peer name e3 address 02:00:00:00:03:fe netns r
ip -n h1 addr add 10.0.1.1/24 dev e; ip -n r addr add 10.0.1.254/24 dev e1
ip -n h2 addr add 10.0.2.1/24 dev e; ip -n r addr add 10.0.2.254/24 dev e2
ip -n h3 addr add 10.0.3.1/24 dev e; ip -n r addr add 10.0.3.254/24 dev e3
for n in h1 h2 h3; do ip -n $n link set e up; done
for n in 1 2 3; do ip -n r link set e$n up; done
ip -n h1 route add default via 10.0.1.254
ip -n h2 route add default via 10.0.2.254
ip -n h3 route add default via 10.0.3.254
for n in 1 2 3; do
  ip -n h$n neigh add 10.0.$n.254 lladdr 02:00:00:00:0$n:fe dev e
  ip -n r neigh add 10.0.$n.1 lladdr 02:00:00:00:0$n:01 dev e$n
done
sleep 1.5
#: capture
echo 1; ip netns exec h1 ping -c 1 -W 0.5 10.0.2.1
echo 2; ip netns exec h1 ping -c 1 -W 0.5 10.0.3.1
echo 3; ip netns exec h1 ping -c 1 -W 0.5 10.0.2.255
echo 3b; ip netns exec h1 ping -c 1 -W 0.5 10.0.2.254
echo 4; ip netns exec h1 ping -c 1 -W 0.5 -s 2000 10.0.2.1
ip -n r link set e2 mtu 1000; ip -n h2 link set e mtu 1000
echo 5; ip netns exec h1 ping -c 1 -W 0.5 -s 1200 10.0.2.1
sleep 1.1
echo 6; ip netns exec h1 ping -c 1 -W 0.5 -s 1200 -M do 10.0.2.1
ip -n h1 route get 10.0.2.1 | sed "s/[0-9]*sec/Nsec/"
sleep 1.1
echo 7; ip netns exec h1 ping -c 1 -W 0.5 -s 1200 -M dont 10.0.2.1
echo 8; ip netns exec h1 ping -c 1 -W 0.5 -s 2500 -M dont 10.0.2.1
echo 9; ip netns exec h2 ping -c 1 -W 0.5 -s 2500 10.0.1.1
ip -n r link set e2 mtu 1500; ip -n h2 link set e mtu 1500
sleep 1.3
echo 10; ip netns exec h1 ping -c 4 -i 0.2 -W 0.5 10.99.0.1
sleep 2.2
echo 11; ip netns exec h1 ping -c 4 -i 0.2 -W 0.5 -t 1 10.0.2.1
sleep 2.2
ip -n r route add blackhole 10.71.0.0/16; ip -n r route add unreachable 10.72.0.0/16; ip -n r route add prohibit 10.73.0.0/16;  ip -n r route add throw 10.74.0.0/16
echo 12; ip netns exec h1 ping -c 1 -W 0.5 10.71.0.1
sleep 1.3
echo 13; ip netns exec h1 ping -c 1 -W 0.5 10.72.0.1
sleep 1.3
echo 14; ip netns exec h1 ping -c 1 -W 0.5 10.73.0.1
sleep 1.3
echo 15; ip netns exec h1 ping -c 1 -W 0.5 10.74.0.1
sleep 1.3
