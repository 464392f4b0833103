#!/bin/bash
# The VPN that is drawn to explain TUN. An application sends to an address behind tun0; a program reads the packet there, seals
# it, and sends it inside UDP through eth0; its peer does the reverse. So each packet passes the stack twice: plain on tun0,
# sealed on eth0.
#: program vpn.py=programs/vpn.ts
for side in left right; do
  ip netns add $side
  ip netns exec $side sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
done
ip link add eth0 address 02:00:00:00:00:01 netns left type veth peer name eth0 address 02:00:00:00:00:02 netns right
ip -n left address add 10.0.0.1/24 dev eth0
ip -n right address add 10.0.0.2/24 dev eth0
number=0
for side in left right; do
  number=$((number + 1))
  ip -n $side link set eth0 up
  ip -n $side tuntap add dev tun0 mode tun
  ip -n $side address add 192.168.100.$number/24 dev tun0
  ip -n $side link set tun0 up mtu 1400
done
sleep 1.5

#: capture
ip netns exec left python3 vpn.py tun0 10.0.0.2 5555 'a secret' &
ip netns exec right python3 vpn.py tun0 10.0.0.1 5555 'a secret' &
ip netns exec left tcpdump -t -n -i tun0 > plain 2> /dev/null &
ip netns exec left tcpdump -t -n -i eth0 > sealed 2> /dev/null &
sleep 0.5
ip netns exec left ping -c 2 -i 0.5 192.168.100.2
ip netns exec left ping -c 1 -s 1372 -M do 192.168.100.2 | grep transmitted
sleep 1
kill %3 %4
sleep 0.1
echo '# plain, on tun0'
cat plain
echo '# sealed, on eth0'
cat sealed

# With another secret nothing comes through.
kill %2
ip netns exec right python3 vpn.py tun0 10.0.0.1 5555 'another secret' &
sleep 0.5
ip netns exec left ping -c 1 -W 1 192.168.100.2 | grep transmitted
kill %1 %5
