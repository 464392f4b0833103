# ip tuntap, and what the links are like while nobody reads them.
ip netns add t; N='ip -n t'
ip netns exec t sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
$N tuntap; $N tuntap add mode tun; $N tuntap add mode tap; $N tuntap add dev my mode tap user 7 group 8
$N tuntap add dev my mode tap; echo $?
$N tuntap add dev tun0 mode tap; echo $?
$N tuntap add dev x; echo $?
$N tuntap add dev x mode foo; echo $?
$N tuntap add dev abcdefghijklmnop mode tun; echo $?
$N tuntap frob; echo $?
$N tuntap list; $N -j tuntap show
$N link show tun0; $N link set tap0 address 02:00:00:00:00:01; $N link set tap0 up; $N link show tap0
$N link set tun0 up; $N addr add 10.0.0.1 peer 10.0.0.2 dev tun0; $N addr show tun0; $N route
ip netns exec t ping -c 1 -W 0.5 10.0.0.2; echo $?
$N link add type tun; echo $?
$N link add br0 address 02:00:00:00:00:b0 type bridge; $N link set tap0 master br0; echo $?; $N link set tun0 master br0; echo $?
$N link set tun0 address 02:00:00:00:00:01; echo $?; $N link set tun0 mtu 67; echo $?; $N link set tun0 mtu 65535; echo $?; $N link set tap0 mtu 65522; echo $?
ip netns exec t cat /sys/class/net/tun0/tun_flags /sys/class/net/my/owner /sys/class/net/my/group /sys/class/net/tap0/tun_flags
ip netns add u; $N link set my netns u; ip -n u tuntap; $N tuntap del dev my mode tap; echo $?
$N tuntap del dev tun0 mode tap; echo $?; $N tuntap del dev tun0 mode tun; echo $?; $N link del tap0; echo $?; $N -br link | cut -c 1-30
