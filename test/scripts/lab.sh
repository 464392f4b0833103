# The first lab of the README: two namespaces, one wire, and what everybody looks at.
ip netns add red
ip netns add blue
ip link add eth0 netns red type veth peer name eth0 netns blue
ip -n red address add 10.0.0.1/24 dev eth0
ip -n blue address add 10.0.0.2/24 dev eth0
ip -n red link set eth0 up
ip -n blue link set eth0 up
sleep 1.5
ip netns exec red ping -c 2 -i 0.2 10.0.0.2
ip -n red neigh
ip -n blue -br -4 addr
ip -n red route get 10.0.0.2
ip -n red -4 -o addr show dev eth0
ip netns exec red ping -c 1 -W 1 10.0.0.9; echo $?
ip -n blue link set eth0 down
ip -n red link show eth0
ip netns exec red ping -c 1 -W 1 10.0.0.2; echo $?
ip netns del blue; sleep 0.5
ip -n red link show eth0; echo $?
