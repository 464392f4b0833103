# macvlans in every mode on one wire: who hears a ping, and what ip says of them.
ip netns add box; ip netns add far
for n in box far; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
ip link add eth0 address 02:00:00:00:00:01 netns box type veth peer name eth0 address 02:00:00:00:00:02 netns far
ip -n box link set eth0 up; ip -n far link set eth0 up
ip -n far addr add 10.0.0.254/24 dev eth0
for n in 1 2; do
  ip netns add m$n
  ip netns exec m$n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
  ip -n box link add link eth0 name mv$n address 02:00:00:00:00:1$n type macvlan mode bridge
  ip -n box link set mv$n netns m$n
  ip -n m$n addr add 10.0.0.$n/24 dev mv$n; ip -n m$n link set mv$n up
done
sleep 1.5
try() { ip netns exec m$1 ping -q -c 1 -W 0.5 10.0.0.$2 | grep transmitted | sed 's/, time.*//'; }
for mode in bridge private vepa; do
  for n in 1 2; do ip -n m$n link set mv$n type macvlan mode $mode; ip -n m$n neigh flush all; done
  echo "$mode: $(try 1 2); $(try 1 254)"
  ip -n m1 -d link show mv1 | sed -n 3p | cut -c1-40
done
ip -n m1 link set mv1 type macvlan mode passthru; echo $?
ip -n m1 link set mv1 type macvlan mode frob; echo $?
ip -n m1 link set mv1 type macvlan; echo $?
ip -n m1 link set mv1 type macvlan mode source; ip -n m1 -d link show mv1 | sed -n 3p
ip -n m1 link set mv1 type macvlan macaddr add 02:00:00:00:00:02; ip -n m1 -d link show mv1 | sed -n 4p
ip -n m1 link set mv1 type macvlan macaddr del 02:00:00:00:00:03; echo $?
ip -n m1 neigh flush all; try 1 254
ip -n m1 link set mv1 type macvlan macaddr flush; ip -n m1 neigh flush all; try 1 254
ip -n box link add link eth0 name pt type macvlan mode passthru; echo $?
ip -n box link add link nosuch name x type macvlan; echo $?
ip -n box link add name x type macvlan; echo $?
ip -n box link add link lo name x type macvlan; echo $?
ip -n box link add link eth0 name x address 02:00:00:00:00:12 type macvlan mode bridge; ip -n box link set x up; echo $?
ip -n box link add link eth0 name y address 02:00:00:00:00:01 type macvlan mode bridge; ip -n box link set y up; echo $?
ip -n box link set eth0 master x; echo $?
ip -n box link set eth0 down; ip -n m1 link show mv1; try 1 254
ip -n box link del eth0; ip -n m1 link show mv1; echo $?; ip -n box -br link
