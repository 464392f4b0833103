# How often, and of which groups, a host tells routers: igmp_qrv, igmpv3_unsolicited_report_interval, igmp_link_local_mcast_reports.
ip netns add a; ip netns add b
for n in a b; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
ip link add e address 02:00:00:00:00:01 netns a type veth peer name e address 02:00:00:00:00:02 netns b
ip -n a addr add 10.0.0.1/24 dev e; ip -n a link set e up; ip -n b link set e up; sleep 1
S() { ip netns exec a sysctl -w "$@"; }
T() { sleep $1; ip netns exec a nstat -az IpExtOutMcastPkts | sed '1d; s/ 0.0$//'; }
J() { ip -n a addr add $1/32 dev e autojoin; }
J 239.1.1.1; T 2.5
S net.ipv4.conf.e.igmpv3_unsolicited_report_interval=100
J 239.1.1.2; T 0.4
S net.ipv4.igmp_qrv=5; ip -n a link set e down; ip -n a link set e up; T 1.5
J 239.1.1.3; T 1.5
S net.ipv4.conf.e.igmpv3_unsolicited_report_interval=0
J 239.1.1.4; T 0.2
S net.ipv4.igmp_link_local_mcast_reports=0
J 224.0.0.7; T 0.5
J 224.0.1.7; T 0.5
S net.ipv4.igmp_link_local_mcast_reports=1
J 224.0.0.8; T 0.5
S net.ipv4.igmp_max_msf=3; S net.ipv4.igmp_qrv=0; S net.ipv4.igmp_max_memberships=2
ip -n a maddr show dev e
