# Proxy ARP towards the network that the question comes from: asked for by all or by the device.
ip netns add b
ip link add name va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02 netns b
ip addr add 10.0.0.254/24 dev va
ip link set dev va up
ip -n b addr add 10.0.0.5/24 dev vb
ip -n b link set dev vb up
ip -n b link set dev lo up
sleep 1.2
ip netns exec b sysctl -qw net.ipv4.ip_forward=1 net.ipv4.neigh.vb.proxy_delay=0
for all in 0 1; do
  for own in 0 1; do
    ip netns exec b sysctl -qw net.ipv4.conf.all.proxy_arp_pvlan=$all net.ipv4.conf.vb.proxy_arp_pvlan=$own
    echo "all $all own $own: $(arping -c 1 -w 1 -I va 10.0.0.77 | grep -i received)"
  done
done
