# nstat: counters, their growth since the last run, and the history in /tmp. Counters of IPv6 are left out.
sysctl -qw net.ipv6.conf.all.disable_ipv6=1
run() { echo "\$ $*"; "$@" 2> err; s=$?; cat err; echo "? $s"; }
run nstat -z IpInReceives
run nstat
ping -c 2 -i 0.2 127.0.0.1 > /dev/null
run nstat
run nstat
ping -c 2 -i 0.2 127.0.0.1 > /dev/null
run nstat -a
run nstat -s
run nstat -n
run nstat
ping -c 2 -i 0.2 127.0.0.1 > /dev/null
run nstat -s
run nstat 'Icmp*'
run cat /tmp/.nstat.u0
run nstat
run nstat -r
run nstat -as IpInReceives IcmpOutMsgs
run nstat -rn
run nstat -az Ip
run nstat -z 'IpIn*'
run nstat -az 'Tcp*' 'Udp[INORSM]*' 'IpExt*'
run nstat -j
run nstat -ja 'Icmp*'
run nstat -jp -a 'Icmp*'
run nstat -jpz nosuch
run nstat --ignore --noupdate 'IpIn*'
ip netns add b; ip -n b link set lo up
run ip netns exec b nstat
run env NSTAT_HISTORY=/tmp/h nstat -n
run env NSTAT_HISTORY=/tmp/h nstat
run nstat -t 3
run nstat -t x
run nstat -V
run nstat -h
run nstat -Q
run nstat -t
run nstat nosuch
