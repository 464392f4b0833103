#!/usr/bin/python3
"""What Linux answers to programs that open /dev/net/tun and /dev/tapN: prints the table packetfile-table.json.

Run it in namespaces of its own, IPv6 off: unshare -n -m -p -u -i --fork --mount-proc python3 packetfile-table.py
Cases are lists of operations; what each answers is recorded beside it. Numbers name open files.
"""
import ctypes
import errno
import fcntl
import json
import os
import platform
import re
import select
import socket
import struct
import subprocess
import time

TUN, TAP, NO_CARRIER, MULTI, NO_PI, ONE, VNET, EXCL = 1, 2, 0x40, 0x100, 0x1000, 0x2000, 0x4000, 0x8000
IP = '4500001c00000000400166df0a0000020a000001' + '0800f7fd00010001'  # an echo request from 10.0.0.2 to 10.0.0.1
ARP = 'ffffffffffff020000000099' + '0806' + '0001080006040001' + '020000000099' + '0a000002' + '000000000000' + '0a000001'
LLC = '020000000010020000000099' + '0004' + '42420300'
UP = 'ip link set z up'
ADDRESS = 'ip addr add 10.0.0.1/24 dev z'
MAC = 'ip link set z address 02:00:00:00:00:10'


def opened(flags, *more):
    return [['open', 1, '/dev/net/tun'], ['iff', 1, 'z', flags], *[['sh', line] for line in more]]


def sent(n):
    """Packets that the stack sends: to a neighbour that is typed, so that nothing asks for it."""
    return [['datagrams', n]]


CASES = {
    'names': [
        ['open', 1, '/dev/net/tun'], ['iff', 1, '', TUN | NO_PI], ['open', 2, '/dev/net/tun'], ['iff', 2, '', TUN],
        ['open', 3, '/dev/net/tun'], ['iff', 3, 'x%d', TAP | NO_PI], ['open', 4, '/dev/net/tun'], ['iff', 4, 'a/b', TAP],
        ['iff', 4, 'lo', TUN], ['iff', 4, 'tun0', TUN | NO_PI], ['iff', 4, 'tun0', TAP], ['iff', 4, 'q', 0],
        ['iff', 4, 'tun0', TUN | EXCL], ['iff', 4, 'tun0', TUN | MULTI], ['iff', 4, '', TAP | TUN], ['iff', 4, 'y', TAP],
        ['getiff', 1], ['getiff', 2], ['getiff', 3], ['getiff', 4], ['sh', 'ip tuntap'],
    ],
    'life': [
        ['open', 1, '/dev/net/tun'], ['persist', 1, 1], ['owner', 1, 5], ['carrier', 1, 0], ['getiff', 1], ['poll', 1],
        ['read', 1, 100], ['write', 1, IP], ['iff', 1, 'z', TUN | NO_PI], ['poll', 1], ['read', 1, 100], ['link', 'z'],
        ['persist', 1, 1], ['owner', 1, 5], ['group', 1, 6], ['getiff', 1], ['close', 1], ['link', 'z'],
        ['open', 1, '/dev/net/tun'], ['iff', 1, 'z', TUN], ['getiff', 1], ['link', 'z'], ['carrier', 1, 0], ['link', 'z'],
        ['carrier', 1, 1], ['link', 'z'], ['sh', 'ip tuntap'], ['persist', 1, 0], ['close', 1], ['link', 'z'],
    ],
    'flags of an interface that is there': [
        *opened(TUN | NO_PI | ONE), ['persist', 1, 1], ['sh', 'ip tuntap'], ['close', 1], ['open', 1, '/dev/net/tun'],
        ['iff', 1, 'z', TUN | VNET], ['sh', 'ip tuntap'], ['close', 1], ['open', 1, '/dev/net/tun'],
        ['iff', 1, 'z', TUN | NO_CARRIER], ['sh', 'ip tuntap'], ['link', 'z'], ['sh', 'ip link set z carrier on'],
        ['link', 'z'], ['sh', 'ip link set z carrier off'], ['link', 'z'], ['close', 1],
        ['sh', 'ip link set z carrier on'], ['link', 'z'],
    ],
    'owners': [
        ['open', 1, '/dev/net/tun', 5, 6], ['iff', 1, 'z', TUN], ['iff', 1, 'z', 0], ['open', 2, '/dev/net/tun'], ['iff', 2, 'z', TUN],
        ['persist', 2, 1], ['close', 2], ['iff', 1, 'z', TUN], ['close', 1],
        *[step for owner, group in ((5, None), (4, None), (None, 6), (None, 7), (5, 6), (5, 7), (4, 6)) for step in (
            ['sh', 'ip tuntap del z mode tun'], ['open', 2, '/dev/net/tun'], ['iff', 2, 'z', TUN], ['persist', 2, 1],
            *([] if owner is None else [['owner', 2, owner]]), *([] if group is None else [['group', 2, group]]), ['close', 2],
            ['open', 1, '/dev/net/tun', 5, 6], ['iff', 1, 'z', TUN], ['close', 1])],
    ],
    'deleted while open': [
        *opened(TUN | NO_PI, UP, ADDRESS), *sent(2), ['poll', 1], ['sh', 'ip link del z'], ['poll', 1], ['read', 1, 100],
        ['write', 1, IP], ['getiff', 1], ['persist', 1, 1], ['iff', 1, 'z', TUN], ['getiff', 1], ['link', 'z'],
    ],
    'moved while open': [
        ['sh', 'ip netns add N'], ['sh', 'ip netns exec N sysctl -qw net.ipv6.conf.default.disable_ipv6=1'], *opened(TUN | NO_PI, UP, ADDRESS), *sent(1), ['sh', 'ip link set z netns N'],
        ['poll', 1], ['read', 1, 20], ['write', 1, IP], ['sh', 'ip -n N link set z up'],
        ['sh', 'ip -n N addr add 10.0.0.1/24 dev z'], ['write', 1, IP], ['read', 1, 20], ['getiff', 1],
        ['sh', 'ip netns del N'], ['pause'], ['poll', 1], ['read', 1, 20],
    ],
    'write to a TUN': [
        *opened(TUN | NO_PI), ['write', 1, IP], ['write', 1, ''], ['stats', 'z'], ['sh', UP], ['sh', ADDRESS],
        ['write', 1, IP], ['read', 1, 100], ['write', 1, ''], ['write', 1, '00'], ['write', 1, '50' + IP[2:]],
        ['write', 1, '4'+'5'], ['write', 1, '60'], ['stats', 'z'],
    ],
    'PI on a TUN': [
        *opened(TUN, UP, ADDRESS), ['write', 1, '000008'], ['write', 1, '00000800' + IP], ['read', 1, 100],
        ['write', 1, 'ffff0800' + IP], ['read', 1, 4], ['write', 1, '00000800' + IP], ['read', 1, 3],
        ['write', 1, '00000800' + IP], ['read', 1, 20], ['write', 1, '00000800'], ['write', 1, '00000806' + IP],
        ['write', 1, '000086dd' + IP], ['write', 1, '00000800' + '6' + IP[1:]], ['read', 1, 100], ['stats', 'z'],
        ['snmp'],
    ],
    'TAP': [
        *opened(TAP | NO_PI, MAC), ['write', 1, ARP], ['stats', 'z'], ['sh', UP], ['sh', ADDRESS], ['write', 1, ARP],
        ['read', 1, 100], ['write', 1, ARP[:26]], ['write', 1, ARP[:28]], ['write', 1, LLC],
        ['write', 1, '020000000010020000000099' + '88b5' + '00'], ['write', 1, '020000000011020000000099' + '88b5' + '00'],
        ['stats', 'z'],
    ],
    'PI on a TAP': [
        *opened(TAP, MAC, UP, ADDRESS), ['write', 1, '00000000' + ARP], ['read', 1, 100], ['write', 1, '0000' + '0000' + ARP],
        ['read', 1, 20], ['stats', 'z'],
    ],
    'virtio_net_hdr': [
        *opened(TAP | NO_PI | VNET, MAC, UP, ADDRESS), ['write', 1, '00' * 10 + ARP], ['read', 1, 100],
        ['write', 1, '00' * 9], ['write', 1, '00' * 10 + ARP[:26]], ['write', 1, '0000' + 'ff00' + '00' * 6 + ARP],
        ['write', 1, '0000' + '0e00' + '00' * 6 + ARP], ['read', 1, 9], ['write', 1, '00' * 10 + ARP], ['read', 1, 12],
        ['write', 1, '0001' + '00' * 8 + ARP], ['write', 1, '01000000' + '0000' + '0e00' + '0200' + ARP], ['read', 1, 100],
        ['write', 1, '01000000' + '0000' + '2800' + '0100' + ARP], ['stats', 'z'],
    ],
    'PI and virtio_net_hdr': [
        *opened(TUN | VNET, UP, ADDRESS), ['write', 1, '00000800' + '00' * 10 + IP], ['read', 1, 100],
        ['write', 1, '00000800' + '00' * 9], ['write', 1, '00000800' + '01000000' + '0000' + '1400' + '0200' + IP[:44] + '0000' + IP[48:]],
        ['read', 1, 100], ['write', 1, '00000800' + '00' * 10 + IP], ['read', 1, 20], ['stats', 'z'],
    ],
    'a full queue': [
        *opened(TUN | NO_PI, UP, ADDRESS), *sent(502), ['stats', 'z'], ['read', 1, 4], *sent(1), ['stats', 'z'],
        ['drain', 1, 15], *sent(20), ['stats', 'z'], ['drain', 1, 600], ['poll', 1], ['stats', 'z'],
    ],
    'the length of the queue': [
        *opened(TUN | NO_PI, 'ip link set z txqueuelen 3', UP, ADDRESS), *sent(5), ['stats', 'z'],
        ['sh', 'ip link set z txqueuelen 2'], ['drain', 1, 9], ['stats', 'z'], *sent(1), ['sh', 'ip link set z txqueuelen 40'],
        *sent(41), ['stats', 'z'], ['drain', 1, 1], *sent(1), ['drain', 1, 14], *sent(1), ['drain', 1, 1], *sent(17),
        ['drain', 1, 99], ['stats', 'z'], ['sh', 'ip link set z txqueuelen 0'], *sent(1), ['poll', 1], ['stats', 'z'],
    ],
    'nobody reads': [
        ['sh', 'ip tuntap add z mode tun'], ['sh', UP], ['sh', ADDRESS], *sent(2), ['stats', 'z'], ['open', 1, '/dev/net/tun'],
        ['iff', 1, 'z', TUN | NO_PI], ['settle'], *sent(2), ['stats', 'z'], ['close', 1], *sent(1), ['stats', 'z'],
        ['settle'], *sent(1), ['stats', 'z'],
    ],
    'several queues': [
        *opened(TUN | NO_PI | MULTI, UP, ADDRESS), ['open', 2, '/dev/net/tun'], ['iff', 2, 'z', TUN | NO_PI],
        ['iff', 2, 'z', TUN | MULTI], ['getiff', 2], ['sh', 'ip tuntap'], ['write', 2, IP], ['empty', 1], ['empty', 2],
        ['write', 2, IP], ['poll', 1], ['read', 2, 100], ['write', 1, IP], ['poll', 1], ['read', 2, 100], ['write', 2, IP],
        ['poll', 2], ['read', 1, 100], ['close', 1], ['write', 2, IP], ['read', 2, 100],
        ['link', 'z'], ['close', 2], ['link', 'z'],
    ],
    'macvtap': [
        ['sh', 'ip link add e0 address 02:00:00:00:00:01 type veth peer name e1 address 02:00:00:00:00:02'],
        ['sh', 'ip link set e0 up'], ['sh', 'ip link set e1 up'],
        ['sh', 'ip link add link e0 name z address 02:00:00:00:00:10 type macvtap mode bridge'],
        ['open', 1, '/dev/tap{z}'], ['getiff', 1], ['poll', 1], ['iff', 1, 'x', TAP], ['iff', 1, 'x', TUN | NO_PI],
        ['persist', 1, 1], ['owner', 1, 1], ['carrier', 1, 1], ['write', 1, '00' * 10 + ARP], ['stats', 'z'], ['sh', UP],
        ['settle'], ['write', 1, '00' * 10 + ARP], ['stats', 'z'], ['stats', 'e0'], ['stats', 'e1'], ['write', 1, '00' * 23],
        ['write', 1, '00' * 9], ['stats', 'z'], ['packet', 'e1', ARP], ['read', 1, 200], ['packet', 'e1', '020000000010' + ARP[12:]],
        ['read', 1, 20], ['packet', 'e1', '020000000011' + ARP[12:]], ['read', 1, 200], ['iff', 1, '', TAP | NO_PI], ['getiff', 1],
        ['packet', 'e1', ARP], ['read', 1, 200], ['write', 1, ARP[:26]], ['write', 1, ARP], ['stats', 'z'],
        ['open', 2, '/dev/tap{z}'], ['open', 3, '/dev/tap999'], ['iff', 2, '', TAP | NO_PI | MULTI], ['getiff', 2], ['close', 2],
        ['sh', 'ip link set z txqueuelen 1'], ['packet', 'e1', ARP], ['packet', 'e1', ARP], ['stats', 'z'], ['read', 1, 20],
        ['sh', ADDRESS], ['packet', 'e1', ARP], ['close', 1], ['packet', 'e1', ARP], ['stats', 'z'],
        ['open', 1, '/dev/tap{z}'], ['packet', 'e1', ARP], ['sh', 'ip link del z'], ['poll', 1], ['read', 1, 200], ['read', 1, 9],
        ['poll', 1], ['write', 1, '00' * 10 + ARP], ['getiff', 1], ['iff', 1, '', TAP | NO_PI],
    ],
}


def mask(octets):
    """Identification and checksum of the stack's own packets."""
    return re.sub('(4500001c)....', r'\1****', re.sub('(4500001c....00004001)....', r'\1****', octets))


class Run:
    def __init__(self):
        self.files = {}
        self.users = {}

    def act(self, op, *arguments):
        try:
            return getattr(self, 'do_' + op)(*arguments)
        except OSError as e:
            return errno.errorcode[e.errno]
        except KeyError:
            return 'EBADF'

    def do_sh(self, line):
        done = subprocess.run(line, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout.decode()

    def do_open(self, n, path, uid=0, gid=0):
        self.users[n] = (uid, gid)
        if '{z}' in path:
            with open('/sys/class/net/z/ifindex') as f:
                path = path.replace('{z}', f.read().strip())
        self.files[n] = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def do_close(self, n):
        os.close(self.files.pop(n))

    def do_iff(self, n, name, flags):
        uid, gid = self.users[n]
        os.setgroups([])
        os.setegid(gid)
        os.seteuid(uid)
        try:
            answer = fcntl.ioctl(self.files[n], 0x400454ca, struct.pack('16sH22x', name.encode(), flags))
        finally:
            os.seteuid(0)
            os.setegid(0)
        return answer[:16].rstrip(b'\0').decode()

    def do_getiff(self, n):
        answer = fcntl.ioctl(self.files[n], 0x800454d2, bytes(40))
        return [answer[:16].rstrip(b'\0').decode(), struct.unpack_from('H', answer, 16)[0]]

    def do_persist(self, n, on):
        fcntl.ioctl(self.files[n], 0x400454cb, on)

    def do_owner(self, n, uid):
        fcntl.ioctl(self.files[n], 0x400454cc, uid)

    def do_group(self, n, gid):
        fcntl.ioctl(self.files[n], 0x400454ce, gid)

    def do_carrier(self, n, on):
        fcntl.ioctl(self.files[n], 0x400454e2, struct.pack('i', on))

    def do_poll(self, n):
        poll = select.poll()
        poll.register(self.files[n], select.POLLIN)
        return bool(poll.poll(0))

    def do_read(self, n, length):
        return mask(os.read(self.files[n], length).hex())

    def do_write(self, n, octets):
        return os.write(self.files[n], bytes.fromhex(octets))

    def do_drain(self, n, count):
        for i in range(count):
            try:
                os.read(self.files[n], 100)
            except BlockingIOError:
                return i
        return count

    def do_empty(self, n):
        self.do_drain(n, 1000)

    def do_datagrams(self, count):
        """From a packet socket, so that the answer is that of the device."""
        s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x800))
        for _ in range(count):
            s.sendto(bytes.fromhex(IP), ('z', 0x800))
        s.close()

    def do_packet(self, device, octets):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        s.sendto(bytes.fromhex(octets), (device, 0))
        s.close()
        time.sleep(0.02)

    def do_pause(self):
        time.sleep(0.5)

    def do_settle(self):
        time.sleep(2.1)

    def do_snmp(self):
        with open('/proc/net/snmp') as f:
            words = [line for line in f if line.startswith('Ip: ')][1].split()
        return {'InReceives': int(words[3]), 'InHdrErrors': int(words[4])}

    def do_link(self, name):
        """Flags, state, and how often the carrier came and went."""
        done = subprocess.run(['ip', '-j', '-s', '-s', 'link', 'show', name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if done.returncode:
            return None
        link = json.loads(done.stdout)[0]
        return [link['flags'], link['operstate'], link['stats64']['tx']['carrier_changes']]

    def do_stats(self, name):
        with open('/proc/net/dev') as f:
            words = next(line for line in f if line.strip().startswith(name + ':')).split()
        return {'rx': [int(words[i]) for i in (2, 1, 3, 4)], 'tx': [int(words[i]) for i in (10, 9, 11, 12)]}


def record(steps):
    """In a network namespace of its own."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        ctypes.CDLL(None).unshare(0x40000000)
        subprocess.run('umount /sys; mount -t sysfs s /sys; ip link set lo up; sysctl -qw net.ipv6.conf.all.disable_ipv6=1; '
                       'sysctl -qw net.ipv6.conf.default.disable_ipv6=1', shell=True)
        run = Run()
        os.write(writer, json.dumps([[step, run.act(*step)] for step in steps]).encode())
        os._exit(0)
    os.close(writer)
    with open(reader) as f:
        return json.load(f)


def main():
    subprocess.run('mount -t tmpfs t /run; mount -t sysfs s /sys', shell=True)
    table = {name: record(steps) for name, steps in CASES.items()}
    lines = ',\n'.join('%s: [\n%s\n]' % (json.dumps(name), ',\n'.join('  ' + json.dumps(each) for each in steps))
                       for name, steps in table.items())
    print('{"kernel": %s, "cases": {\n%s\n}}' % (json.dumps(platform.release().split('-')[0]), lines))


main()
