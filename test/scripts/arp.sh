# arp of net-tools: neighbours shown, set and deleted. The kernel lists them in an order of its own: hence sort.
ip netns add b
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02 netns b
sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n b addr add 10.0.0.2/24 dev eth1; ip -n b link set eth1 up
ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up
run() { echo "\$ $*"; "$@" 2> err > out; s=$?; case "$1 $2" in 'arp -h') cat out;; *) sort out; esac; cat err; echo "? $s"; }
run arp
run arp -a
ping -c 1 -q 10.0.0.2 > /dev/null
ping -c 1 -W 1 -q 10.0.0.99 > /dev/null
run arp -n
run arp -an
run arp -ne
run arp -aen
run arp -s 10.0.0.3 02:00:00:00:00:03
run arp -s 10.0.0.4 02:00:00:00:00:04 temp
run arp -s 10.0.0.5 02:00:00:00:00:05 pub
run arp -Ds 10.0.0.6 eth0 pub
run arp -Ds 10.0.0.6 nosuch pub
run arp -i eth0 -s 10.0.0.16 02:00:00:00:00:77 pub
run arp -s 10.0.0.7 2:0:0:0:0:7
run arp -s 10.0.0.8 zz
run arp -s 10.0.0.8
run arp -s
run arp -s 1.2.3.4 02:00:00:00:00:03
run arp -i eth0 -s 1.2.3.5 02:00:00:00:00:03
run arp -s 1.2.3.6 02:00:00:00:00:03 dev eth0
run arp -i nosuch -s 10.0.0.3 02:00:00:00:00:03
run arp -s 10.0.0.1 02:00:00:00:00:03
run arp -n
run arp -an
run arp -vn
run arp -n 10.0.0.3
run arp 10.0.0.77
run arp -a 10.0.0.77
run arp -ni eth0
run arp -i lo
run arp -i nosuch
run ip neigh
run ip neigh show proxy
run cat /proc/net/arp
run arp -d 10.0.0.3
run arp -d 10.0.0.3
run arp -d 10.0.0.5
run arp -d 10.0.0.5 pub
run arp -d 10.0.0.6 pub
run arp -i eth0 -d 10.0.0.6
run arp -i eth0 -d 10.0.0.16 pub
run arp -i eth0 -d 10.0.0.16 priv
run arp -i nosuch -d 10.0.0.16
run arp -d 10.0.0.2
run arp -d 10.0.0.99
run arp -d 10.0.0.123
run arp -d 10.0.0.1
run arp -d 9.9.9.9
run arp -d nosuchhost
run arp -d
run arp -d 10.0.0.4 foo
run arp -n
run ip neigh
ip route add default via 10.0.0.2
run arp -s 1.2.3.4 02:00:00:00:00:03
run arp -V
run arp -h
run arp -Z
run arp -H foo
run arp -H loop
run arp -H ether -n
run arp -A inet6
run arp -A foo
run arp -N
run arp -f /nosuch
printf '# a comment\n\n10.0.0.21 02:00:00:00:00:21\n02:00:00:00:00:22 10.0.0.22\nshort\n10.0.0.23 zz\n' > ethers
run arp -f ethers
run arp -n
run arp nosuch
