# ip route show: selectors by prefix; what is not there is refused; /proc/net of devices and routes.
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02
sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up; ip link set eth1 up
for r in default 10.0.0.0/8 10.1.0.0/16 10.1.2.0/24 10.1.2.3/32 192.168.0.0/16 172.16.0.0/12; do ip route add $r via 10.0.0.2; done
ip route add blackhole 10.9.0.0/16; ip route add 10.1.0.0/16 via 10.0.0.3 metric 5
run() { echo "\$ $*"; "$@" 2> err; s=$?; cat err; echo "? $s"; }
for p in 10.1.0.0/16 10.1.2.3 10.1.2.0/25 default 0/0 10/8 192.168.1.1 all any 10.1.2.3/33 x; do
  for w in '' root match exact 'to root' 'to match' 'to exact' to; do run ip route show $w $p; done
done
run ip route show root 10/8 match 10.1.2.3
run ip route show match 10.1.2.3 root 10.1/16
run ip -j route show match 10.1.2.3
run ip route list exact 10.1/16 via 10.0.0.3
run ip route show table all match 10.0.0.1
run ip route show root
run ip route show match 10.1.2.3 dev eth0
run ip route show match 10.1.2.3 proto boot
run ip -4 route show match 10.1.2.3
run ip route flush root 10.1/16
run ip route
run ip route flush match 192.168.4.4
run ip route
run cat /proc/net/route
