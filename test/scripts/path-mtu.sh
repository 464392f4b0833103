# What a router said of the MTU of a path, too little to rely on DF, as ip shows it and forgets it.
for n in a r b; do ip netns add $n; ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; ip -n $n link set lo up; done
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip link add e address 02:00:00:00:00:01 netns a type veth peer name ra address 02:00:00:00:01:01 netns r
ip link add e address 02:00:00:00:00:02 netns b type veth peer name rb address 02:00:00:00:01:02 netns r
ip -n a addr add 10.0.1.1/24 dev e; ip -n r addr add 10.0.1.254/24 dev ra; ip -n b addr add 10.0.2.1/24 dev e; ip -n r addr add 10.0.2.254/24 dev rb
for l in 'a e' 'r ra' 'r rb' 'b e'; do ip -n ${l% *} link set ${l#* } up; done
ip -n a route add default via 10.0.1.254; ip -n b route add default via 10.0.2.254
ip -n r link set rb mtu 500; ip -n b link set e mtu 500
sleep 1.5
G() { echo "\$ $*"; ip -n a "$@" 2>&1 | sed 's/expires [0-9]*sec/expires Nsec/; s/"expires":[0-9]*/"expires":N/'; }
G route show cache; echo $?
ip netns exec a ping -q -M want -c 1 -W 0.5 -s 1400 10.0.2.1 | grep trans
G route get 10.0.2.1
G -j route get 10.0.2.1
G route show cache
G -4 route list cached 10.0.2.1
G route show cache exact 10.0.2.1
G route show cache root 10.0.2.0/24
G route show cache match 10.0.2.1
G route show cache match 10.9.2.1
G route show cache 10.0.2.0/24
G route show cache 10.9.2.1
G route show table cache
G route show cache table main
G route show cache table local
G route show cache table 77
G route show cache table all
G route show cache dev e
G route show cache dev lo
G route show cache via 10.0.1.254
G route show cache via 10.0.1.253
G route show cache src 10.0.1.1
G route show cache scope link
G route show cache proto static
G route show cache type unicast
G route show cache type local
G -o route show cache
G -d route show cache
G -j route show cache
G -j -d route show cache
G -j -p route show cache
G -s route flush cache
G route flush cache
G route show cache
G -j route show cache
G route get 10.0.2.1
