# ifconfig of net-tools: what it shows, what it changes, and how it fails.
ip netns add b
for n in b; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1; done; sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02 netns b
ip link add eth10 address 02:00:00:00:00:03 type veth peer name eth2 address 02:00:00:00:00:04
ip link add br0 address 02:00:00:00:00:05 type bridge
ip link add mv0 link eth0 address 02:00:00:00:00:06 type macvlan
ip tuntap add tun0 mode tun
ip -n b addr add 10.0.0.2/24 dev eth1; ip -n b link set eth1 up
run() { echo "\$ $*"; "$@"; echo "? $?"; }
run ifconfig
run ifconfig -a
run ifconfig eth0 10.0.0.1 netmask 255.255.255.0 up
run ifconfig -s
run ifconfig -a -s
ping -c 2 10.0.0.2 > /dev/null
run ifconfig eth0
run ifconfig -a eth0
run ifconfig -s eth0
run ifconfig eth0:1 10.0.1.1
run ifconfig
run ifconfig -s
run ifconfig eth0:1 down
run ifconfig eth0:5
run ifconfig -s eth0:5
run ifconfig eth0:5 up
run ifconfig eth0:5 down
run ip addr show eth0
run ifconfig eth0 add 10.3.3.3
run ip addr show eth0
run ifconfig eth0 del 10.3.3.3
run ifconfig eth0 del 10.9.9.9
run ip addr show eth0
run ifconfig eth0:0 0.0.0.0
run ifconfig eth0 10.0.0.5/16
run ip addr show eth0
run ifconfig eth0 broadcast 10.0.9.255
run ip addr show eth0
run ifconfig eth0 netmask 255.255.255.128
run ip addr show eth0
run ip route
run ifconfig eth0 pointopoint 10.7.7.7
run ifconfig eth0
run ip addr show eth0
run ifconfig eth0 -pointopoint
run ifconfig eth0 mtu 1000
run ifconfig eth0 mtu 10
run ifconfig eth0 mtu x
run ifconfig eth0 mtu 70000
run ifconfig eth0 hw ether 02:00:00:00:00:09
run ifconfig eth0 hw ether 01:00:00:00:00:09
run ifconfig eth0 hw ether 2:0:0:0:0:a
run ifconfig eth0 hw ether 02000000000b
run ifconfig eth0 hw ether zz
run ifconfig eth0 hw ether 0200.0000.0001
run ifconfig eth0 hw loop 1
run ifconfig eth0 hw foo zz
run ifconfig eth0 -arp promisc allmulti txqueuelen 77 -broadcast
run ip link show eth0
run ifconfig eth0
run ifconfig eth0 arp -promisc -allmulti -multicast dynamic
run ifconfig eth0
run ifconfig -s eth0
run ifconfig eth0 multicast -dynamic trailers
run ip link show eth0
run ifconfig eth0 down
run ip link show eth0
run ip route
run ifconfig eth0 0.0.0.0
run ip addr show eth0
run ifconfig eth0 frob
run ifconfig eth0 up frob
run ifconfig eth0 1.2.3
run ifconfig eth0 inet 1.2.3.4
run ifconfig eth0 netmask 255.0.255.0
run ifconfig eth0 netmask frob
run ifconfig eth0 netmask
run ifconfig eth0 1.2.3.4/24 broadcast 1.2.3.0
run ip addr show eth0
run ifconfig eth0 1.2.3.4/24 broadcast
run ifconfig eth0 1.2.3.5/32
run ip addr show eth0
run ifconfig eth0 1.2.3.4/33
run ip addr show eth0
run ifconfig eth0 1.2.3.4/x
run ifconfig eth0 1.2.3.4 netmask 255.255.255.0 netmask 255.0.0.0
run ifconfig eth0 224.0.0.1
run ifconfig eth0 240.0.0.1
run ip addr show eth0
run ifconfig eth0 255.255.255.255
run ifconfig eth0 192.168.1.1
run ip addr show eth0
run ifconfig eth0 172.16.1.1
run ip addr show eth0
run ifconfig eth0 localhost
run ip addr show eth0
run ifconfig eth0 default
run ifconfig eth0 netmask 255.0.0.0
run ifconfig eth0 metric 3
run ifconfig eth0 mem_start 1
run ifconfig eth0 irq 3
run ifconfig eth0 pointopoint frob
run ifconfig eth0 pointopoint
run ifconfig eth0 add frob
run ifconfig eth0 name foo
run ifconfig foo name averyveryverylongname
run ifconfig averyveryverylongname
run ifconfig averyveryverylo
for words in '' up down 1.2.3.4 'add 1.2.3.4' 'netmask 255.0.0.0' 'mtu 1400' 'hw ether 02:00:00:00:00:01' 'txqueuelen 4' \
  'name foo' 'broadcast 1.2.3.4' -promisc 'dstaddr 1.2.3.4' 'irq 3'; do
  run ifconfig nosuch $words
done
run ifconfig -Z
run ifconfig -V
ifconfig --help > out 2> err; echo $?; cat out; cat err
run ifconfig lo 127.0.0.2
run ifconfig lo:1 10.10.10.10 netmask 255.255.255.255
run ip addr show lo
run ifconfig lo down
run ifconfig -a
run ifconfig -v eth10 nosuchhost
run ifconfig -v eth10 mtu 3
run ifconfig eth10 10.1.0.1 netmask 255.255.0.0 broadcast 10.1.255.255 mtu 1300 up
run ip addr show eth10
run ip route
