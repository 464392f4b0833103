for n in a1 r1 r2 b1; do ip netns add $n; ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0; done
ip link add e0 address 02:00:00:00:00:01 netns a1 type veth peer name e0 address 02:00:00:00:00:02 netns r1
ip link add e1 address 02:00:00:00:00:03 netns r1 type veth peer name e1 address 02:00:00:00:00:04 netns r2
ip link add e2 address 02:00:00:00:00:05 netns r2 type veth peer name e2 address 02:00:00:00:00:06 netns b1
ip -n a1 addr add 10.1.0.1/24 dev e0; ip -n r1 addr add 10.1.0.2/24 dev e0; ip -n r1 addr add 10.2.0.1/24 dev e1
ip -n r2 addr add 10.2.0.2/24 dev e1; ip -n r2 addr add 10.3.0.1/24 dev e2; ip -n b1 addr add 10.3.0.2/24 dev e2
for n in a1 r1 r2 b1; do for i in lo e0 e1 e2; do ip -n $n link set $i up 2>/dev/null; done; done
ip -n a1 route add default via 10.1.0.2; ip -n r1 route add 10.3.0.0/24 via 10.2.0.2
ip -n r2 route add 10.1.0.0/24 via 10.2.0.1; ip -n b1 route add default via 10.3.0.1
sleep 1.2
run() { echo "\$ $*"; ip netns exec a1 "$@" >o 2>e; s=$?; sed -E 's/ +[0-9.]+ ?ms/ T/g; s/^/| /' o; sed 's/^/! /' e; echo "? $s"; }
run arping -c 2 -w 1 -I e0 10.1.0.2
run arping -c 2 -w 5 -I e0 10.1.0.99
run arping -f -w 3 -I e0 10.1.0.99
run arping -D -c 2 -I e0 10.1.0.2
run arping -D -c 2 -I e0 10.1.0.99
run arping -D -f -q -c 1 -I e0 10.1.0.2
run arping -U -c 2 -I e0 10.1.0.1
run arping -U -c 1 -I e0 10.1.0.77
run arping -A -c 1 -s 10.1.0.1 -I e0 10.1.0.1
run arping -s 10.1.0.1 -c 1 -b 10.1.0.2
run arping -s 0.0.0.0 -c 1 -I e0 10.1.0.2
run arping -c 1 10.1.0.255
run arping -c 1 -I e0 10.1.0.255
run arping -c 1 -I e0 224.0.0.1
run arping -c 1 -I e0 0.0.0.0
run arping -i 2 -c 2 -I e0 10.1.0.2
run arping -qc1 -w 1 -I e0 10.1.0.99
run arping -c 1 -w 99999999999 -I e0 10.1.0.2
run arping -fqbI e0 10.1.0.2
run arping -c 1 -I e0 10.1.0.2 10.1.0.3
run arping -c 1 -I e0 -- 10.1.0.2
run traceroute -n 10.3.0.2
run traceroute -In 10.3.0.2
run traceroute -n -m 2 10.3.0.2
run traceroute -n -f 2 -q 1 10.3.0.2
run traceroute -n -w 1 -q 2 -m 5 10.3.0.77
run traceroute -I -w 0.5 -q 1 -m 4 10.9.0.1
run traceroute -n -q 10 -m 1 10.3.0.2
run traceroute -n -p 40000 -q 1 10.3.0.2
run traceroute -n -U -p 53 -q 1 10.3.0.2
run traceroute -n -t 16 -s 10.1.0.1 -i e0 -q 1 10.3.0.2
run traceroute -n -N 1 -z 0.2 -q 1 10.3.0.2 100
run traceroute -In -p 500 -q 1 10.3.0.2 2000
run traceroute -n -q 1 10.1.0.1
run traceroute -n -q 1 10.1.0.255
run traceroute -n -r -q 1 10.1.0.2
run traceroute -n -r -q 1 10.3.0.2
ip -n r2 route add prohibit 10.4.0.0/24; ip -n r1 route add 10.4.0.0/24 via 10.2.0.2
sleep 6
run traceroute -n -q 1 10.4.0.1
sleep 6
run traceroute -In -q 1 10.4.0.1
run tracepath -n 10.3.0.2
run tracepath 10.3.0.2
run tracepath -m 1 10.3.0.2
run tracepath -n -l 1000 10.3.0.2
sleep 6
run tracepath -n 10.4.0.1
run tracepath -n -m 3 10.3.0.77
ip -n r1 link set e1 mtu 1300; ip -n r2 link set e1 mtu 1300
run tracepath -n 10.3.0.2
run tracepath -n -l 1400 10.3.0.2
run ip route get 10.3.0.2
ip -n r2 link set e2 mtu 1200; ip -n b1 link set e2 mtu 1200
run traceroute -n -F -q 1 10.3.0.2 1290
ip -n a1 route flush cache
run traceroute -n --mtu -q 1 10.3.0.2
sleep 0.2
run netstat -rn
run netstat -i
run netstat -s
run netstat -su
run netstat -gn
run netstat -rne
run netstat -rnee
run nstat -az IcmpIn* IcmpOut*
run nstat -as Ip*
run nstat Udp*
run nstat -rn
run nstat
ip netns exec r1 nstat -a
ip netns exec r2 netstat -sw
