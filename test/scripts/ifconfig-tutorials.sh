# ifconfig, route and brctl together, as tutorials have them. What a bridge port sends by itself comes at random: no TX lines.
ip netns add b
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02 netns b
sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1
run() { echo "\$ $*"; "$@" 2> err > out; s=$?; grep -v "TX packets" out; cat err; echo "? $s"; }
run ip netns exec b ifconfig lo up
run ip netns exec b ifconfig eth1 10.0.0.2/24 up
run ifconfig eth0 up 10.0.0.1 netmask 255.255.255.0
run ip netns exec b route add default gw 10.0.0.1 eth1
run ip netns exec b netstat -rn
run ip netns exec b ping -c 1 -q 8.8.8.8
run cat /proc/net/dev
run ifconfig eth0:0 192.168.5.1 netmask 255.255.255.0 up
run ifconfig eth0:1 192.168.5.2 netmask 255.255.255.0 up
run ip addr show eth0
run ifconfig eth0:0 down
run ip addr show eth0
run ip -o addr show lo
run brctl addbr br0
run ifconfig br0 172.16.0.1 netmask 255.255.0.0 up
run ifconfig eth0 0.0.0.0 up
run brctl addif br0 eth0
run route -n
sleep 2.5
run ifconfig br0
run route add -net 10.0.0.0/8 br0
run route add -net 10.0.0.0/8 gw 172.16.0.2 br0
run route add -net 10.0.0.0/8 gw 172.16.0.2 metric 4 dev br0
run route -n
run route del -net 10.0.0.0/8 br0
run route -n
run route del -net 10.0.0.0 netmask 255.0.0.0 gw 172.16.0.2 metric 4
run route -n
run arp -n
run ifconfig eth0 mtu 1400 hw ether 02:00:00:00:00:77
run ip -o link show eth0
run ifconfig br0 down
run ifconfig -a
run ip link set eth0 name wan
run ifconfig wan
run ip tuntap add tap0 mode tap
run ifconfig tap0 10.66.0.1/24 up
sleep 1.2
run ifconfig tap0
run ip tuntap add tun0 mode tun
run ifconfig tun0 10.67.0.1 pointopoint 10.67.0.2 up
run ifconfig tun0
run ip addr show tun0
run route -n
run ifconfig tun0 dstaddr 10.67.0.9
run ip addr show tun0
run ifconfig tun0 netmask 255.255.255.0
run ip addr show tun0
run ifconfig tun0 hw ether 02:00:00:00:00:01
