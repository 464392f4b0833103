"""Sends random IPv4 packets to a router in private namespaces, and records what it counts and sends after each."""
import ctypes, os, random, socket, struct, subprocess, sys, time

SEED, COUNT, OPTIONS = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] == ['options']
libc = ctypes.CDLL(None)
CLONE_NEWNET = 0x40000000
SETUP = '''
ip link set lo up
ip link set e1 address 02:00:00:00:01:fe up
ip link set e2 address 02:00:00:00:02:fe up
ip addr add 10.0.1.254/24 dev e1
ip addr add 10.0.2.254/24 dev e2
ip neigh add 10.0.1.1 lladdr 02:00:00:00:01:01 dev e1
ip neigh add 10.0.2.1 lladdr 02:00:00:00:02:01 dev e2
ip route add 172.16.0.0/12 via 10.0.1.1
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=1000000 net.ipv4.icmp_msgs_burst=1000000
for d in all default e1 e2; do sysctl -qw net.ipv4.conf.$d.send_redirects=0 net.ipv4.conf.$d.rp_filter=0; done
'''
def sh(text): subprocess.run(['bash', '-ec', text], check=True)
libc.unshare(CLONE_NEWNET)
outer = os.open('/proc/self/ns/net', os.O_RDONLY)
libc.unshare(CLONE_NEWNET)
inner = os.open('/proc/self/ns/net', os.O_RDONLY)
pid = os.getpid()
libc.setns(outer, CLONE_NEWNET)
sh(f'''sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
for i in 1 2; do ip link add p$i address 02:00:00:00:0$i:01 type veth peer name e$i netns /proc/{pid}/fd/{inner} 2>/dev/null || exit 9; ip link set p$i arp off up; done''')
taps = []
for n in ('p1', 'p2'):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); s.bind((n, 0)); s.setblocking(False); taps.append(s)
libc.setns(inner, CLONE_NEWNET)
sh('sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1\n' + SETUP)
time.sleep(0.5)

def counters():
    found = {}
    for path in ('/proc/thread-self/net/snmp', '/proc/thread-self/net/netstat'):
        lines = open(path).read().splitlines()
        for names, values in zip(lines[::2], lines[1::2]):
            kind = names.split(':')[0]
            if kind not in ('Ip', 'Icmp', 'IcmpMsg', 'Udp', 'UdpLite', 'IpExt'): continue
            for n, v in zip(names.split()[1:], values.split()[1:]): found[f'{kind}.{n}'] = int(v)
    return found
r = random.Random(SEED)
def csum(b):
    if len(b) % 2: b += b'\0'
    s = sum(struct.unpack('!%dH' % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
A = socket.inet_aton
HERE, NEAR, FAR = A('10.0.1.254'), A('10.0.1.1'), A('10.0.2.1')
def stranger(): return bytes([172, 16 + r.randrange(16), r.randrange(256), 1 + r.randrange(254)])
def source(): return NEAR if r.random() < .7 else r.choice([stranger(), stranger(), stranger(), FAR, HERE, A('127.0.0.1'), A('0.0.0.0'), A('224.0.0.1'), A('255.255.255.255'), A('240.1.1.1'), A('8.8.8.8'), A('10.0.1.255')])
def target(): return r.choice([HERE, HERE, FAR]) if r.random() < .8 else r.choice([A('10.0.2.254'), A('127.0.0.1'), A('0.0.0.0'), A('224.0.0.1'), A('239.1.2.3'), A('255.255.255.255'), A('10.0.1.255'), A('10.0.2.255'), A('240.1.1.1')])
def some(n): return bytes(r.randrange(256) for _ in range(n))
def options():
    o = b''
    for _ in range(r.randrange(1, 4)):
        k = r.choice([0, 1, 1, 7, 68, 68, 131, 137, 148, 134, 130, 7, r.randrange(256)])
        if k < 2: o += bytes([k]); continue
        n = r.choice([3, 4, 7, 8, 11, 12, 0, 1, 2, r.randrange(41)])
        if k == 148: n = r.choice([4, 4, 4, 3, 8])
        p = r.choice([4, 4, 5, 8, n, n + 1, r.randrange(256)])
        o += (bytes([k, n, p]) + (bytes([r.choice([0, 1, 3, 0x10, 0xf1, 2])]) if k == 68 else b'\0' if r.random() < .7 else some(1)) + r.choice([b'\0' * 40, HERE * 10, some(40)]))[:max(2, n)]
    o = o[:40]
    return o + bytes(-len(o) % 4)
def header(src, dst, proto, payload, opts=b'', frag=0, ident=None):
    h = [0x45 + len(opts) // 4, r.choice([0, 0, 0, r.randrange(256)]), 20 + len(opts) + len(payload), r.randrange(65536) if ident is None else ident, frag, r.choice([64, 64, 64, 1, 0, 2, 255]), proto]
    if r.random() < .15:
        i = r.randrange(7)
        h[i] = [r.randrange(256), r.randrange(256), r.choice([r.randrange(65536), h[2] + r.randrange(-30, 30), r.randrange(24)]) & 0xffff, h[3], r.choice([0x4000, 0x8000]) | frag, r.randrange(256), r.randrange(256)][i]
    b = struct.pack('!BBHHHBBH4s4s', *h, 0, src, dst) + opts
    length = max(20, (h[0] & 15) * 4)
    # The checksum over what the header says is its length.
    whole = b + payload
    c = csum(whole[:length])
    if r.random() < .04: c ^= 1 << r.randrange(16)
    return whole[:10] + struct.pack('!H', c) + whole[12:]
def summed(b, at, c=None):
    c = csum(b) if c is None else c
    if r.random() < .1: c ^= 1 << r.randrange(16)
    return b[:at] + struct.pack('!H', c) + b[at + 2:]
def udp(src, dst, n):
    length = n + 8
    if r.random() < .2: length = r.choice([0, 7, 8, r.randrange(65536), n + 8 + r.randrange(-9, 9)]) & 0xffff
    d = struct.pack('!HHHH', 5000, r.choice([4000, 4001, 0]), length, 0) + some(n)
    if r.random() < .2: return d
    return summed(d, 6, csum(src + dst + struct.pack('!BBH', 0, 17, len(d)) + d) or 0xffff)
def icmp(deep=0):
    t = r.choice([8, 8, 3, 3, 4, 5, 11, 12, 13, 0, 14, 17, 18, 15, 9, 10, 42, r.randrange(256)])
    c = r.choice([0, 0, 1, 2, 3, 4, r.randrange(20), r.randrange(256)])
    rest = r.choice([some(4), struct.pack('!HH', 0, r.choice([0, 68, 552, 1400, 1500])), NEAR])
    if t in (3, 4, 5, 11, 12) and not deep:
        q = datagram(HERE, r.choice([NEAR, FAR, target()]), deep=1)[:r.choice([0, 8, 19, 20, 24, 27, 28, 40, 200])]
    else: q = some(r.choice([0, 3, 4, 12, 13, 40]))
    b = bytes([t, c, 0, 0]) + rest + q
    if r.random() < .08: b = b[:r.randrange(len(b) + 1)]
    return summed(b, 2) if len(b) > 3 else b
def payload(src, dst, deep=0):
    k = r.random()
    if k < .5: return 1, icmp(deep)
    if k < .8: return 17, udp(src, dst, r.choice([0, 1, 8, 30]))
    if k < .85: return 2, some(8)
    return r.choice([47, 50, 132, 255, 0, 4, 41, 136]), some(r.randrange(30))
def datagram(src, dst, deep=0):
    proto, p = payload(src, dst, deep)
    return header(src, dst, proto, p, options() if OPTIONS and r.random() < .7 else b'')
pending = []
def pieces():
    src, dst = r.choice([NEAR, NEAR, stranger()]), r.choice([HERE, HERE, HERE, FAR])
    proto, p = (17, udp(src, dst, r.choice([30, 56, 80]))) if r.random() < .5 else (1, summed(bytes([8, 0, 0, 0, 1, 2, 3, 4]) + some(r.choice([24, 56, 90])), 2))
    ident, cuts = r.randrange(65536), sorted({0, *(8 * r.randrange(1, max(2, len(p) // 8)) for _ in range(r.randrange(1, 5)))})
    out = []
    for a, b in zip(cuts, cuts[1:] + [len(p)]):
        if r.random() < .12: b = min(len(p), b + 8 * r.randrange(1, 4))
        if r.random() < .06: b = max(a, b - r.randrange(1, 9))
        f = a // 8 | (0x2000 if b < len(p) else 0) | r.choice([0, 0, 0, 0x4000])
        out += [header(src, dst, proto, p[a:b], b'', f, ident)] * r.choice([1, 1, 1, 1, 1, 2])
    r.shuffle(out)
    return out
def following():
    if r.random() < .15: pending.extend(pieces())
    if pending and r.random() < .6: return pending.pop(r.randrange(min(3, len(pending))))
    return datagram(source(), target())
def drain():
    out = []
    for n, s in enumerate(taps):
        while True:
            try: b, who = s.recvfrom(70000)
            except BlockingIOError: break
            if who[2] != 4 and b[12:14] == b'\x08\0': out.append(f'e{n + 1}:{b.hex()}')
    return out
drain()
before = counters()
for i in range(COUNT):
    body = following()
    if r.random() < .05: body = body[:r.randrange(len(body))]
    elif r.random() < .1: body += some(r.randrange(20))
    dst = bytes.fromhex(r.choice(['0200000001fe'] * 8 + ['ffffffffffff', '01005e000001', '0200000001aa']))
    frame = dst + bytes.fromhex('0200000001010800') + body
    taps[0].send(frame)
    for _ in range(20):
        time.sleep(0.001)
        after = counters()
        if after['Ip.InReceives'] != before.get('Ip.InReceives') or dst[5] == 0xaa: break
    time.sleep(0.001)
    after = counters()
    grown = [f'{k}+{v - before.get(k, 0)}' for k, v in after.items() if v != before.get(k, 0)]
    print(frame.hex(), ' '.join(grown) or '-', ' '.join(drain()) or '-', sep='|')
    before = after
