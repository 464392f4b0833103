ip link set lo up
ip link add s0 address 02:00:00:00:01:01 type veth peer name a0; ip addr add 192.0.2.1/24 dev s0; ip link set s0 up; ip link set a0 up
run() { echo "\$ $*"; "$@" >o 2>e; s=$?; sed 's/^/| /' o; sed 's/^/! /' e; echo "? $s"; }
run ip -d route get 8.8.8.8 oif s0
run ip -d route get 127.0.0.1
run ip -d route get 192.0.2.9
run ip -d route get 192.0.2.255
run ip -d route get 255.255.255.255 oif s0
run ip route add prohibit 10.1.0.0/16
run ip route get 10.1.2.3
run ip route add 10.0.0.0/8 dev s0 table default
run ip route get 10.1.2.3
run ip route get 10.2.2.3
run ip route add 172.16.0.0/16 tos 0x10 via 192.0.2.7
run ip route get 172.16.0.1 tos 0x10
run ip route get 172.16.0.1 tos 0xd0
run ip route get 172.16.0.1 tos 0x30
run ip route get 172.16.0.1
run ip route add 172.17.0.0/16 tos 0xd0 via 192.0.2.7
run ip route get 172.17.0.1 tos 0x10
run ip route get 172.17.0.1 tos 0xd0
run ip rule add tos 0xd0 table 9
run ip rule add tos 0x20 table 9
run ip rule add tos 0x1c table 9
run ip rule add tos 0x10 table 77
run ip route add default via 192.0.2.8 table 77
run ip route get 8.8.8.8 tos 0x10
run ip route get 8.8.8.8 tos 0xd0
run ip -d route get 127.0.0.1
run ip -d route get 192.0.2.9
run ip -d route get 192.0.2.255
run ip -d route get 10.1.2.3
run ip route get 10.2.2.3
run ip rule add from 10/8 table 100 pref 5
run ip rule add table 100 pref 5
run ip rule add not table 100 pref 5
run ip rule add not from 10/8 table 100 pref 5
run ip rule add from 10/8 table 100 pref 5 suppress_prefixlength 3
run ip rule add from 10/8 table 100 pref 5 proto static
run ip rule add from 10/8 table 100 pref 5 fwmark 0
run ip rule add from 10/8 table 100 pref 5 fwmark 0/0xff
run ip rule add local
run ip rule add unicast
run ip rule add broadcast
run ip rule add type throw
run ip rule add type anycast pref 30000
run ip rule add xresolve
run ip rule add table main goto 5000
run ip rule add table main blackhole
run ip rule add pref 5 goto 99 table 3
run ip rule
run ip rule del not from 10/8 table 100
run ip rule
run ip route get 8.8.8.8
run ip rule flush
run ip rule
run ip route get 8.8.8.8
run ip rule del pref 0
run ip route get 192.0.2.1
run ip route get 8.8.8.8
run ping -c 1 -W 1 192.0.2.1
run ip rule add pref 1 iif abcdefghijklmnopqrst table 8
run ip rule add pref 1 iif '' table 8
run ip rule add pref 1 iif 'a/b' table 8
run ip rule add pref 1 oif s0 table main
run ip route get 192.0.2.9 oif s0
run ip route get 192.0.2.9
run ip rule add pref 2 to 192.0.2.9 table main
run ip route get 192.0.2.9
run ip -d route get 192.0.2.9 mark 5
run ip link set s0 name s9
run ip rule
run ip link del s9
run ip rule
