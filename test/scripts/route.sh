# route of net-tools: the table, routes added and deleted, and how it fails.
ip netns add b
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02 netns b
sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n b addr add 10.0.0.2/24 dev eth1; ip -n b link set eth1 up
ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up
run() { echo "\$ $*"; "$@" 2> err; s=$?; cat err; echo "? $s"; }
run route
run route -n
run route add default gw 10.0.0.2
run route add default gw 10.0.0.2
run route add default gw 10.9.0.2
run route
run route add -net 10.1.0.0 netmask 255.255.0.0 gw 10.0.0.2
run route add -net 10.2.0.0/16 dev eth0
run route add -net 10.2.3.0/16 dev eth0
run route add 10.2.0.0/16 dev eth0
run route add -net 10.3.0.0 dev eth0
run route add -net 10.3.0.0 netmask 255.0.255.0 dev eth0
run route add -net 10.3.0.1 netmask 255.255.255.0 dev eth0
run route add -host 10.4.4.4 gw 10.0.0.2
run route add 10.4.4.5 gw 10.0.0.2 metric 5
run route add -host 10.4.4.6 eth0
run route add -host 10.4.4.7 dev nosuch
run route add -host 10.4.4.8 reject
run route add -net 10.5.0.0/16 reject
run route add -net 10.6.0.0/16 metric 10 gw 10.0.0.2 mss 1000 window 2000
run route add -net 10.7.0.0/16 gw 10.0.0.1
run route add -net 10.7.0.0/16 gw 10.0.0.255
run route add -net 10.7.0.0/16 gw 0.0.0.0
run route add -net 10.7.0.0/16 gw 10.0.0.2 gw 10.0.0.3
run route add -net 10.7.0.0/16 mss 3 dev eth0
run route add -net 10.7.0.0/16 window 3 dev eth0
run route add -net 169.254.0.0/16 dev eth0
run route add -host 127.0.0.9 dev lo
run route add -host nosuchhost dev eth0
run route add -host localhost dev lo
run route add -net loopback netmask 255.0.0.0 dev lo
run route add
run route add -net 10.8.0.0/16 gw
run route add -net 10.8.0.0/16
run route
run route -n
run route -e
run route -ee
run route -een
run route -eee
run ip route
run cat /proc/net/route
run route del -net 10.2.0.0/16
run route del -net 10.2.0.0/16
run route del 10.4.4.4
run route del -host 10.4.4.8 reject
run route del -host 10.4.4.8
run route del -net 10.5.0.0/16 reject
run route del default gw 10.0.0.9
run route del default
run route delete -net 10.1.0.0 netmask 255.255.0.0 gw 10.0.0.2
run route frob
run route flush
run route -V
run route -h
run route -Z
run route -C
run route -CF
run route -A foo
run route add -net 10.1.0.0 netmask x dev eth0
run route add -net 10.1.0.0 netmask 255.255.0.0 gw x
run route add -net 10.1.0.0 netmask 255.255.0.0 gw default
run route add -net 10.1.0.0 netmask 255.255.0.0 metric x dev eth0
run route add -net 10.1.0.0/33 dev eth0
run route add -net 10.1.0.0/x dev eth0
run route add -net 10.1.0.0/16 dev eth0 foo
run route add -net 10.1.0.0/16 foo dev eth0
run route add 224.0.0.0 netmask 240.0.0.0 dev eth0
run route add -net 224.0.0.0 netmask 240.0.0.0 dev eth0
run route add -host 10.4.4.10 netmask 255.255.255.255 dev eth0
run route add -host 10.4.4.10 netmask 255.255.255.0 dev eth0
run route -v add -host 10.4.4.11 dev eth0
ip link set eth0 down; run route -n; ip link set eth0 up
ip addr add 10.0.3.1/24 dev eth0 label eth0:3
run route add -host 10.4.4.12 dev eth0:3
run route add -host 10.4.4.12 dev eth0:4
run ip route show 10.4.4.12
run route -n
run route --help
