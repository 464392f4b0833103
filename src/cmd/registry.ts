/**
 * The commands that there are, by the name that a shell finds them under. A new command is one file and one line here.
 */
import { arp } from './arp.ts'
import { arping } from './arping.ts'
import { brctl } from './brctl.ts'
import { bridge } from './bridge/main.ts'
import type { Command } from './command.ts'
import { date } from './date.ts'
import { ifconfig } from './ifconfig.ts'
import { ip } from './ip/main.ts'
import { mtr } from './mtr.ts'
import { nc } from './nc.ts'
import { netstat } from './netstat.ts'
import { nstat } from './nstat.ts'
import { ping } from './ping.ts'
import { route } from './route.ts'
import { sleep } from './sleep.ts'
import { socat } from './socat/main.ts'
import { ss } from './ss.ts'
import { sysctl } from './sysctl.ts'
import { tcpdump } from './tcpdump.ts'
import { tracepath } from './tracepath.ts'
import { traceroute } from './traceroute.ts'
import { tunctl } from './tunctl.ts'

export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['arp', arp],
  ['arping', arping],
  ['brctl', brctl],
  ['bridge', bridge],
  ['date', date],
  ['ifconfig', ifconfig],
  ['ip', ip],
  ['mtr', mtr],
  ['nc', nc],
  ['netcat', nc],
  ['netstat', netstat],
  ['nstat', nstat],
  ['ping', ping],
  ['route', route],
  ['sleep', sleep],
  ['socat', socat],
  ['ss', ss],
  ['sysctl', sysctl],
  ['tcpdump', tcpdump],
  ['tracepath', tracepath],
  ['traceroute', traceroute],
  ['tunctl', tunctl],
])
