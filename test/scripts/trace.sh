for n in start ra rb goal; do
  ip netns add $n
  ip netns exec $n sysctl -qw net.ipv6.conf.default.disable_ipv6=1
  ip netns exec $n sysctl -qw net.ipv4.ip_forward=1
done
ip link add s0 address 02:00:00:00:01:01 netns start type veth peer name a0 address 02:00:00:00:01:02 netns ra
ip link add a1 address 02:00:00:00:02:01 netns ra type veth peer name b0 address 02:00:00:00:02:02 netns rb
ip link add b1 address 02:00:00:00:03:01 netns rb type veth peer name g0 address 02:00:00:00:03:02 netns goal
ip -n start addr add 192.0.2.1/30 dev s0
ip -n ra addr add 192.0.2.2/30 dev a0
ip -n ra addr add 192.0.2.5/30 dev a1
ip -n rb addr add 192.0.2.6/30 dev b0
ip -n rb addr add 192.0.2.9/30 dev b1
ip -n goal addr add 192.0.2.10/30 dev g0
ip -n start link set s0 up
ip -n ra link set a0 up
ip -n ra link set a1 up
ip -n rb link set b0 up
ip -n rb link set b1 up
ip -n goal link set g0 up
ip -n ra route add 192.0.2.8/30 via 192.0.2.6
ip -n rb route add 192.0.2.0/30 via 192.0.2.5
ip -n goal route add default via 192.0.2.9
sleep 1.2
ip -n start link set lo up; ip -n goal link set lo up
ip -n start route add prohibit 10.7.0.0/16
ip -n start route add blackhole 10.8.0.0/16
run() { echo "\$ $*"; ip netns exec start "$@" >o 2>e; s=$?; sed -E 's/ +[0-9.]+ ?ms/ T ms/g; s/^/| /' o; sed 's/^/! /' e;  echo "? $s"; }
run traceroute --help
run traceroute -x
run traceroute -n
run traceroute --nosuch 127.0.0.1
run traceroute --nosuch=5 127.0.0.1
run traceroute -m
run traceroute -m x 127.0.0.1
run traceroute -m 0 127.0.0.1
run traceroute -m 256 127.0.0.1
run traceroute -m10 -q11 127.0.0.1
run traceroute -q 0 127.0.0.1
run traceroute -f 5 -m 4 127.0.0.1
run traceroute -f 0 127.0.0.1
run traceroute -w x 127.0.0.1
run traceroute -w -1 127.0.0.1
run traceroute -w 1,2,3,4 127.0.0.1
run traceroute -w 1,-2,0.5 127.0.0.1
run traceroute -z -1 127.0.0.1
run traceroute 127.0.0.1 70000
run traceroute 127.0.0.1 x
run traceroute 127.0.0.1 60 70
run traceroute nosuch
run traceroute -s nosuch 127.0.0.1
run traceroute -s 10.1.1.1 127.0.0.1
run traceroute -I -s 10.1.1.1 127.0.0.1
run traceroute -i nosuch 127.0.0.1
run traceroute -M nosuch 127.0.0.1
run traceroute -p nosuch 127.0.0.1
run traceroute 127.0.0.1
run traceroute 192.0.2.1
run traceroute -I 192.0.2.1
run traceroute -N1 -q1 127.0.0.1 28
run traceroute -N1 -q1 127.0.0.1 10
run traceroute -I -N1 -q1 127.0.0.1 10
run traceroute -nIN1 127.0.0.1
run traceroute -nN 1 127.0.0.1
run traceroute --max-hops=3 --queries=1 127.0.0.1
run traceroute --max-hops 3 127.0.0.1
run traceroute --max-hops= 127.0.0.1
run traceroute --max=3 127.0.0.1
run traceroute --dont -q 1 127.0.0.1
run traceroute -V
run traceroute --version
run traceroute 8.8.8.8
run traceroute -I 8.8.8.8
run traceroute 10.7.0.1
run traceroute 10.8.0.1
run traceroute 192.0.2.3
run traceroute -I 192.0.2.3
run traceroute -n -r 8.8.8.8
run traceroute -F 127.0.0.1 65000
run traceroute --back 127.0.0.1
run traceroute -e 127.0.0.1
run traceroute -U -q1 127.0.0.1
run traceroute -U -p 99999 -q1 127.0.0.1
run traceroute --sport=5000 127.0.0.1
run traceroute --fwmark=5 127.0.0.1
run traceroute -t 300 -q1 127.0.0.1
run traceroute -4 -q1 127.0.0.1
run traceroute 127.1 -q1
run traceroute -q1 -- 127.0.0.1
run traceroute -q1 -q 127.0.0.1
run traceroute -nq 127.0.0.1
run traceroute -nq1 127.0.0.1
run traceroute ''
run traceroute - 127.0.0.1
run traceroute -d -q1 127.0.0.1
run traceroute -z 0.1 -q1 127.0.0.1
run traceroute -n 0.0.0.0
ip -n start route add default via 192.0.2.2
run traceroute -n -z 0.05 192.0.2.10
run traceroute -nI 192.0.2.10
run traceroute -n -z 0.05 --back 192.0.2.10
run traceroute -n -z 0.05 -F -q 1 192.0.2.10 3000
run traceroute -n -I -z 0.05 -F -m 2 -w .3 192.0.2.10 3000
sleep 4
run traceroute -n -q 1 -f 3 192.0.2.10
sleep 2
ip -n ra link set a1 mtu 1000; ip -n rb link set b0 mtu 1000
run traceroute -n --mtu -q 1 192.0.2.10
ip -n start route del default
run tracepath
run tracepath -x
run tracepath -m
run tracepath -m x 127.0.0.1
run tracepath -m -1 127.0.0.1
run tracepath -m 256 127.0.0.1
run tracepath -m 0 127.0.0.1
run tracepath -l 28 127.0.0.1
run tracepath -l 29 127.0.0.1
run tracepath -l 65536 127.0.0.1
run tracepath -l 12x 127.0.0.1
run tracepath -l -5 127.0.0.1
run tracepath -p 70000 127.0.0.1
run tracepath -p 0 127.0.0.1
run tracepath -4 -6 127.0.0.1
run tracepath -V
run tracepath a b
run tracepath nosuch
run tracepath 127.0.0.1/x
run tracepath 127.0.0.1
run tracepath 192.0.2.1
run tracepath -n 192.0.2.1
run tracepath -bn 127.0.0.1
run tracepath 8.8.8.8
run tracepath 10.7.0.1
run tracepath 10.8.0.1
run tracepath 192.0.2.3
run tracepath 0.0.0.0
run tracepath -l 60 192.0.2.1
sleep 3
ip -n start route add default via 192.0.2.2
run tracepath -n 192.0.2.10
run tracepath -b 192.0.2.10/9
run tracepath -l 600 -m 1 192.0.2.10
