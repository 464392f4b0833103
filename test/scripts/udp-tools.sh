ip netns add x; ip netns add y
for n in x y; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
ip link add ex address 02:00:00:00:00:0a netns x type veth peer name ey address 02:00:00:00:00:0b netns y
ip -n x link set lo up
ip -n x addr add 10.1.1.1/24 dev ex; ip -n y addr add 10.1.1.2/24 dev ey; ip -n x link set ex up; ip -n y link set ey up; sleep 1.2
run() { echo "\$ $*"; ip netns exec x timeout 5 "$@" >o 2>e </dev/null; s=$?; sed 's/^/| /' o; sed 's/^/! /' e;  echo "? $s"; }
Y="ip netns exec y"
run nc -u
run nc -u 10.1.1.2
run nc
run nc -u 10.1.1.2 bad
run nc -u 10.1.1.2 70000
run nc -u -w x 10.1.1.2 7
run nc -u 8.8.8.8 7
run nc -uv 8.8.8.8 7
run nc -u nosuch 7
run nc -u -s 10.9.9.9 10.1.1.2 7
run nc -u -k 10.1.1.2 7
run nc -ul
run nc -ul -z 77
run nc -uvz 10.1.1.2 7
run nc -uv -w1 10.1.1.2 7
run nc -u -w1 10.1.1.255 7
run nc -ub -w1 10.1.1.255 7
run nc -uQ 10.1.1.2 7
echo "# server"
$Y timeout 6 nc -ul 5000 > srv.o 2>srv.e </dev/null & sleep .2
printf 'one\ntwo\n' | ip netns exec x nc -u -w1 10.1.1.2 5000; echo "client $?"
echo again | ip netns exec x nc -u -w1 10.1.1.2 5000; echo "client $?"
sleep .1; kill %1; wait; echo "srv:"; cat srv.o srv.e
echo "# server -v -k"
$Y timeout 6 nc -vkul 5000 > srv.o 2>srv.e </dev/null & sleep .2
echo one | ip netns exec x nc -p 4000 -u -w1 10.1.1.2 5000; echo "client $?"
echo again | ip netns exec x nc -p 4001 -u -w1 10.1.1.2 5000; echo "client $?"
sleep .1; kill %1; wait; echo "srv:"; cat srv.o srv.e
echo "# server with answer, -W1"
echo welcome | $Y timeout 6 nc -v -W1 -ul -p 5000 > srv.o 2>srv.e & sleep .2
echo one | ip netns exec x nc -p 4000 -u -w1 10.1.1.2 5000; echo "client $?"
wait; echo "srv:"; cat srv.o srv.e
echo "# -q"
s=$(date +%s%N)
echo q0 | ip netns exec x timeout 4 nc -u -q 0 10.1.1.1 5; echo "client $? $(( ($(date +%s%N)-s)/100000000 ))"
ip netns exec x nc -ul 5001 </dev/null >/dev/null & sleep .1
s=$(date +%s%N)
echo q1 | ip netns exec x timeout 4 nc -u -q 1 10.1.1.1 5001; echo "client $? $(( ($(date +%s%N)-s)/100000000 ))"
echo q0 | ip netns exec x timeout 4 nc -u -q 0 10.1.1.1 5001; echo "client $? $(( ($(date +%s%N)-s)/100000000 ))"
echo q | ip netns exec x timeout 4 nc -u 10.1.1.1 5001; echo "client $? $(( ($(date +%s%N)-s)/100000000 ))"
echo q | ip netns exec x timeout 4 nc -N -u 10.1.1.1 5001; echo "client $? $(( ($(date +%s%N)-s)/100000000 ))"
kill %1; wait
echo "# in use"
$Y nc -ul 5002 </dev/null & sleep .1
ip netns exec y timeout 1 nc -ul 5002 </dev/null; echo $?
ip netns exec y ss -lun; ip netns exec y ss -un; ip netns exec y ss -uan
kill %1; wait
echo "# z scan"; $Y nc -ukl 5003 </dev/null >z.o & sleep .1
s=$(date +%s%N); ip netns exec x nc -uvz 10.1.1.2 5003;  echo "client $? $(( ($(date +%s%N)-s)/100000000 ))"
sleep .1; kill %1; wait;  cat z.o; echo
echo "# socat"
$Y socat UDP4-RECVFROM:5004,fork EXEC:cat & sleep .2
echo hi | ip netns exec x nc -u -w1 10.1.1.2 5004
echo hi2 | ip netns exec x socat -t1 - UDP4:10.1.1.2:5004; echo $?
echo hi3 | ip netns exec x socat -t1 STDIN UDP4-SENDTO:10.1.1.2:5004; echo $?
ip netns exec y ss -uan
kill %1; wait
$Y socat -u UDP4-RECV:5005 STDOUT > s.o 2>&1 & sleep .2
echo hi4 | ip netns exec x socat -u - UDP4-SENDTO:10.1.1.2:5005; echo $?
echo hi5 | ip netns exec x socat -u - UDP-DATAGRAM:10.1.1.255:5005,broadcast; echo $?
echo hi6 | ip netns exec x socat -u - UDP-DATAGRAM:10.1.1.255:5005; echo $?
sleep .2; kill %1; wait; cat s.o
echo nobody | ip netns exec x socat -t1 - UDP4:10.1.1.2:9; echo $?
