ip link set lo up
nc -ul 127.0.0.1 5000 & one=$!
sleep .2
nc -u -w 4 -p 5001 127.0.0.1 5000 </dev/null &
sleep .2
run() { echo "\$ $*"; "$@" >o 2>e; s=$?; sed 's/^/| /' o; head -1 e | sed 's/^/! /'; echo "? $s"; }
run ss -u
run ss -ul
run ss -ua
run ss -uanH
run ss -t
run ss -tl
run ss -tuln
run ss -tua4n
run ss -uO
run ss -V
run ss -h
run ss --udp --all --numeric
run ss --nosuch
run ss -j
kill $one; sleep 5
nc -ul 0.0.0.0 53 & three=$!
sleep .2
run ss -ul
run ss -uln
kill $three
run timeout -v 0.2 sleep 2
run timeout -v -s KILL 0.2 true
run timeout -x 1 true
run timeout --nosuch 1 true
run timeout
run timeout 1
run timeout x true
run timeout --preserve 0.2 sleep 1
run timeout 1 sh -c 'exit 7'
run timeout -- 1 true
