# What sysctls of a host and of routers change: path MTUs, fragments, sources, ports, redirects, proxy ARP, reports of groups.
for n in a r s b sw; do ip netns add $n; ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; ip -n $n link set lo up; done
S() { local n=$1; shift; ip netns exec $n sysctl -w "$@"; }
N() { local n=$1; shift; ip netns exec $n nstat -az $* | sed 1d | sed 's/ 0.0$//'; }
S r -q net.ipv4.ip_forward=1; S s -q net.ipv4.ip_forward=1
ip -n sw link add name br address 02:00:00:00:03:00 type bridge; ip -n sw link set dev br up
for p in 'a 1' 'r 2' 's 3'; do
  n=${p% *}; i=${p#* }
  ip link add e address 02:00:00:00:00:0$i netns $n type veth peer name p$i address 02:00:00:00:01:0$i netns sw
  ip -n sw link set p$i master br up; ip -n $n addr add 10.0.1.$i/24 dev e; ip -n $n link set e up
done
ip link add f address 02:00:00:00:02:03 netns s type veth peer name e address 02:00:00:00:02:04 netns b
ip -n s addr add 10.0.2.3/24 dev f; ip -n b addr add 10.0.2.4/24 dev e; ip -n s link set f up; ip -n b link set e up
ip -n a route add default via 10.0.1.2; ip -n r route add 10.0.2.0/24 via 10.0.1.3; ip -n b route add default via 10.0.2.3
sleep 2.5
P() { echo "\$ ping $*"; ip netns exec a ping -q -W 0.5 "$@" 2>&1 | sed '/^rtt/d; /^$/d; /^---/d; s/, time.*//'; }

echo == redirects
S r -q net.ipv4.conf.all.send_redirects=1
S a net.ipv4.conf.all.shared_media=0 net.ipv4.conf.e.shared_media=0
S a net.ipv4.conf.all.secure_redirects=1
P -c 3 -i 0.3 10.0.2.4; ip -n a route get 10.0.2.4 | head -1
S a net.ipv4.conf.all.secure_redirects=0 net.ipv4.conf.e.secure_redirects=0
P -c 3 -i 0.3 10.0.2.4; ip -n a route get 10.0.2.4 | head -1
sleep 0.1; N a IcmpInRedirects
ip -n a route flush cache
S r net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.e.send_redirects=0

echo == path MTU
ip -n s link set f mtu 1000; ip -n b link set e mtu 1000
ip netns exec r ping -q -c 1 -W 0.5 -M do -s 1400 10.0.2.4 | grep transmitted | sed 's/, time.*//'
M() { echo "\$ ping $*"; ip -n a route flush cache; ip netns exec a ping -W 0.5 "$@" 2>&1 | grep -E 'From|ping:|transmitted' | sed 's/, time.*//'; }
for use in 0 1; do
  S r net.ipv4.ip_forward_use_pmtu=$use
  M -c 1 -M do -s 1400 10.0.2.4
done
for disc in 0 1 2 3; do
  S a net.ipv4.ip_no_pmtu_disc=$disc
  M -c 1 -s 1400 10.0.2.4; ip -n a route get 10.0.2.4 | sed 's/expires.*sec/expires/'
  M -c 1 -M do -s 1400 10.0.2.4; ip -n a route get 10.0.2.4 | sed 's/expires.*sec/expires/'
done
N a IpFragOKs IpFragCreates IpFragFails
S a net.ipv4.ip_no_pmtu_disc=0

echo == fragments
S b net.ipv4.ipfrag_low_thresh=0 net.ipv4.ipfrag_high_thresh=0
P -c 1 -s 3000 10.0.2.4; N b IpReasm*
S b net.ipv4.ipfrag_time=1 net.ipv4.ipfrag_high_thresh=800
M -c 1 -s 3000 -W 2 10.0.2.4; N b IpReasm*
S b net.ipv4.ipfrag_time=0
M -c 1 -s 3000 10.0.2.4; N b IpReasm*
S b net.ipv4.ipfrag_time=30 net.ipv4.ipfrag_high_thresh=4194304
P -c 1 -s 3000 10.0.2.4; N b IpReasm*
S b net.ipv4.ipfrag_max_dist=0
P -c 1 -s 3000 10.0.2.4
S b net.ipv4.ipfrag_high_thresh=-1; S b net.ipv4.ipfrag_low_thresh=9999999; S b net.ipv4.ipfrag_max_dist=-1

echo == sources and ports
P -c 1 -I 10.7.7.7 10.0.1.2
S a net.ipv4.ip_nonlocal_bind=1
P -c 1 -I 10.7.7.7 10.0.1.2
S a net.ipv4.ip_nonlocal_bind=0
S a net.ipv4.ip_local_port_range='40000 40001' net.ipv4.ip_local_reserved_ports=40000
U() { ip netns exec a timeout 0.5 nc -u -d 10.0.1.2 9 & }
U; sleep 0.1; ip netns exec a ss -Hun | tr -s ' '; wait
S a net.ipv4.ip_local_reserved_ports=40001,40002-40005
ip netns exec a sysctl net.ipv4.ip_local_reserved_ports
U; sleep 0.1; ip netns exec a ss -Hun | tr -s ' '; wait
S a net.ipv4.ip_local_port_range='40001 40000'
S a net.ipv4.ip_local_port_range='1 40000'
S a net.ipv4.ip_unprivileged_port_start=50000
S a net.ipv4.ip_unprivileged_port_start=1

echo == proxy ARP between media
ip -n a route add 10.0.2.0/24 dev e
ip -n r link set e down
S s net.ipv4.conf.e.proxy_arp=1 net.ipv4.neigh.e.proxy_delay=0
for ids in '0 0' '5 5' '5 6' '5 -1' '-1 5' '0 -1'; do
  S s net.ipv4.conf.e.medium_id=${ids% *} net.ipv4.conf.f.medium_id=${ids#* }
  ip -n a neigh flush all; P -c 1 -s 100 10.0.2.4
done
S s net.ipv4.conf.e.medium_id=0 net.ipv4.neigh.e.proxy_delay=80 net.ipv4.neigh.e.proxy_qlen=0
ip -n a neigh flush all; P -c 1 -W 2 10.0.2.4
