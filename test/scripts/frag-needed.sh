# Fragmentation needed is told to everybody who needs it: path MTU discovery knows no rate limit, other errors do.
for n in a r b; do ip netns add $n; ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; ip -n $n link set lo up; done
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip link add e address 02:00:00:00:00:01 netns a type veth peer name ra address 02:00:00:00:01:01 netns r
ip link add e address 02:00:00:00:00:02 netns b type veth peer name rb address 02:00:00:00:01:02 netns r
ip -n a addr add 10.0.1.1/24 dev e; ip -n r addr add 10.0.1.254/24 dev ra; ip -n b addr add 10.0.2.1/24 dev e; ip -n r addr add 10.0.2.254/24 dev rb
for l in 'a e' 'r ra' 'r rb' 'b e'; do ip -n ${l% *} link set ${l#* } up; done
ip -n a route add default via 10.0.1.254; ip -n b route add default via 10.0.2.254
ip -n r link set rb mtu 1000; ip -n b link set e mtu 1000
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do ip -n b addr add 10.0.2.1$i/24 dev e; done
ip -n r route add unreachable 10.9.0.0/16
sleep 1.5
ip netns exec a ping -q -c 1 10.0.2.1 | grep trans | cut -d, -f1-2
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do ip netns exec a ping -q -M want -c 1 -W 0.1 -s 1200 10.0.2.1$i | grep trans | sed 's/, time.*//'; done
ip -n a -o route show cache | wc -l
for i in 1 2 3 4 5 6 7 8 9 10; do ip netns exec a ping -q -c 1 -W 0.1 10.9.0.$i | grep trans | sed 's/, time.*//'; done
ip netns exec a grep -c . /proc/net/route
