#!/usr/bin/python3
"""The Linux side of the comparison: executes sessions in network namespaces of its own, one after the other.

Started as process 1 of private net, mount, pid, uts and ipc namespaces. Reads one session a line (JSON, messages of
rtnetlink ready made by netlink.ts), answers one transcript a line. Python 3 standard library only.

Every session gets fresh namespaces, so that ifindexes, namespace ids and counters begin anew. Requests go over raw
rtnetlink sockets: what is told is errno and extended message. Each namespace has one AF_PACKET socket on all devices,
without promiscuous mode, opened before there is any device. Its frames are put in order by their time stamps: what
comes in has that of the moment at which its sender put it on the wire, as libpcap's captures have.

Instant 0 of a session is the beginning of a jiffy that is round in every way: the timers of the world, which begins
there, are rounded as the kernel's are.
"""
import ctypes
import errno
import fcntl
import json
import os
import select
import socket
import stat
import struct
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 4096, 1 << 14, 1 << 18, 2
ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA, SO_RCVBUFFORCE, SO_TIMESTAMPNS = 263, 8, 33, 35
SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 270, 10, 11
SIOCGIFINDEX, SIOCSIFFLAGS, SIOCGIFFLAGS, SIOCSIFHWADDR = 0x8933, 0x8914, 0x8913, 0x8924
TUNSETIFF, TUNSETPERSIST, TUNSETOWNER, TUNSETGROUP = 0x400454ca, 0x400454cb, 0x400454cc, 0x400454ce
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP, NLM_F_CREATE, NLM_F_EXCL = 1, 4, 0x300, 0x400, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NETNS_DIR = '/run/netns'
IGMP_QRV = '/proc/sys/net/ipv4/igmp_qrv'
# Ends of a wire into a namespace that is about to go: when this end has gone, the namespace has.
SENTINEL = 'sentinel'
TEARDOWN_S_MAX = 10
# CONFIG_HZ=250, as in instant.ts: ticks come at multiples of this on the monotonic clock.
JIFFY_NS = 4_000_000
# What is rounded to jiffies: to whole seconds (round_jiffies), and by the timer wheel to 64 up to 16 s ahead.
ALIGNED_JIFFIES = 8000
# Steps that set no timer.
TIMELESS = {'wait', 'join', 'settle', 'sysctl', 'newnetns', 'read'}
PACKET_OUTGOING = 4
SO_BINDTODEVICE, SO_BROADCAST, SO_REUSEADDR, SO_DONTROUTE = 25, 6, 2, 5
IP_TOS, IP_TTL, IP_PKTINFO, IP_MTU_DISCOVER, IP_RECVTTL = 1, 2, 8, 10, 12
IP_MULTICAST_TTL, IP_MULTICAST_LOOP, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP = 33, 34, 35, 36
UDP_OPTIONS = {
    'broadcast': (socket.SOL_SOCKET, SO_BROADCAST), 'reuseAddress': (socket.SOL_SOCKET, SO_REUSEADDR),
    'dontRoute': (socket.SOL_SOCKET, SO_DONTROUTE), 'ttl': (0, IP_TTL), 'tos': (0, IP_TOS),
    'mtuDiscovery': (0, IP_MTU_DISCOVER), 'multicastTtl': (0, IP_MULTICAST_TTL), 'multicastLoop': (0, IP_MULTICAST_LOOP),
}
# As in session.ts.
UDP_PORT_FIRST = 40000
UDP_TEXT = ''.join('%d\n' % i for i in range(1, 20000)).encode()
TP_STATUS_CSUMNOTREADY = 8
ENV = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C', 'TZ': 'UTC'}


def jiffies_ahead():
    """By how many the kernel's `jiffies` are ahead of the monotonic clock; the same until the machine boots again."""
    while True:
        before = time.monotonic_ns() // JIFFY_NS
        with open('/proc/timer_list') as timers:
            jiffies = next(int(line.split()[1]) for line in timers if line.startswith('jiffies:'))
        if time.monotonic_ns() // JIFFY_NS == before:
            return jiffies - before


JIFFIES_AHEAD = jiffies_ahead()


def sleep_into_jiffy():
    """A step that begins late in a jiffy may set its timers in the next one."""
    into = time.monotonic_ns() % JIFFY_NS
    if into > JIFFY_NS // 2:
        time.sleep((JIFFY_NS - into) / 1e9)


def check(result):
    if result != 0:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))
    return result


def mount(source, target, kind=None, flags=0):
    check(libc.mount(source and source.encode(), target.encode(), kind and kind.encode(), flags, None))


def attribute(kind, payload):
    n = 4 + len(payload)
    return struct.pack('=HH', n, kind) + payload + bytes(-n % 4)


class Vector(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]


class MessageHeader(ctypes.Structure):
    """struct msghdr: the module `socket` would tell a device by its name, which may be gone."""
    _fields_ = [('name', ctypes.c_void_p), ('namelen', ctypes.c_uint32), ('iov', ctypes.POINTER(Vector)),
                ('iovlen', ctypes.c_size_t), ('control', ctypes.c_void_p), ('controllen', ctypes.c_size_t),
                ('flags', ctypes.c_int)]


packet = ctypes.create_string_buffer(1 << 17)
source = ctypes.create_string_buffer(64)
control = ctypes.create_string_buffer(256)
vector = Vector(ctypes.addressof(packet), len(packet))
header = MessageHeader(ctypes.addressof(source), 64, ctypes.pointer(vector), 1, ctypes.addressof(control), 256, 0)


class Namespace:
    """A network namespace with the sockets that were opened inside."""

    def __init__(self, name):
        self.name = name
        check(libc.unshare(CLONE_NEWNET))
        self.fd = os.open('/proc/thread-self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
        self.route = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.route.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.route.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.route.bind((0, 0))
        self.sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.tap.setblocking(False)
        self.tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.tap.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.sequence = 0

    def enter(self):
        check(libc.setns(self.fd, CLONE_NEWNET))

    def close(self):
        for each in (self.route, self.sender, self.tap):
            each.close()
        os.close(self.fd)

    # -- rtnetlink

    def request(self, message):
        """Sends one message; answers (errno, extended message or None, [reply messages])."""
        self.sequence += 1
        head = bytearray(message)
        struct.pack_into('=I', head, 0, len(head))
        struct.pack_into('=I', head, 8, self.sequence)
        self.route.send(head)
        replies = []
        while True:
            data = self.route.recv(1 << 17)
            at = 0
            while at + 16 <= len(data):
                length, kind, flags, sequence, _ = struct.unpack_from('=IHHII', data, at)
                body = data[at + 16:at + length]
                at += (length + 3) & ~3
                if sequence != self.sequence:
                    continue
                if kind == NLMSG_ERROR:
                    code = -struct.unpack_from('=i', body)[0]
                    return code, extended(body, flags), replies
                if kind == NLMSG_DONE:
                    return 0, None, replies
                replies.append(body)

    def getlink(self, ref):
        """RTM_GETLINK of one device: the kernel settles its state first. Answers its ifindex, or 0."""
        index = ref if isinstance(ref, int) else 0
        message = struct.pack('=IHHII', 0, RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, 0, 0)
        message += struct.pack('=BBHiII', 0, 0, 0, index, 0, 0)
        if not isinstance(ref, int):
            message += attribute(3, ref.encode() + b'\0')
        code, _, replies = self.request(message)
        return 0 if code else struct.unpack_from('=i', replies[0], 4)[0]

    def indexes(self):
        message = struct.pack('=IHHII', 0, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 0, 0)
        message += struct.pack('=BBHiII', 0, 0, 0, 0, 0, 0)
        _, _, replies = self.request(message)
        return sorted(struct.unpack_from('=i', body, 4)[0] for body in replies)

    def set_up(self, name):
        request = struct.pack('16sh14x', name.encode(), 0)
        flags = struct.unpack('16sh14x', fcntl.ioctl(self.sender, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(self.sender, SIOCSIFFLAGS, struct.pack('16sh14x', name.encode(), flags | 1))

    def index_of(self, name):
        """Without settling the device, unlike getlink."""
        return struct.unpack('16si12x', fcntl.ioctl(self.sender, SIOCGIFINDEX, struct.pack('16s16x', name.encode())))[1]


def extended(body, flags):
    """NLMSGERR_ATTR_MSG; NLM_F_CAPPED says that only the header of the request is repeated."""
    if not flags & 0x200:
        return None
    at = 4 + 16 if flags & 0x100 else 4 + ((struct.unpack_from('=I', body, 4)[0] + 3) & ~3)
    while at + 4 <= len(body):
        n, kind = struct.unpack_from('=HH', body, at)
        if n < 4:
            break
        if kind & 0x3fff == 1:
            return body[at + 4:at + n].rstrip(b'\0').decode('latin1')
        at += (n + 3) & ~3
    return None


class Session:
    def __init__(self, watch):
        self.watch = watch
        self.spaces = []
        self.frames = []
        self.taps = select.epoll()
        self.background = []
        self.files = {}
        self.busy = False
        self.sockets = {}
        host = self.add('host')
        # What lo is up with counts: groups are told once, as session.ts has it for what comes up later.
        write(IGMP_QRV, '1')
        host.set_up('lo')
        write(IGMP_QRV, '2')
        jiffy = time.monotonic_ns() // JIFFY_NS
        self.start = (jiffy - (jiffy + JIFFIES_AHEAD) % ALIGNED_JIFFIES) * JIFFY_NS

    @property
    def now(self):
        return time.monotonic_ns() - self.start

    def add(self, name):
        space = Namespace(name)
        self.taps.register(space.tap.fileno(), select.EPOLLIN)
        self.spaces.append(space)
        return space

    def close(self):
        for each in self.background:
            each[1].kill()
            each[1].wait()
        for _, udp in self.sockets.values():
            udp.close()
        for fd, _ in self.files.values():
            os.close(fd)
        self.watch.enter()
        for space in self.spaces:
            if space is not None:
                if space.name != 'host':
                    unname(space.name)
                space.close()
        self.taps.close()

    # -- Frames

    def drain(self, wait_s):
        """Takes what has been captured; answers whether there was anything."""
        ready = self.taps.poll(wait_s)
        for fd, _ in ready:
            for number, space in enumerate(self.spaces):
                if space is not None and space.tap.fileno() == fd:
                    self.take(number, space)
        return bool(ready)

    def take(self, number, space):
        fd = space.tap.fileno()
        while True:
            header.controllen, header.namelen = len(control), len(source)
            n = libc.recvmsg(fd, ctypes.byref(header), socket.MSG_DONTWAIT)
            if n < 0:
                return
            data = packet.raw[:n]
            _, _, index, _, kind = struct.unpack_from('=HHiHB', source)
            instant, at = 0, 0
            while at + 16 <= header.controllen:
                length, level, what = struct.unpack_from('=Qii', control, at)
                if level == socket.SOL_SOCKET and what == SO_TIMESTAMPNS:
                    seconds, ns = struct.unpack_from('=qq', control, at + 16)
                    instant = seconds * 10**9 + ns
                elif level == SOL_PACKET and what == PACKET_AUXDATA:
                    status, _, _, _, _, tci, protocol = struct.unpack_from('=IIIHHHH', control, at + 16)
                    if status & TP_STATUS_CSUMNOTREADY:
                        data = with_checksum(data)
                    if status & 0x10 and n >= 12:
                        data = data[:12] + struct.pack('!HH', protocol if status & 0x40 else 0x8100, tci) + data[12:]
                at += (length + 7) & ~7
            self.frames.append((instant, [number, index, 'out' if kind == PACKET_OUTGOING else 'in', data.hex()]))

    def quiet(self, wait_s):
        while self.drain(wait_s):
            pass

    # -- Steps

    def run(self, steps):
        answers = []
        for step in steps:
            if self.busy and not self.background:
                self.quiet(0.002)
                self.busy = False
            if step['op'] not in TIMELESS:
                sleep_into_jiffy()
            at = self.now
            answer = getattr(self, 'do_' + step['op'])(step)
            answer['at'] = at
            answers.append(answer)  # Of a ping in the background what it printed is there only later.
        self.join()
        self.quiet(0.02)
        end = self.now
        frames = [frame for _, frame in sorted(self.frames, key=lambda each: each[0])]
        spaces = self.dump()
        return {'steps': answers, 'end': end, 'read': self.now, 'frames': frames, 'spaces': spaces}

    def space(self, step):
        number = step['netns']
        return self.spaces[number] if number < len(self.spaces) else None

    def do_newnetns(self, step):
        # ip(8) refuses such names by itself.
        if step['name'] in ('', '.', '..') or '/' in step['name']:
            return {'errno': errno.EINVAL}
        path = os.path.join(NETNS_DIR, step['name'])
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL, 0))
        except OSError as e:
            return {'errno': e.errno}
        self.add(step['name'])
        mount('/proc/thread-self/ns/net', path, None, MS_BIND)
        return {'errno': 0}

    def do_delnetns(self, step):
        name = step['name']
        if not os.path.exists(os.path.join(NETNS_DIR, name)):
            return {'errno': errno.ENOENT}
        self.quiet(0.002)
        number = max(i for i, space in enumerate(self.spaces) if space is not None and space.name == name)
        space = self.spaces[number]
        self.sentinel(space)
        unname(name)
        self.watch.enter()
        self.taps.unregister(space.tap.fileno())
        space.close()
        self.spaces[number] = None
        limit = time.monotonic() + TEARDOWN_S_MAX
        while self.watch.getlink(SENTINEL):
            if time.monotonic() > limit:
                raise TimeoutError('namespace %s does not go away' % name)
            time.sleep(0.001)
        self.busy = True
        return {'errno': 0}

    def sentinel(self, space):
        peer = struct.pack('=BBHiII', 0, 0, 0, 0, 0, 0) + attribute(28, struct.pack('=i', space.fd))
        info = attribute(1, b'veth') + attribute(2, attribute(1, peer))
        message = struct.pack('=IHHII', 0, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, 0, 0)
        message += struct.pack('=BBHiII', 0, 0, 0, 0, 0, 0) + attribute(3, SENTINEL.encode() + b'\0')
        code, _, _ = self.watch.request(message + attribute(18, info))
        if code:
            raise OSError(code, 'sentinel')

    def do_netlink(self, step):
        """`links`: offsets that want the ifindex of a named device; `spaces`: offsets that want a descriptor."""
        space = self.space(step)
        if space is None:
            return {'errno': errno.EINVAL}
        message = bytearray.fromhex(step['message'])
        for at, ref in step.get('links', ()):
            index = space.getlink(ref)
            if index == 0:
                return {'errno': errno.ENODEV}
            struct.pack_into('=i', message, at, index)
        for at, number in step.get('spaces', ()):
            other = self.spaces[number] if number < len(self.spaces) else None
            if other is None:
                return {'errno': errno.EINVAL}
            struct.pack_into('=i', message, at, other.fd)
        code, extack, _ = space.request(message)
        self.busy = True
        return {'errno': code} if extack is None else {'errno': code, 'extack': extack}

    def do_tuntap(self, step):
        """What `ip tuntap add` and `del` do."""
        space = self.space(step)
        if space is None:
            return {'errno': errno.EINVAL}
        space.enter()
        fd = os.open('/dev/net/tun', os.O_RDWR)
        try:
            fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', step['name'].encode(), step['flags']))
            for name, request in (('owner', TUNSETOWNER), ('group', TUNSETGROUP)):
                if name in step:
                    fcntl.ioctl(fd, request, step[name])
            fcntl.ioctl(fd, TUNSETPERSIST, 1 if step['persist'] else 0)
        except OSError as e:
            return {'errno': e.errno}
        finally:
            os.close(fd)
            self.busy = True
        return {'errno': 0}

    def do_sysctl(self, step):
        space = self.space(step)
        if space is None:
            return {'errno': errno.EINVAL}
        space.enter()
        try:
            fd = os.open('/proc/sys/' + step['path'], os.O_WRONLY)
            try:
                os.write(fd, step['value'].encode())
            finally:
                os.close(fd)
        except OSError as e:
            return {'errno': e.errno}
        return {'errno': 0}

    def do_frame(self, step):
        space = self.space(step)
        if space is None:
            return {'errno': errno.EINVAL}
        try:
            space.index_of(step['link'])
            space.sender.sendto(bytes.fromhex(step['bytes']), (step['link'], 0))
        except OSError as e:
            return {'errno': e.errno}
        finally:
            self.busy = True
        return {'errno': 0}

    def do_open(self, step):
        space = self.space(step)
        if space is None:
            return {'errno': errno.EINVAL}
        number, flags = step['file'], step.get('flags')
        if number in self.files:
            return {'errno': errno.EBUSY}
        space.enter()
        fd = -1
        try:
            if flags is None:
                fd = self.open_tap(space, step['link'])
                self.files[number] = (fd, 10)
            else:
                fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
                fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', step['link'].encode(), flags))
                self.files[number] = (fd, (0 if flags & 0x1000 else 4) + (10 if flags & 0x4000 else 0))
            if 'mac' in step:
                fcntl.ioctl(fd, SIOCSIFHWADDR, struct.pack('=16sH', b'', 1) + step['mac'].to_bytes(6, 'big') + bytes(16))
        except OSError as e:
            if fd >= 0 and number not in self.files:
                os.close(fd)
            return {'errno': e.errno}
        finally:
            self.busy = True
        return {'errno': 0}

    def open_tap(self, space, name):
        """By the numbers of the device: /dev is that of the machine, where others may have a tapN."""
        index = space.getlink(name)
        os.makedirs('/run/sys', exist_ok=True)
        mount('sysfs', '/run/sys', 'sysfs')  # That of this namespace.
        try:
            with open('/run/sys/class/net/%s/macvtap/tap%d/dev' % (name, index)) as f:
                major, minor = map(int, f.read().split(':'))
        except OSError:
            raise OSError(errno.ENOENT, 'no macvtap')
        finally:
            libc.umount2(b'/run/sys', MNT_DETACH)
        path = '/run/tap%d' % index
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(major, minor))
        try:
            return os.open(path, os.O_RDWR | os.O_NONBLOCK)
        finally:
            os.unlink(path)

    def do_write(self, step):
        if step['file'] not in self.files:
            return {'errno': errno.EBADF}
        self.busy = True
        try:
            os.write(self.files[step['file']][0], bytes.fromhex(step['bytes']))
        except OSError as e:
            return {'errno': e.errno}
        return {'errno': 0}

    def do_read(self, step):
        if step['file'] not in self.files:
            return {'errno': errno.EBADF}
        fd, header = self.files[step['file']]
        lines = []
        while True:
            try:
                packet = os.read(fd, 1 << 17)
            except BlockingIOError:
                return {'errno': 0, 'stdout': ''.join(lines)}
            except OSError as e:
                return {'errno': e.errno, 'stdout': ''.join(lines)}
            lines.append('%s %s\n' % (packet[:header].hex(), packet[header:].hex()))

    def do_close(self, step):
        if step['file'] not in self.files:
            return {'errno': errno.EBADF}
        os.close(self.files.pop(step['file'])[0])
        self.busy = True
        return {'errno': 0}

    def do_ping(self, step):
        space = self.space(step)
        if space is None:
            return {'errno': errno.EINVAL}
        return self.command(space, ['ping', *step['arguments']], step.get('background'))

    def do_routeget(self, step):
        space = self.space(step)
        if space is None:
            return {'errno': errno.EINVAL}
        return self.command(space, ['ip', '-j', '-d', 'route', 'get', *step['arguments']], False)

    def command(self, space, argv, background):
        space.enter()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=ENV)
        answer = {}
        self.background.append((answer, process))
        self.busy = True
        if not background:
            self.join()
        return answer

    def do_udp(self, step):
        space = self.space(step)
        if space is None:
            return {'errno': errno.EINVAL}
        number, call = step['socket'], step['call']
        if number not in self.sockets:
            space.enter()
            self.sockets[number] = (space, udp_socket())
        space, udp = self.sockets[number]
        if call == 'close':
            del self.sockets[number]
        if call in ('connect', 'send') and udp.getsockname()[1] == 0:
            try:
                udp.bind(('0.0.0.0', UDP_PORT_FIRST + number))
            except OSError:
                pass
        try:
            return getattr(self, 'udp_' + call)(space, udp, step) or {'errno': 0}
        except OSError as e:
            return {'errno': e.errno}
        finally:
            self.busy = True

    def udp_bind(self, _, udp, step):
        udp.bind((dotted(step['address']), step['port']))

    def udp_connect(self, _, udp, step):
        udp.connect((dotted(step['address']), step['port']))

    def udp_send(self, _, udp, step):
        payload = UDP_TEXT[:step['length']]
        if 'address' in step:
            udp.sendto(payload, socket.MSG_DONTWAIT, (dotted(step['address']), step['port']))
        else:
            udp.send(payload, socket.MSG_DONTWAIT)

    def udp_receive(self, _, udp, step):
        lines = []
        while True:
            try:
                lines.append(received(*udp.recvmsg(1 << 16, 256, socket.MSG_DONTWAIT)))
            except BlockingIOError:
                return {'stdout': ''.join(line + '\n' for line in lines)}
            except OSError as e:
                lines.append('error %d' % e.errno)

    def udp_join(self, space, udp, step, option=IP_ADD_MEMBERSHIP):
        index = space.index_of(step['link']) if 'link' in step else 0
        udp.setsockopt(socket.IPPROTO_IP, option, struct.pack('=4s4si', packed(step['address']), bytes(4), index))

    def udp_leave(self, space, udp, step):
        self.udp_join(space, udp, step, IP_DROP_MEMBERSHIP)

    def udp_device(self, _, udp, step):
        udp.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, step['link'].encode() + b'\0')

    def udp_option(self, _, udp, step):
        udp.setsockopt(*UDP_OPTIONS[step['option']], step['value'])

    def udp_close(self, _, udp, step):
        udp.close()

    def do_join(self, _):
        self.join()
        return {}

    def join(self):
        for answer, process in self.background:
            stdout, stderr = process.communicate()
            answer.update(status=process.returncode, stdout=stdout.decode(), stderr=stderr.decode())
        self.background = []
        self.quiet(0.002)

    def do_wait(self, step):
        until = time.monotonic() + step['ns'] / 1e9
        while True:
            left = until - time.monotonic()
            if left <= 0:
                return {}
            self.drain(left)

    def do_settle(self, _):
        """Every device is asked for, twice: a bridge follows its ports."""
        for _ in range(2):
            for space in self.spaces:
                if space is not None:
                    for index in space.indexes():
                        space.getlink(index)
        self.busy = True
        return {}

    # -- The end

    def dump(self):
        """Counters of all first: they change with every frame that a timer still sends."""
        counters = [space and self.counters_of(space) for space in self.spaces]
        return [space and {**self.tables_of(space), **counters[i]} for i, space in enumerate(self.spaces)]

    def tables_of(self, space):
        space.enter()
        ip = run(['ip', '-j', '-d', '-force', '-batch', '-'],
                 'addr show\nroute show table all\nneigh show\nneigh show proxy\nlink show\nrule show\n')
        bridge = run(['bridge', '-j', '-d', '-force', '-batch', '-'], 'link show\nfdb show\n')
        return {'ip': ip, 'bridge': bridge}

    def counters_of(self, space):
        space.enter()
        with open('/proc/thread-self/net/dev') as f:
            dev = f.read()
        with open('/proc/thread-self/net/snmp') as f:
            snmp = f.read()
        return {'dev': dev, 'snmp': snmp}


def write(path, text):
    with open(path, 'w') as f:
        f.write(text)


def packed(address):
    return struct.pack('!I', address)


def dotted(address):
    return socket.inet_ntoa(packed(address))


def udp_socket():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    udp.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    return udp


def received(payload, ancillary, _, source):
    """The line of udpcall.ts."""
    told = {kind: data for _, kind, data in ancillary}
    index, _, to = struct.unpack('=i4s4s', told[IP_PKTINFO])
    ttl, = struct.unpack('=i', told[IP_TTL])
    what = '%d octets' % len(payload) if payload == UDP_TEXT[:len(payload)] else payload.hex()
    return '%s:%d to %s on %d ttl %d: %s' % (*source, socket.inet_ntoa(to), index, ttl, what)


def with_checksum(data):
    """A veth leaves the checksum of UDP to its receiver: what a wire would show."""
    if len(data) < 42 or data[12:14] != b'\x08\x00' or data[23] != socket.IPPROTO_UDP:
        return data
    at = 14 + (data[14] & 15) * 4
    end = 14 + struct.unpack_from('!H', data, 16)[0]
    datagram = bytearray(data[at:end])
    datagram[6:8] = bytes(2)
    words = data[26:34] + struct.pack('!HH', socket.IPPROTO_UDP, len(datagram)) + datagram + bytes(len(datagram) % 2)
    total = sum(struct.unpack('!%dH' % (len(words) // 2), words))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return data[:at + 6] + struct.pack('!H', total ^ 0xffff or 0xffff) + data[at + 8:]


def run(argv, text):
    done = subprocess.run(argv, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    return done.stdout.decode() + done.stderr.decode()


def unname(name):
    path = os.path.join(NETNS_DIR, name)
    libc.umount2(path.encode(), MNT_DETACH)
    os.unlink(path)


def main():
    mount(None, '/', None, MS_REC | MS_PRIVATE)
    mount('tmpfs', '/run', 'tmpfs')
    os.mkdir(NETNS_DIR)
    if len(sys.argv) > 1:
        os.sched_setaffinity(0, {int(sys.argv[1]) % os.cpu_count()})
    watch = Namespace('watch')
    for line in sys.stdin:
        session = Session(watch)
        try:
            answer = session.run(json.loads(line))
        except Exception as e:
            answer = {'failure': repr(e)}
        finally:
            session.close()
        sys.stdout.write(json.dumps(answer) + '\n')
        sys.stdout.flush()


main()
