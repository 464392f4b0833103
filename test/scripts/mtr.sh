for n in start ra rb goal; do
  ip netns add $n
  ip netns exec $n sysctl -qw net.ipv6.conf.default.disable_ipv6=1
  ip netns exec $n sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0
done
ip link add s0 address 02:00:00:00:01:01 netns start type veth peer name a0 address 02:00:00:00:01:02 netns ra
ip link add a1 address 02:00:00:00:02:01 netns ra type veth peer name b0 address 02:00:00:00:02:02 netns rb
ip link add b1 address 02:00:00:00:03:01 netns rb type veth peer name g0 address 02:00:00:00:03:02 netns goal
ip -n start addr add 192.0.2.1/30 dev s0; ip -n ra addr add 192.0.2.2/30 dev a0; ip -n ra addr add 192.0.2.5/30 dev a1
ip -n rb addr add 192.0.2.6/30 dev b0; ip -n rb addr add 192.0.2.9/30 dev b1; ip -n goal addr add 192.0.2.10/30 dev g0
ip -n start link set s0 up; ip -n ra link set a0 up; ip -n ra link set a1 up
ip -n rb link set b0 up; ip -n rb link set b1 up; ip -n goal link set g0 up
for n in start ra rb goal; do ip -n $n link set lo up; done
ip -n start route add default via 192.0.2.2
ip -n ra route add 192.0.2.8/30 via 192.0.2.6
ip -n rb route add 192.0.2.0/30 via 192.0.2.5
ip -n goal route add default via 192.0.2.9
sleep 1.2
# Times are no part of what is compared: milliseconds of reports, microseconds of --raw, the wall clock.
run() {
  echo "\$ $*"; ip netns exec start "$@" >o 2>e </dev/null; s=$?
  sed -E 's/ [0-9]+\.[0-9]( |$)/ T\1/g; s/ [0-9]+\.[0-9]( |$)/ T\1/g; s/^(Start: ).*/\1T/; s/^(p [0-9]+) [0-9]+/\1 T/
    s/^(MTR\.0\.95),[0-9]+/\1,T/; s/,[0-9]\.[0-9]+(,|$)/,T\1/g; s/,[0-9]\.[0-9]+(,|$)/,T\1/g
    s/"(Last|Avg|Best|Wrst|StDev)": [-0-9.e]+/"\1": T/; s/>( *)[0-9]+\.[0-9]+</>\1T</' o | sed 's/^/| /'
  sed 's/^/! /' e; echo "? $s"
}
run mtr -r -c 3 -i 0.2 -G 0.5 192.0.2.10
run mtr --report --no-dns --report-cycles=2 -i .3 -G 1 192.0.2.10
run mtr -w -c 2 -i 0.2 -G 0.5 192.0.2.10
run mtr -wb -c 2 -i 0.2 -G 0.5 192.0.2.10
run mtr -j -c 2 -i 0.2 -G 0.5 192.0.2.10
run mtr -C -c 2 -i 0.2 -G 0.5 192.0.2.10
run mtr -x -c 2 -i 0.2 -G 0.5 -Q 16 -s 100 -B 171 192.0.2.10
run mtr --raw -c 3 -i 0.2 -G 0.5 192.0.2.10
run mtr -ln -c 2 -i 0.2 -G 0.5 192.0.2.10
run mtr -r -u -c 2 -i 0.2 -G 0.5 192.0.2.10
run mtr -r -u -P 53 -c 2 -i 0.2 -G 0.5 192.0.2.10
run mtr -r -u -L 2000 -c 2 -i 0.2 -G 0.5 192.0.2.10
run mtr -r -u -L 2000 -P 53 -c 2 -i 0.2 -G 0.5 192.0.2.10
run mtr -r -c 2 -i 0.2 -G 0.5 -o 'LSD NBAWVGJMXIR' 192.0.2.10
run mtr -w -c 2 -i 0.2 -G 0.5 -o 'S_R' 192.0.2.10
run mtr -C -c 2 -i 0.2 -G 0.5 -o 'SR D' 192.0.2.10
run mtr -r -c 1 -i 0.2 -G 0.5 -s 10 192.0.2.10
run mtr -r -c 1 -i 0.2 -G 0.5 -s 3000 192.0.2.10
run mtr -r -c 1 -i 0.2 -G 0.5 -s 9001 192.0.2.10
run mtr -r -c 1 -i 0.2 -G 0.5 -m 2 192.0.2.10
run mtr -r -c 1 -i 0.2 -G 0.5 -f 2 192.0.2.10
run mtr -r -c 1 -i 0.2 -G 0.5 -f 9 -m 2 192.0.2.10
run mtr -r -c 1 -i 0.2 -G 0.5 -m 0 192.0.2.10
run mtr -r -c 2 -i 0.2 -G 0.5 -a 192.0.2.1 192.0.2.10
run mtr -r -c 2 -i 0.2 -G 0.5 -a 192.0.2.77 192.0.2.10
run mtr -r -c 2 -i 0.2 -G 0.5 -I s0 192.0.2.10
run mtr -r -c 1 -I nosuch 192.0.2.10
run mtr -r -c 1 -i 0.2 -G 0.5 127.0.0.1
run mtr -r -c 1 -i 0.2 -G 0.5
run mtr -r -c 1 -i 0.2 -G 0.5 192.0.2.2 192.0.2.6
run mtr -r -c 0 -i 0.2 -G 0.5 192.0.2.10
run mtr -j -c 0 -i 0.2 -G 0.5 192.0.2.10
run mtr -r -c 1 nosuch
run mtr -r -c 1 -i 0.2 -G 0.5 nosuch 192.0.2.2
run mtr -r -c x 192.0.2.10
run mtr -r -c -1 192.0.2.10
run mtr -r -c 99999999999999999999999 192.0.2.10
run mtr -r -c '' 192.0.2.10
run mtr -r -i 0 192.0.2.10
run mtr -r -i 1e50 192.0.2.10
run mtr -r -i x 192.0.2.10
run mtr -r -G -1 192.0.2.10
run mtr -r -o Q 192.0.2.10
run mtr -r -o LLLLLLLLLLLLLLLLLLLLL 192.0.2.10
run mtr -r -P 0 192.0.2.10
run mtr -r -P 65536 192.0.2.10
run mtr -r -L 1023 192.0.2.10
run mtr -r --displaymode 5 192.0.2.10
run mtr -ru -u 192.0.2.10
run mtr -r -F nosuch
printf '192.0.2.2\n 192.0.2.6 \n' >names
run mtr -r -c 1 -i 0.2 -G 0.5 -F names
MTR_OPTIONS='-r -c 1 -n' run mtr -i 0.2 -G 0.5 192.0.2.2
run mtr -v
run mtr -h
run mtr --nosuch
run mtr -c
run mtr --rep
ip netns exec start sysctl -qw net.ipv4.conf.all.rp_filter=0
ip -n ra route add unreachable 10.1.1.0/24
run mtr -r -c 2 -i 0.2 -G 0.5 10.1.1.1
sleep 6
run mtr -r -u -c 2 -i 0.2 -G 0.5 10.1.1.1
ip -n ra route add blackhole 10.1.2.0/24
run mtr -r -c 1 -i 0.2 -G 0.5 -U 3 10.1.2.1
run mtr -j -c 1 -i 0.2 -G 0.5 -m 4 10.1.2.1
run mtr -C -c 1 -i 0.2 -G 0.5 -m 4 10.1.2.1
run mtr -r -c 1 -i 0.2 -G 0.5 192.0.2.3
ip -n start route add prohibit 10.1.3.0/24
run mtr -r -c 1 -i 0.2 -G 0.5 10.1.3.1
run mtr -r -c 1 -i 0.2 -G 0.5 -a 192.0.2.1 10.1.3.1
ip -n start route add unreachable 10.1.4.0/24
run mtr -r -c 1 -i 0.2 -G 0.5 10.1.4.1
ip -n start route del default
run mtr -r -c 1 -i 0.2 -G 0.5 8.8.8.8
run mtr -r -c 1 -i 0.2 -G 0.5 -a 192.0.2.1 8.8.8.8
ip netns exec start cat /proc/net/snmp | grep -E '^Ip:|^Icmp:'
