# netstat of net-tools: sockets, routes, interfaces, counters, groups. Linux lists sockets by a hash: hence sort.
ip netns add b
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02 netns b
sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n b addr add 10.0.0.2/24 dev eth1; ip -n b link set eth1 up
ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up; sleep 1.5
run() { echo "\$ $*"; "$@" 2> err; s=$?; cat err; echo "? $s"; }
list() { echo "\$ $*"; "$@" | sort; }
run netstat -s
nc -u -l 5000 > /dev/null &
nc -u -l 127.0.0.1 53 > /dev/null &
nc -u -p 4000 10.0.0.2 7 < /dev/null &
sleep 0.5
for o in -u -ul -ua -uan -un -unW -unao -t -lx -tuln -an -a -l '' -tua '-4 -an' '--inet -an' '-A inet -l' '--numeric-ports -ul' \
  '--numeric-hosts -ul' -U -C -F -x foo '--udp --all --numeric'; do
  list netstat $o
done
kill %1 %2 %3; wait
run netstat -i
run netstat -in
run netstat -ia
run netstat -ie
run netstat -g
run netstat -gn
run netstat -g4
ip route add default via 10.0.0.2
ip route add 10.5.0.0/16 via 10.0.0.2 metric 7
run netstat -rn
run netstat -r
run netstat -rne
run netstat -rnee
run netstat -rnv
run netstat -rC
run netstat -r -i
run netstat -s -i
run netstat -M
run netstat -Z
run netstat -V
run netstat -h
run netstat --icmp
run netstat -A foo
ping -c 2 -i 0.2 10.0.0.2 > /dev/null
ping -c 1 -s 3000 10.0.0.2 > /dev/null
ping -c 1 -t 1 10.9.9.9 > /dev/null
ip netns exec b ping -c 1 10.0.0.77 > /dev/null
ping -b -c 1 -W 1 10.0.0.255 > /dev/null 2>&1
echo x | nc -u -w 1 10.0.0.2 9
run netstat -s
run netstat -st
run netstat -su
run netstat -sw
run netstat -stu
run ip netns exec b netstat -s
