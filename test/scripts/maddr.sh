# ip maddr: groups of devices and protocols; what /proc/net says of them and of counters.
ip netns add b
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02 netns b
sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n b addr add 10.0.0.2/24 dev eth1; ip -n b link set eth1 up
run() { echo "\$ $*"; "$@" 2> err; s=$?; cat err; echo "? $s"; }
run ip maddr
ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up
run ip maddr show
run ip maddr show eth0
run ip maddr show dev eth0
run ip maddr show nosuch
run ip maddr show dev eth0 eth0
run ip maddr show dev
run ip maddr add 01:00:5e:00:00:05 dev eth0
run ip maddr add 01:00:5e:00:00:05 dev eth0
run ip maddr add 33:33:00:00:00:09 dev nosuch
run ip maddr add 01:00:5e:00:00:05 dev lo
run ip maddr add 02:00:00:00:00:09 dev eth0
run ip maddr add zz dev eth0
run ip maddr add dev eth0
run ip maddr add 33:33:00:00:00:09
run ip maddr add 224.0.0.5 dev eth0
run ip maddr add 33:33:00:00:00:09 33:33:00:00:00:0a dev eth0
run ip maddr show dev eth0
run ip -j maddr show dev eth0
run ip -s maddr show dev eth0
run ip -4 maddr show dev eth0
run ip -0 maddr show dev eth0
run ip -6 maddr show dev eth0
run ip -o maddr
run ip -j -p maddr
run ip maddr del 01:00:5e:00:00:05 dev eth0
run ip maddr del 01:00:5e:00:00:05 dev eth0
run ip maddr del 01:00:5e:00:00:07 dev eth0
run ip maddr del 01:00:5e:00:00:01 dev eth0
run ip maddr frob
run ip maddr help
run cat /proc/net/igmp
run cat /proc/net/dev_mcast
run cat /proc/net/snmp
run cat /proc/net/netstat
ping -c 2 -i 0.2 10.0.0.2 > /dev/null
ping -c 1 -s 3000 -Q 2 10.0.0.2 > /dev/null
ping -b -c 1 -W 1 10.0.0.255 > /dev/null 2>&1
ping -c 1 -W 1 -I eth0 224.0.0.1 > /dev/null
run cat /proc/net/snmp
run grep IpExt /proc/net/netstat
run ip netns exec b grep IpExt /proc/net/netstat
ip link set eth0 down
run ip maddr show dev eth0
