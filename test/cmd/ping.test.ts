/** ping against a network of one socket. The texts are those that iputils 20221126 printed on Linux 6.18. */
import { describe, expect, test } from 'vitest'
import { fail } from '../../src/core/errno.ts'
import * as icmp from '../../src/wire/icmp.ts'
import * as ip from '../../src/wire/ip.ts'
import { EPOCH_S } from '../../src/world/clock.ts'
import { addr, echo, type FakeSocket, ME, ping, replyTo, silence, start, YOU } from './ping/network.ts'

describe('the command line', () => {
  test.for([
    ['ping', 1, 'ping: usage error: Destination address required\n'],
    ['ping -c x 1', 1, "ping: invalid argument: 'x'\n"],
    ["ping -c '' 1", 1, "ping: invalid argument: ''\n"],
    ['ping -c 1x 1', 1, "ping: invalid argument: '1x'\n"],
    ['ping -c 0 1', 1, "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807\n"],
    ['ping -c -1 1', 1, "ping: invalid argument: '-1': out of range: 1 <= value <= 9223372036854775807\n"],
    [
      'ping -c 99999999999999999999 1',
      1,
      "ping: invalid argument: '99999999999999999999': Numerical result out of range\n",
    ],
    ['ping -e -1 1', 1, "ping: invalid argument: '-1': out of range: 0 <= value <= 65535\n"],
    ['ping -m -1 -c1 10.0.0.2', 1, "ping: invalid argument: '-1': out of range: 0 <= value <= 4294967295\n"],
    ['ping -s -1 10.0.0.2', 1, "ping: invalid argument: '-1': out of range: 0 <= value <= 2147483647\n"],
    ['ping -S 0 10.0.0.2', 1, "ping: invalid argument: '0': out of range: 1 <= value <= 2147483647\n"],
    ['ping -l 70000 10.0.0.2', 1, "ping: invalid argument: '70000': out of range: 1 <= value <= 65536\n"],
    ['ping -t 256 10.0.0.2', 1, "ping: invalid argument: '256': out of range: 0 <= value <= 255\n"],
    ['ping -w -1 10.0.0.2', 1, "ping: invalid argument: '-1': out of range: 0 <= value <= 2147483647\n"],
    ["ping -i '' 10.0.0.2", 2, 'ping: bad timing interval: : No such file or directory\n'],
    ['ping -i inf 10.0.0.2', 2, 'ping: bad timing interval: inf: Numerical result out of range\n'],
    ['ping -i nan 10.0.0.2', 2, 'ping: bad timing interval: nan: Numerical result out of range\n'],
    ['ping -i 99999999 10.0.0.2', 2, 'ping: bad timing interval: 99999999\n'],
    ['ping -W -1 10.0.0.2', 2, 'ping: bad linger time: -1\n'],
    ['ping -M foo 10.0.0.2', 2, 'ping: invalid -M argument: foo\n'],
    ['ping -M probe 10.0.0.2', 2, 'ping: invalid -M argument: probe\n'],
    ['ping -Q 256 10.0.0.2', 2, 'ping: the decimal value of TOS bits must be in range 0-255: 256\n'],
    ['ping -Q zz 10.0.0.2', 2, 'ping: bad TOS value: zz\n'],
    ['ping -T foo 10.0.0.2', 2, 'ping: invalid timestamp type: foo\n'],
    ['ping -4 -6 10.0.0.2', 2, 'ping: only one -4 or -6 option may be specified\n'],
    ['ping -6 -4 10.0.0.2', 2, 'ping: only one -4 or -6 option may be specified\n'],
    ['ping -R -T tsonly 10.0.0.2', 2, 'ping: only one of -T or -R may be used\n'],
    ['ping -p abzz 10.0.0.2', 2, 'ping: patterns must be specified as hex digits: zz\n'],
    ['ping nosuch', 2, 'ping: nosuch: Name or service not known\n'],
    ["ping ''", 2, 'ping: : Name or service not known\n'],
    ['ping 10.0.0.256', 2, 'ping: 10.0.0.256: Name or service not known\n'],
    ['ping 10.0.0.2.1', 2, 'ping: 10.0.0.2.1: Name or service not known\n'],
    ['ping -c 1 10.200.0.1', 2, 'ping: connect: Network is unreachable\n'],
    [
      'ping -c1 10.0.0.255',
      2,
      'ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules\n',
    ],
    ['ping -I nosuch -c1 10.0.0.2', 2, 'ping: SO_BINDTODEVICE nosuch: No such device\n'],
    ['ping -I nosuch -c1 224.0.0.1', 2, 'ping: unknown iface: nosuch\n'],
    ['ping -I 10.0.0.9 -c1 10.0.0.2', 2, 'ping: bind: Cannot assign requested address\n'],
    ['ping -t 0 -c1 10.0.0.2', 2, 'ping: cannot set unicast time-to-live: Invalid argument\n'],
    ['ping -6 ::1', 2, 'vethereal: ping: -6 (IPv6) is not supported yet\n'],
    ['ping ::1', 2, 'vethereal: ping: ::1 (IPv6) is not supported yet\n'],
    ['ping -R 10.0.0.2', 2, 'vethereal: ping: -R is not supported yet\n'],
    ['ping -T tsonly 10.0.0.2', 2, 'vethereal: ping: -T is not supported yet\n'],
    ['ping 10.0.0.3 10.0.0.2', 2, 'vethereal: ping: a source route is not supported yet\n'],
  ] as const)('%s', ([words, status, text]) => {
    const run = ping(words)
    expect([run.err, run.out, run.status]).toEqual([text, '', status])
  })

  test('an unknown option shows the usage', () => {
    const run = ping('ping -x 10.0.0.2')
    expect(run.err).toMatch(/^ping: invalid option -- 'x'\n\nUsage\n {2}ping \[options\] <destination>\n/)
    expect(run.status).toBe(2)
    expect(ping('ping -c').err).toMatch(/^ping: option requires an argument -- 'c'\n\nUsage\n/)
    expect(ping('ping -h').err).toMatch(/^\nUsage\n[\s\S]*\nFor more details see ping\(8\)\.\n$/)
  })

  test('the version', () => {
    expect(ping('ping -V').out).toBe(
      'ping from iputils 20221126\n' +
        'libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n',
    )
  })

  test('options after the destination, together, and behind --', () => {
    expect(ping('ping 10.0.0.2 -qc2 -i.2').out).toMatch(/^PING[^\n]*\n\n--- 10.0.0.2 ping statistics ---\n2 packets/)
    expect(ping('ping -c 1 -- 10.0.0.2').status).toBe(0)
  })

  test('garbage behind an interval is complained of and ignored', () => {
    const run = ping('ping -i 0.2s -c 2 10.0.0.2')
    expect(run.err).toBe(
      'ping: option argument contains garbage: s\nping: this will become fatal error in the future\n',
    )
    expect(run.status).toBe(0)
  })
})

test('a flood over lo, that takes no time, waits for its last reply', () => {
  expect(ping('ping -i 0 -q -c 3 127.0.0.1').out).toContain('3 packets transmitted, 3 received, 0% packet loss')
})

describe('where to', () => {
  test.for([
    ['10.2', 'PING 10.2 (10.0.0.2) 56(84) bytes of data.\n64 bytes from 10.0.0.2: icmp_seq=1 '],
    ['0x0a000002', 'PING 0x0a000002 (10.0.0.2) 56(84) bytes of data.\n64 bytes from 10.0.0.2: '],
    ['012.0.0.2', 'PING 012.0.0.2 (10.0.0.2) 56(84) bytes of data.\n64 bytes from 10.0.0.2: '],
    ['0', 'PING 0 (127.0.0.1) 56(84) bytes of data.\n'],
    ['alias', 'PING server.lab (10.0.0.2) 56(84) bytes of data.\n64 bytes from server.lab (10.0.0.2): icmp_seq=1 '],
    ['-n SERVER', 'PING server.lab (10.0.0.2) 56(84) bytes of data.\n64 bytes from 10.0.0.2: icmp_seq=1 '],
    ['-I 10.0.0.1 10.0.0.2', 'PING 10.0.0.2 (10.0.0.2) from 10.0.0.1 : 56(84) bytes of data.\n'],
    ['-B 10.0.0.2', 'PING 10.0.0.2 (10.0.0.2) from 10.0.0.1 : 56(84) bytes of data.\n'],
    ['-s 0 10.0.0.2', 'PING 10.0.0.2 (10.0.0.2) 0(28) bytes of data.\n8 bytes from 10.0.0.2: icmp_seq=1 ttl=64\n'],
  ] as const)('%s', ([words, text]) => {
    expect(ping(`ping -c1 ${words}`).out.slice(0, text.length)).toBe(text)
  })

  test('a source that is not on the device asked for', () => {
    const run = ping('ping -I lo -c1 -W 0.3 10.0.0.2', silence)
    expect(run.err).toBe('ping: Warning: source address might be selected on device other than: lo\n')
    expect(run.out).toMatch(/^PING 10.0.0.2 \(10.0.0.2\) from 10.0.0.1 lo: 56\(84\) bytes of data.\n/)
  })

  test('verbose', () => {
    const run = ping('ping -c 1 -v -e 77 server')
    expect(run.err).toBe(
      'ping: sock4.fd: 3 (socktype: SOCK_RAW), sock6.fd: 4 (socktype: SOCK_RAW), hints.ai_family: AF_UNSPEC\n\n',
    )
    expect(run.out).toMatch(/^ai->ai_family: AF_INET, ai->ai_canonname: 'server.lab'\nPING /)
    expect(run.out).toContain('64 bytes from server.lab (10.0.0.2): icmp_seq=1 ident=77 ttl=64 time=0.050 ms\n')
  })

  test('options reach the socket', () => {
    const all = '-c1 -t 9 -Q 0x10 -m 5 -d -r -L -M dont -C -I 10.0.0.1 10.0.0.2'
    expect(ping(`ping ${all}`).socket.log).toEqual([
      'tos 16',
      'pmtu dont',
      'bind 10.0.0.1',
      'filter 0,3,4,5,11,12',
      'loop false',
      'ttl 9',
      'dontroute true',
      'mark 5',
      'connect 10.0.0.2',
      'close',
    ])
  })

  test('broadcast: a warning, never a fragment, everybody may answer', () => {
    const run = ping('ping -b -c 1 -W 0.3 10.0.0.255', socket => {
      socket.onSend = (_n, message) => {
        socket.deliver(20, replyTo(message, YOU))
        socket.deliver(30, replyTo(message, addr('10.0.0.3')))
        return undefined
      }
    })
    expect(run.err).toBe('WARNING: pinging broadcast address\n')
    expect(run.socket.log).toContain('pmtu do')
    expect(run.socket.log).toContain('broadcast true')
    expect(run.out).toMatch(/^PING 10.0.0.255 .*\n64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.020 ms\n\n---/)
  })
})

describe('the request', () => {
  test('56 octets: the wall clock, then a count from 0x10', () => {
    const { socket } = ping('ping -c 1 10.0.0.2')
    const stamp = new DataView(new ArrayBuffer(16))
    stamp.setBigUint64(0, BigInt(EPOCH_S), true)
    expect(socket.sent).toHaveLength(1)
    const [message] = socket.sent
    expect(icmp.verify(message!, 0, 64)).toBe(true)
    expect([...message!.slice(0, 2), ...message!.slice(4, 8)]).toEqual([8, 0, 0x12, 0x34, 0, 1])
    expect([...message!.slice(8, 24)]).toEqual([...new Uint8Array(stamp.buffer)])
    expect([...message!.slice(24)]).toEqual(Array.from({ length: 40 }, (_, i) => 0x10 + i))
  })

  test('a payload too short for a time stamp is not timed', () => {
    const run = ping('ping -c 1 -s 15 10.0.0.2')
    expect([...run.socket.sent[0]!.slice(8)]).toEqual(Array.from({ length: 15 }, (_, i) => i))
    expect(run.out).toBe(
      'PING 10.0.0.2 (10.0.0.2) 15(43) bytes of data.\n23 bytes from 10.0.0.2: icmp_seq=1 ttl=64\n\n' +
        '--- 10.0.0.2 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n\n',
    )
  })

  test('a pattern', () => {
    const run = ping('ping -p abc -c 1 -s 20 10.0.0.2')
    expect(run.out).toMatch(/^PATTERN: 0xab0c\nPING /)
    expect([...run.socket.sent[0]!.slice(24)]).toEqual([0xab, 0x0c, 0xab, 0x0c])
    expect(ping('ping -q -p abc -c 1 10.0.0.2').out).toMatch(/^PING /)
    expect([...ping('ping -p ff00 -c 1 -s 9 10.0.0.2').socket.sent[0]!.slice(8)]).toEqual([255, 0, 0, 0, 0, 0, 0, 0, 0])
  })
})

describe('replies', () => {
  test('one after the other, with statistics', () => {
    const trips = [120, 80, 40]
    const run = ping('ping -c 3 10.0.0.2', socket => {
      socket.onSend = (n, message) => {
        socket.deliver(trips[n - 1]!, replyTo(message))
        return undefined
      }
    })
    // The reads of one second are timers of the kernel: 250 jiffies fall into buckets of 32 ms.
    expect(run.out).toBe(
      'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n' +
        '64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.120 ms\n' +
        '64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=0.080 ms\n' +
        '64 bytes from 10.0.0.2: icmp_seq=3 ttl=64 time=0.040 ms\n\n' +
        '--- 10.0.0.2 ping statistics ---\n' +
        '3 packets transmitted, 3 received, 0% packet loss, time 2048ms\n' +
        'rtt min/avg/max/mdev = 0.040/0.080/0.120/0.032 ms\n',
    )
    expect([run.err, run.status]).toEqual(['', 0])
  })

  test.for([
    [999, '0.999'],
    [1000, '1.00'],
    [9994, '9.99'],
    [9995, '10.0'],
    [99_949, '99.9'],
    [99_950, '100'],
    [123_456, '123'],
  ] as const)('%i us are shown as %s ms', ([us, text]) => {
    expect(ping('ping -c1 10.0.0.2', echo(us)).out).toContain(` time=${text} ms\n`)
  })

  test('duplicates', () => {
    const run = ping('ping -c 2 -i 0.2 10.0.0.2', socket => {
      socket.onSend = (_n, message) => {
        socket.deliver(20, replyTo(message))
        socket.deliver(100_000, replyTo(message))
        return undefined
      }
    })
    expect(run.out).toContain('64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=100 ms (DUP!)\n')
    expect(run.out).toContain('2 packets transmitted, 2 received, +1 duplicates, 0% packet loss, time 20')
    expect(run.out).toContain('rtt min/avg/max/mdev = 0.020/33.346/100.000/')
  })

  test('damaged, cut short, and from somebody else', () => {
    const damaged = ping('ping -c 1 -s 50 10.0.0.2', socket => {
      socket.onSend = (_n, message) => {
        const reply = replyTo(message)
        reply[20 + 8 + 20] = 0xee
        socket.deliver(10, reply)
        return undefined
      }
    })
    expect(damaged.out).toContain(
      'ttl=64 time=0.010 ms\nwrong data byte #20 should be 0x14 but was 0xee\n' +
        '#16\t10 11 12 13 ee 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f \n' +
        '#48\t30 31 \n\n---',
    )
    const short = ping('ping -c 1 10.0.0.2', socket => {
      socket.onSend = (_n, message) => {
        socket.deliver(10, replyTo(message.slice(0, 40)))
        return undefined
      }
    })
    expect(short.out).toContain('40 bytes from 10.0.0.2: icmp_seq=1 ttl=64 (truncated)\n\n---')
    const other = ping('ping -c 1 10.0.0.2', socket => {
      socket.onSend = (_n, message) => {
        socket.deliver(10, replyTo(message, addr('10.0.0.9')))
        return undefined
      }
    })
    expect(other.out).toContain('64 bytes from 10.0.0.9: icmp_seq=1 ttl=64 time=0.010 ms (DIFFERENT ADDRESS!)\n')
  })

  test("another ping's replies are not ours", () => {
    const run = ping('ping -c 1 -W 0.5 10.0.0.2', socket => {
      socket.onSend = (_n, message) => {
        const reply = replyTo(message)
        reply[20 + 5] = 0xff
        socket.deliver(10, reply)
        return undefined
      }
    })
    expect(run.out).toContain('1 packets transmitted, 0 received, 100% packet loss, time 0ms\n\n')
    expect([run.status, run.world.now]).toEqual([1, 500_000_000])
  })

  test('time stamps and bells', () => {
    expect(ping('ping -D -c 1 10.0.0.2').out).toContain(`\n[${EPOCH_S}.000050] 64 bytes from 10.0.0.2: `)
    expect(ping('ping -a -c 1 10.0.0.2').out).toContain('time=0.050 ms\x07\n')
  })
})

describe('errors', () => {
  const unreachable = (socket: FakeSocket): void => {
    socket.onSend = (_n, message) => {
      socket.refuse(3_000_000, message, 3, 1, 'EHOSTUNREACH', ME)
      return undefined
    }
  }

  test('destination unreachable, from the error queue', () => {
    const run = ping('ping -c 3 -i 0.2 -W 5 10.0.0.2', unreachable)
    expect(run.out.replace(/time \d+ms/, 'time Tms')).toBe(
      'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n' +
        'From 10.0.0.1 icmp_seq=1 Destination Host Unreachable\n' +
        'From 10.0.0.1 icmp_seq=2 Destination Host Unreachable\n' +
        'From 10.0.0.1 icmp_seq=3 Destination Host Unreachable\n\n' +
        '--- 10.0.0.2 ping statistics ---\n' +
        '3 packets transmitted, 0 received, +3 errors, 100% packet loss, time Tms\npipe 3\n',
    )
    expect(run.status).toBe(1)
    expect(run.socket.log).toContain('filter 0,4,5')
  })

  test.for([
    [3, 0, 0, 'Destination Net Unreachable'],
    [3, 3, 0, 'Destination Port Unreachable'],
    [3, 4, 1400, 'Frag needed and DF set (mtu = 1400)'],
    [3, 13, 0, 'Packet filtered'],
    [3, 77, 0, 'Dest Unreachable, Bad Code: 77'],
    [11, 0, 0, 'Time to live exceeded'],
    [11, 1, 0, 'Frag reassembly time exceeded'],
    [12, 0, 20, 'Parameter problem: pointer = 20'],
  ] as const)('type %i code %i', ([type, code, info, text]) => {
    const run = ping('ping -c 1 10.0.0.2', socket => {
      socket.onSend = (_n, message) => {
        socket.refuse(10, message, type, code, 'EHOSTUNREACH', addr('10.0.0.254'), info)
        return undefined
      }
    })
    expect(run.out).toContain(`\nFrom 10.0.0.254 icmp_seq=1 ${text}\n\n---`)
  })

  test('a redirect comes as a packet and is no error', () => {
    const run = ping('ping -c 1 10.0.0.2', socket => {
      socket.onSend = (_n, message) => {
        const quoted = replyTo(message)
        ip.put(quoted, 16, YOU)
        quoted.set(message, 20)
        const packet = new Uint8Array(28 + quoted.length)
        packet.set(quoted.slice(0, 20))
        ip.put(packet, 12, addr('10.0.0.254'))
        icmp.putError(packet, 20, icmp.Type.Redirect, 1, addr('10.0.0.253'), quoted, 0, quoted.length)
        socket.deliver(10, packet)
        socket.deliver(30, replyTo(message))
        return undefined
      }
    })
    expect(run.out).toContain('\nFrom 10.0.0.254: icmp_seq=1 Redirect Host(New nexthop: 10.0.0.253)\n64 bytes from')
    expect(run.out).toContain('1 packets transmitted, 1 received, 0% packet loss')
  })

  test('too long for the device, with DF', () => {
    const run = ping('ping -M do -s 2000 -c 2 -i 0.2 10.0.0.2', socket => {
      socket.onSend = () => socket.tooBig(1500)
    })
    expect(run.err).toBe('ping: local error: message too long, mtu=1500\n'.repeat(2))
    expect(run.out).toMatch(/2 packets transmitted, 0 received, \+2 errors, 100% packet loss, time 20\dms\n\n$/)
    expect(run.status).toBe(1)
  })

  test('refused at once, with nothing in the error queue, is passed over in silence', () => {
    const run = ping('ping -I 10.0.0.1 -c1 -W 0.3 99.0.0.2', socket => {
      socket.onSend = () => fail('ENETUNREACH')
    })
    expect([run.err, run.status]).toEqual(['', 1])
    expect(run.out).toContain('1 packets transmitted, 0 received, 100% packet loss, time 0ms\n\n')
  })

  test('a full queue is tried again every half second, for ten seconds', () => {
    const run = ping('ping -c 1 10.0.0.2', socket => {
      socket.onSend = () => fail('ENOBUFS')
    })
    expect(run.err).toBe('ping: sendmsg: No buffer space available\n')
    expect(run.socket.sent).toHaveLength(20)
  })
})

describe('pacing', () => {
  test('-O tells of probes that have no answer yet', () => {
    const run = ping('ping -O -c 3 -i 0.2 -W 0.3 10.0.0.2', silence)
    expect(run.out).toContain('data.\nno answer yet for icmp_seq=1\nno answer yet for icmp_seq=2\n\n---')
  })

  test('-l sends the first ones together', () => {
    const run = ping('ping -l 3 -c 5 -i 0.2 10.0.0.2')
    expect(run.out).toMatch(/time 40\dms\nrtt min\/avg\/max\/mdev = 0.050\/0.050\/0.050\/0.000 ms, pipe 3\n$/)
  })

  test('-w ends everything; more than -c asked for is not heard', () => {
    const run = ping('ping -w 2 -i 0.5 10.0.0.2')
    expect(run.out).toContain('4 packets transmitted, 4 received, 0% packet loss')
    expect([run.status, run.world.now]).toEqual([0, 2_000_000_000])
    expect(ping('ping -w 1 -c 5 10.0.0.2').status).toBe(1)
    expect(ping('ping -w 5 -c 2 -i 0.2 10.0.0.2').status).toBe(0)
  })

  test('-w is over with the first error', () => {
    const run = ping('ping -w 9 10.0.0.2', socket => {
      socket.onSend = (_n, message) => {
        socket.refuse(50_000, message, 3, 1, 'EHOSTUNREACH', ME)
        return undefined
      }
    })
    expect(run.out).toContain('1 packets transmitted, 0 received, +1 errors, 100% packet loss')
    expect(run.world.now).toBe(50_000_000)
  })

  test('without a reply the last probe is waited for ten seconds', () => {
    expect(ping('ping -c 1 10.0.0.2', silence).world.now).toBe(10_000_000_000)
  })

  test('with one, twice the longest round trip, and at least the interval', () => {
    const first = (socket: FakeSocket): void => {
      socket.onSend = (n, message) => {
        if (n === 1) socket.deliver(300_000, replyTo(message))
        return undefined
      }
    }
    const run = ping('ping -c 2 10.0.0.2', first)
    expect(run.out).toContain('2 packets transmitted, 1 received, 50% packet loss')
    const sentMs = Number(/time (\d+)ms/.exec(run.out)![1])
    expect(Math.round(run.world.now / 1e6)).toBe(sentMs + 1000)
  })

  test('flood: a dot for each probe, rubbed out by its reply', () => {
    const run = ping('ping -f -c 5 10.0.0.2')
    expect(run.out).toBe(
      'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n' +
        '.\b \b'.repeat(5) +
        '\n--- 10.0.0.2 ping statistics ---\n' +
        '5 packets transmitted, 5 received, 0% packet loss, time 0ms\n' +
        'rtt min/avg/max/mdev = 0.050/0.050/0.050/0.000 ms, ipg/ewma 0.050/0.050 ms\n',
    )
  })

  test('flood: a hundred a second when nobody answers, E for errors', () => {
    const run = ping('ping -f -c 3 10.0.0.2', socket => {
      socket.onSend = (_n, message) => {
        socket.refuse(3_000_000, message, 3, 1, 'EHOSTUNREACH', ME)
        return undefined
      }
    })
    expect(run.out.replace(/time \d+/, 'time T')).toBe(
      'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n...\bE\bE\bE\n--- 10.0.0.2 ping statistics ---\n' +
        '3 packets transmitted, 0 received, +3 errors, 100% packet loss, time Tms\npipe 3\n',
    )
  })

  test('flood of a host that takes no time at all ends with its deadline', () => {
    const run = ping('ping -f -q -w 1 10.0.0.2', echo(0))
    expect(run.world.now).toBe(1_000_000_000)
    expect(run.socket.sent).toHaveLength(100_000)
  })

  test('adaptive: the next one with the reply', () => {
    const run = ping('ping -A -c 5 10.0.0.2')
    expect(run.out).toContain('5 packets transmitted, 5 received, 0% packet loss, time 0ms\n')
    expect(run.out).toContain('mdev = 0.050/0.050/0.050/0.000 ms, ipg/ewma 0.050/0.050 ms\n')
  })
})

describe('signals', () => {
  test('INT ends with statistics, QUIT tells how it stands', () => {
    const run = start('ping 10.0.0.2', echo(31))
    run.world.runUntil(500_000_000)
    run.task.signal('QUIT')
    expect(run.err).toBe('\r1/1 packets, 0% loss, min/avg/ewma/max = 0.031/0.031/0.031/0.031 ms\n')
    run.task.signal('INT')
    expect(run.status).toBe(0)
    expect(run.out).toMatch(/time=0.031 ms\n\n--- 10.0.0.2 ping statistics ---\n1 packets transmitted, 1 received/)
  })

  test('TERM ends at once', () => {
    const run = start('ping -i 0.2 10.0.0.2', silence)
    run.world.runUntil(500_000_000)
    run.task.signal('QUIT')
    run.task.signal('TERM')
    expect([run.err, run.status]).toEqual(['\r0/3 packets, 100% loss\n', 143])
    expect(run.socket.log.at(-1)).toBe('close')
  })
})
