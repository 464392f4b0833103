# Tries as they grow and shrink. What is random is the same everywhere: a linear congruential generator.
sysctl -qw net.ipv6.conf.all.disable_ipv6=1
show() { echo "== $*"; cat /proc/net/fib_trie /proc/net/fib_triestat; }
show nothing
ip link set lo up
ip link add va type veth peer name vb; ip link set vb up; ip link set va up
show lo
n=7
draw() { n=$(( (n * 75 + 74) % 65537 )); r=$(( n / 2 )); }
add() {
  draw; length=$(( 8 + r % 25 ))
  draw; high=$(( r % 64 )); draw; low=$r
  [ $(( low % 3 )) = 0 ] && high=10
  prefix=$(( (high * 16777216 + low * 512) / 2 ** (32 - length) * 2 ** (32 - length) ))
  route="$(( prefix >> 24 )).$(( prefix >> 16 & 255 )).$(( prefix >> 8 & 255 )).$(( prefix & 255 ))/$length metric $1"
  case $(( $1 % 7 )) in
  0) ip route add blackhole $route ;;
  1) ip route add $route dev vb table 356 ;;
  2) ip route add $route dev vb table local scope host ;;
  3) ip route add $route dev vb scope 77 tos 0x10 ;;
  *) ip route add $route dev va ;;
  esac
  routes[$1]=$route
}
for i in $(seq 90); do add $i; done
show 90 routes
for i in $(seq 2 9 90); do ip route del ${routes[$i]} 2>/dev/null; done
for i in $(seq 4 7 90) $(seq 5 7 90); do ip route del ${routes[$i]}; done
show some are gone
ip addr add 10.1.2.3/24 dev va; ip addr add 10.1.2.4/32 dev vb; ip addr add 192.0.2.1/28 dev vb
show addresses
ip link set vb down
show flushed
ip rule add from 192.0.2.7 table 100
show a table of its own
ip route add 10.0.0.0/8 dev va table 100; ip route add throw 10.0.0.0/24; ip route add unreachable 10.0.0.0/25; ip route add prohibit default
ip link del va
show no devices
ip netns add empty
ip netns exec empty cat /proc/net/fib_trie /proc/net/fib_triestat
