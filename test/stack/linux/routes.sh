#!/bin/bash
# about: routes: adding, changing, deleting, looking up; what a lost carrier or a downed device does to them
ip netns add n
ip netns exec n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec n bash <<'INNER'
echo '$ ip route del 1.2.3.0/24'
ip route del 1.2.3.0/24 2>&1 || echo "[$?]"
echo '$ ip route show table 100'
ip route show table 100 2>&1 || echo "[$?]"
ip link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02
echo '$ ip route del 1.2.3.0/24 table 100'
ip route del 1.2.3.0/24 table 100 2>&1 || echo "[$?]"
echo '$ ip route show table all'
ip route show table all 2>&1 || echo "[$?]"
echo '$ ip addr add 10.1.0.1/24 dev va'
ip addr add 10.1.0.1/24 dev va 2>&1 || echo "[$?]"
echo '$ ip route show table all'
ip route show table all 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.0/16 dev va'
ip route add 10.9.0.0/16 dev va 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.0/16 via 10.1.0.3'
ip route add 10.9.0.0/16 via 10.1.0.3 2>&1 || echo "[$?]"
echo '$ ip route get 10.1.0.3'
ip route get 10.1.0.3 2>&1 || echo "[$?]"
echo '$ ip route get 10.1.0.1'
ip route get 10.1.0.1 2>&1 || echo "[$?]"
ip link set lo up; ip link set vb up; ip link set va up
sleep 1.5
echo '$ ip route get 8.8.8.8 from 1.2.3.4'
ip route get 8.8.8.8 from 1.2.3.4 2>&1 || echo "[$?]"
echo '$ ip route get 8.8.8.8'
ip route get 8.8.8.8 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.1/16 dev va'
ip route add 10.9.0.1/16 dev va 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.0/16 dev va'
ip route add 10.9.0.0/16 dev va 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.0/16 dev va'
ip route add 10.9.0.0/16 dev va 2>&1 || echo "[$?]"
echo '$ ip route append 10.9.0.0/16 dev va'
ip route append 10.9.0.0/16 dev va 2>&1 || echo "[$?]"
echo '$ ip route append 10.9.0.0/16 via 10.1.0.5'
ip route append 10.9.0.0/16 via 10.1.0.5 2>&1 || echo "[$?]"
echo '$ ip route append 10.9.0.0/16 via 10.1.0.6'
ip route append 10.9.0.0/16 via 10.1.0.6 2>&1 || echo "[$?]"
echo '$ ip route prepend 10.9.0.0/16 via 10.1.0.7'
ip route prepend 10.9.0.0/16 via 10.1.0.7 2>&1 || echo "[$?]"
echo '$ ip route replace 10.9.0.0/16 via 10.1.0.8'
ip route replace 10.9.0.0/16 via 10.1.0.8 2>&1 || echo "[$?]"
echo '$ ip route replace 10.9.0.0/16 via 10.1.0.6'
ip route replace 10.9.0.0/16 via 10.1.0.6 2>&1 || echo "[$?]"
echo '$ ip route change 10.9.0.0/16 via 10.1.0.9'
ip route change 10.9.0.0/16 via 10.1.0.9 2>&1 || echo "[$?]"
echo '$ ip route show'
ip route show 2>&1 || echo "[$?]"
echo '$ ip route del 10.9.0.0/16 via 10.1.0.99'
ip route del 10.9.0.0/16 via 10.1.0.99 2>&1 || echo "[$?]"
echo '$ ip route del 10.9.0.0/16 via 10.1.0.5'
ip route del 10.9.0.0/16 via 10.1.0.5 2>&1 || echo "[$?]"
echo '$ ip route del 10.9.0.0/16'
ip route del 10.9.0.0/16 2>&1 || echo "[$?]"
echo '$ ip route show'
ip route show 2>&1 || echo "[$?]"
echo '$ ip route flush 10.9.0.0/16'
ip route flush 10.9.0.0/16 2>&1 || echo "[$?]"
echo '$ ip route add 10.8.0.0/16 via 10.1.0.1'
ip route add 10.8.0.0/16 via 10.1.0.1 2>&1 || echo "[$?]"
echo '$ ip route add 10.8.0.0/16 via 10.1.0.255'
ip route add 10.8.0.0/16 via 10.1.0.255 2>&1 || echo "[$?]"
echo '$ ip route add 10.7.0.0/16 via 99.1.0.1 dev va onlink'
ip route add 10.7.0.0/16 via 99.1.0.1 dev va onlink 2>&1 || echo "[$?]"
echo '$ ip route add 10.6.0.0/16 via 99.1.0.1 dev va'
ip route add 10.6.0.0/16 via 99.1.0.1 dev va 2>&1 || echo "[$?]"
echo '$ ip route add 10.5.0.0/16 dev va src 9.9.9.9'
ip route add 10.5.0.0/16 dev va src 9.9.9.9 2>&1 || echo "[$?]"
echo '$ ip route add blackhole 10.4.0.0/16 dev va'
ip route add blackhole 10.4.0.0/16 dev va 2>&1 || echo "[$?]"
echo '$ ip route add 10.4.0.0/16'
ip route add 10.4.0.0/16 2>&1 || echo "[$?]"
echo '$ ip route change 10.44.0.0/16 dev va'
ip route change 10.44.0.0/16 dev va 2>&1 || echo "[$?]"
echo '$ ip route add unreachable 10.3.0.0/16 metric 4278198272'
ip route add unreachable 10.3.0.0/16 metric 4278198272 2>&1 || echo "[$?]"
echo '$ ip route add local 10.2.0.0/16 dev va'
ip route add local 10.2.0.0/16 dev va 2>&1 || echo "[$?]"
echo '$ ip route add broadcast 10.2.0.0/17 dev va'
ip route add broadcast 10.2.0.0/17 dev va 2>&1 || echo "[$?]"
echo '$ ip route add throw 10.2.0.0/18'
ip route add throw 10.2.0.0/18 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.0/24 dev va'
ip route add 10.9.0.0/24 dev va 2>&1 || echo "[$?]"
echo '$ ip route add 10.0.0.0/8 dev va'
ip route add 10.0.0.0/8 dev va 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.0/16 dev va metric 5'
ip route add 10.9.0.0/16 dev va metric 5 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.0/16 dev va metric 3'
ip route add 10.9.0.0/16 dev va metric 3 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.0/16 dev va metric 9'
ip route add 10.9.0.0/16 dev va metric 9 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.0/16 tos 0x10 dev va'
ip route add 10.9.0.0/16 tos 0x10 dev va 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.0/16 tos 0x08 dev va'
ip route add 10.9.0.0/16 tos 0x08 dev va 2>&1 || echo "[$?]"
echo '$ ip route add 10.9.0.0/16 tos 0x01 dev va'
ip route add 10.9.0.0/16 tos 0x01 dev va 2>&1 || echo "[$?]"
echo '$ ip route add default dev va metric 9'
ip route add default dev va metric 9 2>&1 || echo "[$?]"
echo '$ ip route add default via 10.1.0.77'
ip route add default via 10.1.0.77 2>&1 || echo "[$?]"
echo '$ ip route add default via 10.8.0.1'
ip route add default via 10.8.0.1 2>&1 || echo "[$?]"
echo '$ ip route add 10.12.0.0/16 via 10.8.0.1'
ip route add 10.12.0.0/16 via 10.8.0.1 2>&1 || echo "[$?]"
echo '$ ip route add 10.13.0.0/16 via 10.1.0.3 scope link'
ip route add 10.13.0.0/16 via 10.1.0.3 scope link 2>&1 || echo "[$?]"
echo '$ ip route add 10.13.0.0/16 via 10.1.0.3 scope host'
ip route add 10.13.0.0/16 via 10.1.0.3 scope host 2>&1 || echo "[$?]"
echo '$ ip route add 10.13.0.0/16 dev va scope host'
ip route add 10.13.0.0/16 dev va scope host 2>&1 || echo "[$?]"
echo '$ ip route add 10.14.0.0/16 via 10.1.0.4 table 77'
ip route add 10.14.0.0/16 via 10.1.0.4 table 77 2>&1 || echo "[$?]"
echo '$ ip route add 10.15.0.0/16 via 10.1.0.4 table default'
ip route add 10.15.0.0/16 via 10.1.0.4 table default 2>&1 || echo "[$?]"
echo '$ ip route add 10.16.0.0/16 via 10.1.0.4 mtu 1300'
ip route add 10.16.0.0/16 via 10.1.0.4 mtu 1300 2>&1 || echo "[$?]"
echo '$ ip route add 10.17.0.0/16 via 10.1.0.4 proto static src 10.1.0.1'
ip route add 10.17.0.0/16 via 10.1.0.4 proto static src 10.1.0.1 2>&1 || echo "[$?]"
echo '$ ip route add 127.5.0.0/24 dev va'
ip route add 127.5.0.0/24 dev va 2>&1 || echo "[$?]"
echo '$ ip route show table all'
ip route show table all 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.0.5'
ip route get 10.9.0.5 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.1.5'
ip route get 10.9.1.5 2>&1 || echo "[$?]"
echo '$ ip route get 10.2.1.1'
ip route get 10.2.1.1 2>&1 || echo "[$?]"
echo '$ ip route get 10.2.200.1'
ip route get 10.2.200.1 2>&1 || echo "[$?]"
echo '$ ip route get 10.3.3.3'
ip route get 10.3.3.3 2>&1 || echo "[$?]"
echo '$ ip route get 10.14.0.1'
ip route get 10.14.0.1 2>&1 || echo "[$?]"
echo '$ ip route get 10.15.0.1'
ip route get 10.15.0.1 2>&1 || echo "[$?]"
echo '$ ip route get 10.16.1.1'
ip route get 10.16.1.1 2>&1 || echo "[$?]"
echo '$ ip route get 10.17.1.1'
ip route get 10.17.1.1 2>&1 || echo "[$?]"
echo '$ ip route get 10.7.1.1'
ip route get 10.7.1.1 2>&1 || echo "[$?]"
echo '$ ip route get 127.5.0.9'
ip route get 127.5.0.9 2>&1 || echo "[$?]"
echo '$ ip route get 127.5.1.9'
ip route get 127.5.1.9 2>&1 || echo "[$?]"
echo '$ ip route get 0.0.0.0'
ip route get 0.0.0.0 2>&1 || echo "[$?]"
echo '$ ip route get 255.255.255.255'
ip route get 255.255.255.255 2>&1 || echo "[$?]"
echo '$ ip route get 224.0.0.1'
ip route get 224.0.0.1 2>&1 || echo "[$?]"
echo '$ ip route get 224.0.0.5'
ip route get 224.0.0.5 2>&1 || echo "[$?]"
echo '$ ip route get 239.1.1.1'
ip route get 239.1.1.1 2>&1 || echo "[$?]"
echo '$ ip route get 10.1.0.0'
ip route get 10.1.0.0 2>&1 || echo "[$?]"
echo '$ ip route get 10.1.0.255'
ip route get 10.1.0.255 2>&1 || echo "[$?]"
echo '$ ip route get 192.0.2.1'
ip route get 192.0.2.1 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.1.1 tos 0x10'
ip route get 10.9.1.1 tos 0x10 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.1.1 oif lo'
ip route get 10.9.1.1 oif lo 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.1.1 oif vb'
ip route get 10.9.1.1 oif vb 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.1.1 oif va from 10.1.0.1'
ip route get 10.9.1.1 oif va from 10.1.0.1 2>&1 || echo "[$?]"
echo '$ ip route get 224.0.0.1 oif va'
ip route get 224.0.0.1 oif va 2>&1 || echo "[$?]"
echo '$ ip route get 224.0.0.1 from 10.1.0.1'
ip route get 224.0.0.1 from 10.1.0.1 2>&1 || echo "[$?]"
echo '$ ip route get 255.255.255.255 oif va'
ip route get 255.255.255.255 oif va 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.1.1 from 10.1.0.5 iif va'
ip route get 10.9.1.1 from 10.1.0.5 iif va 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.1.1 from 10.1.0.1 iif va'
ip route get 10.9.1.1 from 10.1.0.1 iif va 2>&1 || echo "[$?]"
echo '$ ip route get 10.1.0.1 from 10.1.0.5 iif va'
ip route get 10.1.0.1 from 10.1.0.5 iif va 2>&1 || echo "[$?]"
echo '$ ip route get 10.1.0.255 from 10.1.0.5 iif va'
ip route get 10.1.0.255 from 10.1.0.5 iif va 2>&1 || echo "[$?]"
echo '$ ip route get 255.255.255.255 from 10.1.0.5 iif va'
ip route get 255.255.255.255 from 10.1.0.5 iif va 2>&1 || echo "[$?]"
echo '$ ip route get 224.0.0.1 from 10.1.0.5 iif va'
ip route get 224.0.0.1 from 10.1.0.5 iif va 2>&1 || echo "[$?]"
echo '$ ip route get 127.0.0.1 from 10.1.0.5 iif va'
ip route get 127.0.0.1 from 10.1.0.5 iif va 2>&1 || echo "[$?]"
sysctl -qw net.ipv4.ip_forward=1
echo '$ ip route get 10.9.1.1 from 10.1.0.5 iif va'
ip route get 10.9.1.1 from 10.1.0.5 iif va 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.1.1 from 10.1.0.1 iif va'
ip route get 10.9.1.1 from 10.1.0.1 iif va 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.1.1 from 10.1.0.5 iif vb'
ip route get 10.9.1.1 from 10.1.0.5 iif vb 2>&1 || echo "[$?]"
echo '$ ip route get 10.3.1.1 from 10.1.0.5 iif va'
ip route get 10.3.1.1 from 10.1.0.5 iif va 2>&1 || echo "[$?]"
echo '$ ip route get 192.0.2.1 from 10.1.0.5 iif va'
ip route get 192.0.2.1 from 10.1.0.5 iif va 2>&1 || echo "[$?]"
echo '$ ip route get 10.1.0.7 from 0.0.0.0 iif va'
ip route get 10.1.0.7 from 0.0.0.0 iif va 2>&1 || echo "[$?]"
echo '$ ip route get 127.0.0.1 from 10.1.0.5 iif va'
ip route get 127.0.0.1 from 10.1.0.5 iif va 2>&1 || echo "[$?]"
echo '$ ip route show 10.9.0.0/16'
ip route show 10.9.0.0/16 2>&1 || echo "[$?]"
echo '$ ip route show root 10.9.0.0/16'
ip route show root 10.9.0.0/16 2>&1 || echo "[$?]"
echo '$ ip route show match 10.9.0.0/16'
ip route show match 10.9.0.0/16 2>&1 || echo "[$?]"
echo '$ ip route del default'
ip route del default 2>&1 || echo "[$?]"
echo '$ ip route del default'
ip route del default 2>&1 || echo "[$?]"
echo '$ ip route del default'
ip route del default 2>&1 || echo "[$?]"
echo '$ ip route del 10.9.0.0/16 metric 9'
ip route del 10.9.0.0/16 metric 9 2>&1 || echo "[$?]"
echo '$ ip route del 10.9.0.0/16 tos 0x10'
ip route del 10.9.0.0/16 tos 0x10 2>&1 || echo "[$?]"
echo '$ ip route del throw 10.2.0.0/18'
ip route del throw 10.2.0.0/18 2>&1 || echo "[$?]"
echo '$ ip route del unreachable 10.3.0.0/16'
ip route del unreachable 10.3.0.0/16 2>&1 || echo "[$?]"
echo '$ ip route del 10.1.0.0/24 proto static'
ip route del 10.1.0.0/24 proto static 2>&1 || echo "[$?]"
echo '$ ip route del local 10.1.0.1 table local'
ip route del local 10.1.0.1 table local 2>&1 || echo "[$?]"
echo '$ ip route show table all'
ip route show table all 2>&1 || echo "[$?]"
ip link set vb down
sleep 1.5
echo '$ ip route show'
ip route show 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.0.7'
ip route get 10.9.0.7 2>&1 || echo "[$?]"
sysctl -qw net.ipv4.conf.va.ignore_routes_with_linkdown=1
echo '$ ip route show'
ip route show 2>&1 || echo "[$?]"
echo '$ ip route get 10.9.0.7'
ip route get 10.9.0.7 2>&1 || echo "[$?]"
echo '$ ip route add 10.91.0.0/16 dev va'
ip route add 10.91.0.0/16 dev va 2>&1 || echo "[$?]"
echo '$ ip route show 10.91.0.0/16'
ip route show 10.91.0.0/16 2>&1 || echo "[$?]"
ip link set vb up
sleep 1.5
echo '$ ip route show'
ip route show 2>&1 || echo "[$?]"
ip link set va down
echo '$ ip route show table all'
ip route show table all 2>&1 || echo "[$?]"
ip link set va up
sleep 1.2
echo '$ ip route show table all'
ip route show table all 2>&1 || echo "[$?]"
ip link set lo down
echo '$ ip route show table all'
ip route show table all 2>&1 || echo "[$?]"
ip link set lo up
echo '$ ip route show table all'
ip route show table all 2>&1 || echo "[$?]"
ip link del va
echo '$ ip route show table all'
ip route show table all 2>&1 || echo "[$?]"
INNER
