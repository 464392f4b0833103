# A bridge with four ports: what learning, isolation, hairpin, and entries by hand do to a ping, and how bridge tells of it.
ip netns add sw
ip netns exec sw sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n sw link add br0 address 02:00:00:00:00:b0 type bridge ageing_time 1000 mcast_snooping 0
ip -n sw link set br0 up
for n in 1 2 3 4; do
  ip netns add h$n
  ip netns exec h$n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
  ip link add eth0 address 02:00:00:00:00:0$n netns h$n type veth peer name p$n address 02:00:00:00:01:0$n netns sw
  ip -n h$n addr add 10.0.0.$n/24 dev eth0
  ip -n h$n link set eth0 up
  ip -n sw link set p$n up master br0
done
sleep 2.5
P='ping -c 1 -W 0.5 -q'
try() { ip netns exec h$1 $P 10.0.0.$2 | grep transmitted | sed 's/, time.*//'; }
try 1 2; try 3 4
bridge -n sw link
bridge -n sw fdb show br br0 dynamic | sort
bridge -n sw link set dev p1 isolated on; bridge -n sw link set dev p2 isolated on
try 1 2; try 1 3
bridge -n sw -d link show dev p1
bridge -n sw link set dev p1 isolated off
bridge -n sw fdb del 02:00:00:00:00:01 dev p1 master; bridge -n sw fdb del 02:00:00:00:00:01 dev p1 master; echo $?
bridge -n sw fdb add 02:00:00:00:00:01 dev p4 master static; bridge -n sw fdb get 02:00:00:00:00:01 br br0
try 3 1
bridge -n sw fdb replace 02:00:00:00:00:01 dev p1 master static; try 3 1
bridge -n sw fdb del 02:00:00:00:00:01 dev p1 master
bridge -n sw link set dev p3 learning off flood off mcast_flood off bcast_flood off
ip -n h1 neigh flush all; try 1 3
ip -n sw -d link show dev p3 | sed -n 3p | grep -o 'learning o[nf]*\|flood o[nf]*' | sort | uniq -c
bridge -n sw link set dev p3 state 0; try 3 4; bridge -n sw link show dev p3
bridge -n sw link set dev p3 state 9; echo $?
bridge -n sw link set dev p3 cost 0; echo $?
bridge -n sw link set dev br0 cost 5; echo $?
bridge -n sw link set dev nosuch cost 5; echo $?
ip -n sw link set p3 nomaster; bridge -n sw link show dev p3; echo $?
ip -n sw link set dev lo master br0; echo $?
ip -n sw link set dev br0 master br0; echo $?
ip netns exec sw brctl show; ip netns exec sw brctl showmacs br0 | sort | head -n 3 | cut -f 1-3
ip -n sw link del br0; bridge -n sw link; ip -n sw -br link | awk '{ print $1, $2 }'
