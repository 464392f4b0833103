ip link set lo up
ip link add s0 address 02:00:00:00:01:01 type veth peer name a0; ip addr add 192.0.2.1/30 dev s0; ip link set s0 up; ip link set a0 up
run() { echo "\$ $*"; "$@" >o 2>e; s=$?; sed 's/^/| /' o; sed 's/^/! /' e; echo "? $s"; }
run ip rule
run ip rule show
run ip -j rule
run ip -d rule
run ip -N rule
run ip rule add
run ip rule add from 10.0.0.0/8
run ip rule
run ip rule add from 10.0.0.0/8 table 100
run ip rule add from 10.0.0.0/8 table 100
run ip rule add to 10.1.2.3 lookup 5000 priority 100
run ip rule add iif s0 table 7 pref 200
run ip rule add iif nosuch table 7 pref 201
run ip rule add oif nosuch table 7 pref 202
run ip rule add oif s0 iif lo table 7 pref 203
run ip rule add fwmark 5 table 7 pref 204
run ip rule add fwmark 0x10/0xff table 7 pref 205
run ip rule add not fwmark 5 table 7 pref 206
run ip rule add tos 0x10 table 7 pref 207
run ip rule add dsfield 0x11 table 7 pref 207
run ip rule add blackhole pref 208
run ip rule add unreachable from 10.9.9.9 pref 209
run ip rule add prohibit pref 210
run ip rule add type prohibit pref 211
run ip rule add goto 300 pref 212
run ip rule add pref 300 nop
run ip rule add goto 100 pref 213
run ip rule add goto 999 pref 214
run ip rule add not from 10.3.0.0/16 to 10.4.0.0/16 table main suppress_prefixlength 0 pref 215
run ip rule add table main suppress_ifgroup 5 pref 216
run ip rule add table main sup_pl 8 pref 217
run ip rule add table main sup_group default pref 218
run ip rule add table 7 protocol static pref 222
run ip rule add from 10.0.0.1/33 table 7
run ip rule add from bad table 7
run ip rule add table nosuch
run ip rule add pref x
run ip rule add fwmark x
run ip rule add bogus
run ip rule
run ip -d rule
run ip -j rule
run ip -j -p -d rule
run ip -N rule
run ip rule show table 7
run ip rule show from 10.0.0.0/8
run ip rule show to 10.1.2.3
run ip rule show pref 204
run ip rule show fwmark 5
run ip rule show fwmark 0x10/0xff
run ip rule show iif s0
run ip rule show oif nosuch
run ip rule show not
run ip rule show protocol static
run ip rule show tos 0x10
run ip rule show bogus
run ip rule show table nosuch
run ip rule list all
run ip rule add table 1000000 pref 400
run ip rule add table 0 pref 401
run ip rule add lookup 256 pref 402
run ip rule add from 10.0.0.1 to 10.0.0.2 iif s0 oif s0 fwmark 1 tos 4 table 9 pref 403
run ip rule add from all to all table 9 pref 405
run ip rule add from default table 9 pref 406
run ip rule add from any table 9 pref 407
run ip rule add from 0/0 table 9 pref 408
run ip rule add from 10.0.0.1/0 table 9 pref 409
run ip rule add from 10.0.0.1/8 table 9 pref 410
run ip rule add pref 4294967295 table 9
run ip rule add pref 4294967296 table 9
run ip rule show
run ip rule del pref 100
run ip rule del pref 100
run ip rule del from 10.0.0.0/8
run ip rule del from 10.0.0.0/8
run ip rule del
run ip rule del table 7
run ip rule del blackhole
run ip rule del iif s0 oif s0 pref 403
run ip rule del pref 0
run ip rule del table nosuch
run ip rule del fwmark 0x10
run ip rule del fwmark 0x10/0xff
run ip rule show
run ip rule flush
run ip rule show
run ip rule flush all
run ip rule flush table main
run ip rule show
run ip rule add from 10.0.0.0/8 table 100
run ip rule show
run ip rule get
run ip rule help
run ip -6 rule
run ip -4 rule
run ip rule add from 10.0.0.0/8 table 100 pref 5
run ip rule add from 10.0.0.0/8 lookup 100 pref 5
run ip rule add from 10.0.0.0/8 lookup 101 pref 5
run ip rule add from 10.0.0.0/16 lookup 101 order 5
run ip rule show
run ip rule replace from 10.0.0.0/8 table 100
run ip rule a from 1.1.1.1 lookup 3
run ip rule d from 1.1.1.1
run ip ru
run ip rule add dev s0 table 9
run ip rule add preference 5000 lookup local
run ip rule add prio 5001 lookup default
run ip rule add goto x
run ip rule add pref 10 goto 5
run ip rule add pref 10 goto 10
run ip rule
