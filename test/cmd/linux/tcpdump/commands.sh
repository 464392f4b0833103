for f in arp-arping bg-udp-echo icmp-unreachable stp-port-states v6-linklocal; do
  for o in -n -nv -nvv -nev -neq -ntt -nttt -nttttt -nxx -nX -nA -e '-n#'; do
    echo "== $f $o"; tcpdump $o -r $f.pcapng
  done
  for e in icmp arp ip6 udp 'host 10.8.0.1' 'src 10.8.0.2 and not arp' 'net 10.8' 'net 10.1.1.1/24' 'greater 60' \
    'ether host 02:00:00:00:00:02' 'ether proto \arp' broadcast multicast 'ip proto 1' 'arp host 10.1.1.20' \
    'arp and icmp or arp' 'arp or icmp and arp' 'host 10.1.1.10 or 10.1.1.20' 'port 7' 'src port 7' 'udp and port echo' \
    stp igmp 'not (icmp or arp)' port 'port foo' '(icmp' 'icmp host 10.0.1.1' 'foo bar'; do
    echo "== $f $e"; tcpdump --count -nr $f.pcapng "$e" 2>&1; echo "[$?]"
  done
done
