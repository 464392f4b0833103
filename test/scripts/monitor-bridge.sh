# ip monitor beside bridges and macvlans: ports, forwarding databases, and who stands on whom.
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip monitor all >> all.txt &
sleep 0.4
t() { sleep 1.2; echo "# $*" >> all.txt; "$@"; }
t ip link add br0 address 02:00:00:00:00:99 type bridge mcast_snooping 0
t ip link add br1 type bridge mcast_snooping 0
t ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
t ip link add v2 address 02:00:00:00:00:03 type veth peer name v3 address 02:00:00:00:00:04
t ip link set v0 master br0
t ip link set v2 master br1
t ip link set v0 up
t ip link set v1 up
t ip link set br0 up
t ip link set v2 master br0 up
t ip link set v3 up
t ip addr add 10.0.0.2/24 dev v1
t ping -c1 -W1 -I v1 10.0.0.3
t bridge fdb add 02:00:00:00:00:33 dev v0 master static
t bridge fdb append 02:00:00:00:00:77 dev v0 master dynamic
t bridge fdb replace 02:00:00:00:00:77 dev v0 master static
t bridge fdb del 02:00:00:00:00:33 dev v0 master
t bridge link set dev v0 cost 33
t ip link set v0 type bridge_slave hairpin on
t ip link set br0 type bridge ageing_time 500
t ip link set dev br0 type bridge fdb_flush
t ip link set v2 nomaster
t ip link set br0 type bridge stp_state 1
t ip link set br0 type bridge forward_delay 400
t ip link set v0 down
t ip link set v0 up
sleep 9
t ip link set v1 address 02:00:00:00:00:12
t ip link set v0 address 02:00:00:00:00:21
t ip link set v0 mtu 1400
t ip link add m0 link v3 address 02:00:00:00:00:55 type macvlan mode bridge
t ip link set m0 up
t ip link set v3 mtu 1400
t ip link set m0 type macvlan mode private
t ip link set m0 promisc on
t ip link set v2 down
t ip link set v2 up
t ip link del m0
t ip link add m1 link v3 address 02:00:00:00:00:66 up type macvlan mode passthru
t ip link del m1
t ip link del v1
t ip link del br0
t brctl addbr br2
t brctl addif br2 v2
t brctl delif br2 v2
t brctl delbr br2
sleep 1.2
kill %1
cat all.txt
