#!/bin/bash
# about: addresses come, change and go, and the routes with them
ip netns add n
ip netns exec n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec n bash <<'INNER'
ip link set lo up
ip link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02; ip link set vb up; ip link set va up
sleep 1.5
echo '$ ip addr add 10.1.0.1/24 dev va'
ip addr add 10.1.0.1/24 dev va 2>&1 || echo "[$?]"
echo '$ ip addr add 10.1.0.1/24 dev va'
ip addr add 10.1.0.1/24 dev va 2>&1 || echo "[$?]"
echo '$ ip addr add 10.1.0.1/25 dev va'
ip addr add 10.1.0.1/25 dev va 2>&1 || echo "[$?]"
echo '$ ip addr add 10.1.0.2/24 dev va'
ip addr add 10.1.0.2/24 dev va 2>&1 || echo "[$?]"
echo '$ ip addr add 10.1.0.3/24 dev va scope link'
ip addr add 10.1.0.3/24 dev va scope link 2>&1 || echo "[$?]"
echo '$ ip addr add 10.2.0.1/24 dev va scope host'
ip addr add 10.2.0.1/24 dev va scope host 2>&1 || echo "[$?]"
echo '$ ip addr add 10.3.0.1/24 dev va scope link'
ip addr add 10.3.0.1/24 dev va scope link 2>&1 || echo "[$?]"
echo '$ ip addr add 10.4.0.1/24 dev va brd +'
ip addr add 10.4.0.1/24 dev va brd + 2>&1 || echo "[$?]"
echo '$ ip addr add 10.5.0.1 peer 10.5.0.2/32 dev va'
ip addr add 10.5.0.1 peer 10.5.0.2/32 dev va 2>&1 || echo "[$?]"
echo '$ ip addr add 10.6.0.1/24 dev va label va:x'
ip addr add 10.6.0.1/24 dev va label va:x 2>&1 || echo "[$?]"
echo '$ ip addr add 10.7.0.1/24 dev va metric 77 noprefixroute'
ip addr add 10.7.0.1/24 dev va metric 77 noprefixroute 2>&1 || echo "[$?]"
echo '$ ip addr add 10.8.0.1/24 dev va metric 77'
ip addr add 10.8.0.1/24 dev va metric 77 2>&1 || echo "[$?]"
echo '$ ip addr add 10.9.0.1/24 dev va valid_lft 100 preferred_lft 200'
ip addr add 10.9.0.1/24 dev va valid_lft 100 preferred_lft 200 2>&1 || echo "[$?]"
echo '$ ip addr add 10.9.0.1/24 dev va valid_lft 0'
ip addr add 10.9.0.1/24 dev va valid_lft 0 2>&1 || echo "[$?]"
echo '$ ip -4 addr show dev va'
ip -4 addr show dev va 2>&1 || echo "[$?]"
echo '$ ip -4 route show table all'
ip -4 route show table all 2>&1 || echo "[$?]"
ip link set va down; ip link set va name vc
echo '$ ip -4 addr show dev vc'
ip -4 addr show dev vc 2>&1 || echo "[$?]"
ip link set vc up
sleep 1.5
echo '$ ip addr del 10.1.0.9/24 dev vc'
ip addr del 10.1.0.9/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr del 10.1.0.1/24 dev vc'
ip addr del 10.1.0.1/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr replace 10.4.0.1/24 dev vc metric 5'
ip addr replace 10.4.0.1/24 dev vc metric 5 2>&1 || echo "[$?]"
echo '$ ip addr change 10.44.0.1/24 dev vc'
ip addr change 10.44.0.1/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 addr show dev vc'
ip -4 addr show dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 route show table all'
ip -4 route show table all 2>&1 || echo "[$?]"
echo '$ ip link set vc mtu 60'
ip link set vc mtu 60 2>&1 || echo "[$?]"
echo '$ ip addr add 10.4.0.1/24 dev vc'
ip addr add 10.4.0.1/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip link set vc mtu 68'
ip link set vc mtu 68 2>&1 || echo "[$?]"
echo '$ ip addr add 10.4.0.1/24 dev vc'
ip addr add 10.4.0.1/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr add 10.4.0.2/24 dev vc'
ip addr add 10.4.0.2/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr add 10.4.0.3/24 dev vc'
ip addr add 10.4.0.3/24 dev vc 2>&1 || echo "[$?]"
echo '$ sysctl -w net.ipv4.conf.vc.promote_secondaries=1'
sysctl -w net.ipv4.conf.vc.promote_secondaries=1 2>&1 || echo "[$?]"
echo '$ ip addr del 10.4.0.1/24 dev vc'
ip addr del 10.4.0.1/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 addr show dev vc'
ip -4 addr show dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 route show table all'
ip -4 route show table all 2>&1 || echo "[$?]"
echo '$ ip addr add 0.0.0.0/8 dev vc'
ip addr add 0.0.0.0/8 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr add 224.0.0.5/24 dev vc'
ip addr add 224.0.0.5/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr add 255.255.255.255/24 dev vc'
ip addr add 255.255.255.255/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr add 10.55.0.0/24 dev vc'
ip addr add 10.55.0.0/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr add 10.56.0.255/24 dev vc'
ip addr add 10.56.0.255/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr add 10.57.0.1/0 dev vc'
ip addr add 10.57.0.1/0 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr add 10.58.0.1/31 dev vc'
ip addr add 10.58.0.1/31 dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 addr show dev vc'
ip -4 addr show dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 route show table all'
ip -4 route show table all 2>&1 || echo "[$?]"
echo '$ ip addr flush dev vc'
ip addr flush dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 addr show dev vc'
ip -4 addr show dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 route show table all'
ip -4 route show table all 2>&1 || echo "[$?]"
ip addr add 10.0.0.1/24 dev vc; ip addr add 10.0.1.1/24 dev vc; ip addr add 10.0.0.2/24 dev vc; ip addr add 10.0.1.2/24 dev vc; ip addr add 10.0.0.3/24 dev vc
echo '$ ip -4 addr show dev vc'
ip -4 addr show dev vc 2>&1 || echo "[$?]"
echo '$ ip addr del 10.0.0.1/24 dev vc'
ip addr del 10.0.0.1/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 addr show dev vc'
ip -4 addr show dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 route show table all'
ip -4 route show table all 2>&1 || echo "[$?]"
echo '$ ip route add 10.77.0.0/16 via 10.0.1.77 src 10.0.0.3'
ip route add 10.77.0.0/16 via 10.0.1.77 src 10.0.0.3 2>&1 || echo "[$?]"
echo '$ ip route add 10.78.0.0/16 via 10.0.1.77'
ip route add 10.78.0.0/16 via 10.0.1.77 2>&1 || echo "[$?]"
echo '$ ip addr del 10.0.0.3/24 dev vc'
ip addr del 10.0.0.3/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr del 10.0.0.2/24 dev vc'
ip addr del 10.0.0.2/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 addr show dev vc'
ip -4 addr show dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 route show table all'
ip -4 route show table all 2>&1 || echo "[$?]"
echo '$ ip addr add 10.0.1.9/32 dev vc'
ip addr add 10.0.1.9/32 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr add 10.0.1.9/32 dev vb'
ip addr add 10.0.1.9/32 dev vb 2>&1 || echo "[$?]"
echo '$ ip -4 route show table all'
ip -4 route show table all 2>&1 || echo "[$?]"
echo '$ ip addr del 10.0.1.9/32 dev vc'
ip addr del 10.0.1.9/32 dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 route show table all'
ip -4 route show table all 2>&1 || echo "[$?]"
echo '$ ip addr del 10.0.1.9/32 dev vb'
ip addr del 10.0.1.9/32 dev vb 2>&1 || echo "[$?]"
echo '$ ip addr add 10.0.1.1/16 dev vc'
ip addr add 10.0.1.1/16 dev vc 2>&1 || echo "[$?]"
echo '$ ip addr del 10.0.1.1/24 dev vc'
ip addr del 10.0.1.1/24 dev vc 2>&1 || echo "[$?]"
echo '$ ip -4 route show table all'
ip -4 route show table all 2>&1 || echo "[$?]"
INNER
