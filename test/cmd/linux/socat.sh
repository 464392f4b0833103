ip netns add x; ip netns add y
for n in x y; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
ip link add ex netns x type veth peer name ey netns y
ip -n x addr add 10.1.1.1/24 dev ex; ip -n y addr add 10.1.1.2/24 dev ey; ip -n x link set ex up; ip -n y link set ey up; ip -n x link set lo up; sleep 1.2
run() { echo "\$ $*"; ip netns exec x timeout 2 "$@" >o 2>e </dev/null; s=$?; sed 's/^/| /' o; sed 's/^/! /' e; echo "[$s]"; }
echo "# TUN over UDP: the listening side has its TUN when the first packet has come"
ip netns exec y socat UDP-LISTEN:5000,reuseaddr TUN:192.168.9.2/24,up & sleep .3
ip -n y link show tun0
ip netns exec x socat UDP:10.1.1.2:5000 TUN:192.168.9.1/24,up & sleep .5
ip -n x tuntap; ip -n x addr show tun0
ip netns exec x tcpdump -n -i ex -t -c 2 udp > udp 2>/dev/null & sleep 1.5
ip netns exec x ping -c 2 -i 0.3 192.168.9.2 | grep -o '.*loss'
ip netns exec y ping -c 1 192.168.9.1 | grep -o '.*loss'
sleep 1.2; sed 's/10.1.1.1.[0-9]*/10.1.1.1.P/' udp
kill %1 %2; sleep .3; ip -n x link show tun0
echo "# TAP over UDP, without packet information"
ip netns exec x socat TUN:10.9.9.1/24,up,tun-type=tap,tun-name=tapx,iff-no-pi UDP4-DATAGRAM:10.1.1.2:6000,bind=:6000 &
ip netns exec y socat TUN:10.9.9.2/24,up,tun-type=tap,tun-name=tapy,iff-no-pi UDP4-DATAGRAM:10.1.1.1:6000,bind=:6000 & sleep .5
ip -n x tuntap; ip -n x addr show tapx | grep -v link/ether
ip netns exec x ping -c 1 10.9.9.2 | grep -o '.*loss'
run socat TUN:10.9.9.1/24,up,tun-name=tapx STDIO
run socat TUN,tun-name=tapx,tun-type=tap STDIO
kill %4 %5; sleep .3
echo "# mistakes"
run socat TUN:10.0.0.1,up STDIO
run socat TUN:10.0.0.1/33,up STDIO
run socat TUN,tun-type=foo STDIO
run socat TUN:1:2 STDIO
run socat FOO:1 STDIO
run socat -
run socat
run socat - - -
run socat -Q - -
run socat -u OPEN:nosuch -
run socat - UDP:10.1.1.2
run socat - UDP:10.1.1.2:port
run socat - UDP-LISTEN:
echo "# files"
echo content > in
run socat -u FILE:in -
run socat -u FILE:in CREATE:out; cat out
run socat -u FILE:in OPEN:out,append; cat out
run socat -u FILE:in OPEN:new,creat; cat new
run socat -u FILE:in OPEN:nosuch
echo old-old-old > f; run socat -u FILE:in GOPEN:f; cat f
echo old-old-old > f; run socat -u FILE:in OPEN:f; cat f
echo old-old-old > f; run socat -u FILE:in OPEN:f,trunc; cat f
echo "# a relay, and what prints by itself"
ip netns exec y socat -u UDP-RECV:7 STDOUT > heard & sleep .2
ip netns exec x socat UDP-LISTEN:8,fork UDP:10.1.1.2:7 & sleep .2
echo one | ip netns exec x socat -u - UDP:127.0.0.1:8
echo two | ip netns exec x socat -u - UDP:127.0.0.1:8
ip netns exec x socat -u EXEC:'echo three' UDP:10.1.1.2:7
ip netns exec x socat -u SYSTEM:'echo four; echo five' UDP:10.1.1.2:7
sleep .3; cat heard
