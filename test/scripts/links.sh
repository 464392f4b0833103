# Links made, renamed, moved and deleted, and how ip refuses what is wrong.
ip netns add a; ip netns add b
for n in a b; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip link add v0 type veth; echo $?
ip link add x type frobnicate; echo $?
ip link add type; echo $?
ip link add averylongnameforalink type bridge; echo $?
ip link set v0 mtu 67; echo $?; ip link set v0 mtu 65536; echo $?; ip link set v0 mtu 9000; ip link show v0
ip link set v0 name v2; ip link set v2 up; ip link set v2 name v0; echo $?; ip link show v2; ip link show v0
ip link set v2 alias 'the first'; ip link show v2; ip link set v2 alias ''
ip link set v2 group 7; ip link show group 7; ip link set group 7 down; ip link show v2 up
ip link set v2 address 01:00:00:00:00:00; echo $?; ip link set v2 address 02:00; echo $?
ip link set v2 txqueuelen 7 promisc on allmulticast on arp off multicast off; ip link show v2
ip link set v2 promisc off allmulticast off arp on multicast on
ip link set v1 netns a; ip link show v2; ip -n a link show v1
ip -n a link set v1 netns nosuch; echo $?
ip link set v2 netns b name eth0; ip -n b link show eth0
ip netns list-id; ip -n a netns list-id; ip -n b netns list-id
ip -n b link set eth0 up; ip -n a link set v1 up; sleep 1.5; ip -n a -br link; ip -n b -o link show up
ip -n b link set eth0 carrier off; echo $?; ip -n a link show v1
ip -n b link set eth0 frob; echo $?
ip -n b link del eth0 type bridge; echo $?
ip -n b link del lo; echo $?
ip -n b link del nosuch; echo $?
ip -n a link del v1; ip -n b link
ip link add br0 type bridge; ip link add v3 type veth peer name v4; ip link set v3 master br0; ip netns del a; ip netns del b; ip netns
ip link set v3 netns 1; echo $?
