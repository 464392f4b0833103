ip netns add x; ip netns add y
for n in x y; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
ip link add ex address 02:00:00:00:00:0a netns x type veth peer name ey address 02:00:00:00:00:0b netns y
ip -n x link set lo up
ip -n x addr add 10.1.1.1/24 dev ex; ip -n y addr add 10.1.1.2/24 dev ey; ip -n x link set ex up; ip -n y link set ey up; sleep 1.2
run() { echo "\$ $*"; ip netns exec x "$@" >o 2>e; s=$?; sed 's/  [0-9.]*ms$/ Tms/; s/^/| /' o; sed 's/^/! /' e;  echo "? $s"; }
run arping -c x 10.1.1.2
run arping -c 0 10.1.1.2
run arping -c 3x 10.1.1.2
run arping -w -1 10.1.1.2
run arping
run arping -Z 10.1.1.2
run arping -c
run arping -c 1 10.1.1.2
run arping -c 1 8.8.8.8
run arping -c 1 -I lo 127.0.0.1
run arping -c 1 -I nosuch 10.1.1.2
run arping -c 1 -I ex nosuchhost
run arping -c 1 -I ex -s 10.1.1.77 10.1.1.2
run arping -c 1 -I ex -s bad 10.1.1.2
run arping -f -I ex 10.1.1.2
run arping -b -c 2 -I ex 10.1.1.2
run arping -A -c 2 -I ex 10.1.1.1
run arping -q -c 1 -I ex 10.1.1.2
run arping -q -D -c 1 -I ex 10.1.1.2
run arping -c 2 -w 5 -I ex 10.1.1.2
run arping -w 3 -I ex 10.1.1.99
run arping -D -w 2 -I ex 10.1.1.99
run arping -c 1 -I ex 192.168.7.7
ip -n x addr add 192.168.7.1/32 dev lo
run arping -c 1 -s 192.168.7.1 -I ex 10.1.1.2
ip -n x link set ex down
run arping -c 1 -I ex 10.1.1.2
run arping -D -c 1 -I ex 10.1.1.2
