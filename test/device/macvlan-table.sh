#!/bin/bash
# Asks the Linux kernel who hears what on a macvlan, for macvlan-table.json: as root, bash macvlan-table.sh > macvlan-table.json
#
# Each setup is a list of ip commands in a network namespace of its own. Then each sender sends one frame for each
# destination, and two packet sockets tell which devices saw it pass (taps) and which stacks were given it, as what:
# `taps | stacks`, and under it the frames for which it was so, by sender (`e1 as a`: what a switch sends back).
# The names of broadcast and group addresses say who listens. Python has packet sockets, and no packages are needed.
exec unshare --net --mount --fork python3 - <<'PYTHON'
import ctypes, itertools, json, os, platform, socket, struct, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor

ETHERTYPE = 0x88b5
MACS = {
    'e0': '02:00:00:00:00:01', 'e1': '02:00:00:00:00:02', 'a': '02:00:00:00:00:0a', 'b': '02:00:00:00:00:0b',
    'br': '02:00:00:00:00:b0', 'nobody': '02:00:00:00:00:99', 'broadcast': 'ff:ff:ff:ff:ff:ff',
    'group of b': '01:00:5e:7f:00:01', 'group of a and b': '01:00:5e:7f:00:02', 'group of nobody': '01:00:5e:7f:00:03',
    'group of e0': '01:00:5e:7f:00:04', 'like group of b': '03:00:5e:7f:00:01',
}
JOINED = {'a': ['group of a and b'], 'b': ['group of b', 'group of a and b'], 'e0': ['group of e0']}
TYPES = ['host', 'broadcast', 'multicast', 'otherhost', 'outgoing']
WIRE = ['ip link add e0 address %s type veth peer name e1 address %s' % (MACS['e0'], MACS['e1']),
        'ip link set dev e1 up', 'ip link set dev e0 up']
MODES = {
    'private': 'mode private', 'vepa': 'mode vepa', 'bridge': 'mode bridge', 'source': 'mode source',
    'source of e1': 'mode source macaddr add ' + MACS['e1'],
    'source of a and b': 'mode source macaddr set %s %s' % (MACS['a'], MACS['b']),
    'nodst source of e1 and a': 'mode source nodst macaddr set %s %s' % (MACS['e1'], MACS['a']),
}

def child(name, mode, lower='e0'):
    return 'ip link add link %s name %s address %s type macvlan %s' % (lower, name, MACS[name], MODES.get(mode, mode))

def up(*names):
    return ['ip link set dev %s up' % name for name in names]

def setups():
    for a, b in itertools.product(MODES, MODES):
        yield 'a %s, b %s' % (a, b), WIRE + [child('a', a), child('b', b)] + up('a', 'b')
    for flag in ('', ' nopromisc'):
        yield 'b passthru' + flag, WIRE + [child('b', 'mode passthru' + flag)] + up('b')
        yield 'b passthru%s, down' % flag, WIRE + [child('b', 'mode passthru' + flag)]
    for a, b in itertools.product(MODES, MODES):
        yield 'a %s, b %s, down' % (a, b), WIRE + [child('a', a), child('b', b)] + up('a')
    for a, b in itertools.product(('private', 'vepa', 'bridge'), repeat=2):
        pair = WIRE + [child('a', a), child('b', b)] + up('a', 'b')
        yield 'a %s, b %s, promisc' % (a, b), pair + ['ip link set dev b promisc on']
        yield 'a %s, b %s, allmulticast' % (a, b), pair + ['ip link set dev b allmulticast on']
        yield 'a %s, b %s, no queue' % (a, b), pair + ['ip link set dev %s type macvlan bcqueuelen 0' % n for n in 'ab']
        yield 'a %s, b %s on a' % (a, b), WIRE + [child('a', a), child('b', b, 'a')] + up('a', 'b')
        yield 'a %s, b %s on a bridge' % (a, b), WIRE + [
            'ip link add name br address %s type bridge' % MACS['br'], 'ip link set dev e0 master br', 'ip link set dev br up',
            child('a', a, 'br'), child('b', b, 'br')] + up('a', 'b')
        yield 'a %s, b %s in a bridge' % (a, b), WIRE + [
            'ip link add name br address %s type bridge' % MACS['br'], child('a', a), child('b', b),
            'ip link set dev b master br', 'ip link set dev br up'] + up('a', 'b')
    yield 'b passthru in a bridge', WIRE + [
        'ip link add name br address %s type bridge' % MACS['br'], child('b', 'mode passthru'), 'ip link set dev b master br',
        'ip link set dev br up'] + up('b')

def flood_orders():
    macs = ['02:%02x:%02x:00:%02x:%02x' % (n * 7 % 256, n * 31 % 256, n * 13 % 256, n) for n in range(1, 25)]
    for mode in ('vepa', 'bridge'):
        yield 'order of %s children' % mode, WIRE + [
            'ip link add link e0 name m%d address %s type macvlan mode %s' % (n, mac, mode)
            for n, mac in enumerate(macs)] + up(*('m%d' % n for n in range(len(macs))))

def octets(mac):
    return bytes.fromhex(mac.replace(':', ''))

class Lab:
    def __init__(self, commands):
        ctypes.CDLL(None).unshare(0x40000000)
        open('/proc/sys/net/ipv6/conf/all/disable_ipv6', 'w').write('1')
        open('/proc/sys/net/ipv6/conf/default/disable_ipv6', 'w').write('1')
        for command in commands:
            subprocess.run(command.split(), check=True)
        time.sleep(2.5 if any('type bridge' in c for c in commands) else 0.3)
        self.names = {index: name for index, name in socket.if_nameindex() if name != 'lo'}
        self.joined = []
        for dev in self.names.values():
            for group in JOINED.get(dev, []):
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                s.setsockopt(263, 1, struct.pack('IHH8s', socket.if_nametoindex(dev), 0, 6, octets(MACS[group])))
                self.joined.append(s)
        self.taps = self.listen(3)
        self.stacks = self.listen(ETHERTYPE)

    def listen(self, protocol):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
        s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        s.setblocking(False)
        return s

    def send(self, number, via, src, dst):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            s.sendto(octets(dst) + octets(src) + struct.pack('>HH', ETHERTYPE, number) + bytes(44), (via, 0))
        except OSError:
            pass  # The device is down.
        s.close()

    def collect(self, s, count, words):
        rows = [[] for _ in range(count)]
        while True:
            try:
                data, address = s.recvfrom(2048)
            except BlockingIOError:
                return rows
            if data[12:14] == struct.pack('>H', ETHERTYPE):
                rows[struct.unpack('>H', data[14:16])[0]].append(words(address[0], TYPES[address[2]]))

def ask(commands):
    lab = Lab(commands)
    present = list(lab.names.values())
    senders = [(dev, dev) for dev in ('a', 'b', 'e0', 'e1', 'br') if dev in present]
    senders += [('e1', dev) for dev in ('a', 'b') if dev in present]  # A switch sends it back.
    targets = [name for name in MACS if name not in ('br',) or 'br' in present]
    frames = [(via, src, dst) for via, src in senders for dst in targets]
    for number, (via, src, dst) in enumerate(frames):
        lab.send(number, via, MACS[src], MACS[dst])
        time.sleep(0.002)
    time.sleep(0.1)
    taps = lab.collect(lab.taps, len(frames), lambda dev, kind: dev + (' out' if kind == 'outgoing' else ' in'))
    stacks = lab.collect(lab.stacks, len(frames), lambda dev, kind: dev + ' ' + kind)
    heard = {}
    for n, (via, src, dst) in enumerate(frames):
        row = ', '.join(sorted(taps[n])) + ' | ' + ', '.join(sorted(stacks[n]))
        heard.setdefault(row, {}).setdefault(via if via == src else '%s as %s' % (via, src), []).append(dst)
    return heard

def ask_order(commands):
    lab = Lab(commands)
    lab.send(0, 'e1', MACS['e1'], MACS['broadcast'])
    time.sleep(0.05)
    lab.send(1, 'm0', '02:07:1f:00:0d:01', MACS['broadcast'])
    time.sleep(0.05)
    stacks = lab.collect(lab.stacks, 2, lambda dev, kind: dev)
    return {'e1': ' '.join(stacks[0]), 'm0': ' '.join(d for d in stacks[1] if d != 'e1')}

def in_child(function, commands):
    """Runs in a process of its own: with it goes the namespace."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(r)
        with os.fdopen(w, 'w') as out:
            json.dump(function(commands), out)
        os._exit(0)
    os.close(w)
    text = os.fdopen(r).read()
    os.waitpid(pid, 0)
    return json.loads(text)

def same(function, commands):
    """Three runs must agree: one in 256 groups passes the kernel's filter by chance."""
    while True:
        answers = [in_child(function, commands) for _ in range(3)]
        if answers[0] == answers[1] == answers[2]:
            return answers[0]
        print('not the same three times, once more:', commands, file=sys.stderr)

def answers(function, questions):
    with ThreadPoolExecutor(12) as pool:
        asked = [(name, commands, pool.submit(same, function, commands)) for name, commands in questions]
        return [{'name': name, 'commands': commands, 'heard': heard.result()} for name, commands, heard in asked]

os.sched_setaffinity(0, {0})
result = {'kernel': 'Linux ' + platform.release().split('-')[0], 'macs': MACS, 'joined': JOINED,
          'setups': answers(ask, setups()), 'orders': answers(ask_order, flood_orders())}
print(json.dumps(result))
PYTHON
