# Addresses of 127.0.0.0/8 on a wire: route_localnet, and which questions arp_ignore leaves without an answer.
ip netns add a; ip netns add b
for n in a b; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; ip -n $n link set lo up; done
ip link add e address 02:00:00:00:00:01 netns a type veth peer name e address 02:00:00:00:00:02 netns b
ip -n a addr add 127.25.3.4/24 dev e; ip -n b addr add 127.25.3.14/24 dev e
ip -n b addr add 10.0.0.1/24 dev e scope host; ip -n a addr add 10.0.0.2/24 dev e
for n in a b; do ip -n $n link set e up; ip -n $n route del local 127.0.0.0/8 dev lo table local; done
sleep 1.5
try() { ip -n a neigh flush all; ip netns exec a ping -q -c 1 -W 0.5 -I e $1 | grep transmitted | sed 's/, time.*//'; }
for localnet in 0 1; do
  for n in a b; do ip netns exec $n sysctl -w net.ipv4.conf.e.route_localnet=$localnet; done
  for ignore in 0 1 2 3; do
    ip netns exec b sysctl -w net.ipv4.conf.e.arp_ignore=$ignore
    try 127.25.3.14; try 10.0.0.1
  done
done
ip -n a addr show dev e | grep inet; ip -n b addr show dev e | grep inet; ip -n a route get 127.25.3.14
