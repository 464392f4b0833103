/** What ping found, read from what it printed: iputils writes the same lines in every version that matters. */
import type { CommandResult } from './processes.ts'

export interface PingReply {
  readonly from: string
  readonly seq: number
  readonly ttl: number
  /** Octets of ICMP message, as ping counts them: 64 of a default ping. */
  readonly bytes: number
  /** Round trip in milliseconds of simulated time. */
  readonly timeMs: number
  /** The same reply had come before. */
  readonly duplicate: boolean
}

/** An ICMP error that came instead of a reply. */
export interface PingError {
  readonly from: string
  readonly seq: number
  /** `Destination Host Unreachable`, `Time to live exceeded` ... */
  readonly words: string
}

export interface PingResult {
  /** 0: at least one reply; 1: none; 2: some other failure, told in `stderr`. */
  readonly status: number
  readonly transmitted: number
  readonly received: number
  readonly lossPercent: number
  readonly replies: readonly PingReply[]
  readonly errors: readonly PingError[]
  /** In milliseconds; undefined without a reply. */
  readonly rtt: { readonly min: number; readonly avg: number; readonly max: number; readonly mdev: number } | undefined
  readonly stdout: string
  readonly stderr: string
}

const REPLY = /^(\d+) bytes from (?:\S+ \()?([\d.]+)\)?: icmp_seq=(\d+) ttl=(\d+)(?: time=([\d.]+) ms)?(.*)$/gm
const ERROR = /^From (?:\S+ \()?([\d.]+)\)?:? icmp_seq=(\d+) (.+)$/gm
const TOTALS = /^(\d+) packets transmitted, (\d+) received,.* ([\d.]+)% packet loss/m
const RTT = /^rtt min\/avg\/max\/mdev = ([\d.]+)\/([\d.]+)\/([\d.]+)\/([\d.]+) ms/m

export function pingResult({ status, stdout, stderr }: CommandResult): PingResult {
  const [, transmitted = 0, received = 0, lossPercent = 100] = (TOTALS.exec(stdout) ?? []).map(Number)
  const [, min, avg, max, mdev] = (RTT.exec(stdout) ?? []).map(Number)
  return {
    status,
    transmitted,
    received,
    lossPercent,
    replies: [...stdout.matchAll(REPLY)].map(([, bytes, from, seq, ttl, time, rest]) => ({
      from: from!,
      seq: Number(seq),
      ttl: Number(ttl),
      bytes: Number(bytes),
      timeMs: Number(time ?? 0),
      duplicate: rest!.includes('(DUP!)'),
    })),
    errors: [...stdout.matchAll(ERROR)].map(([, from, seq, words]) => ({
      from: from!,
      seq: Number(seq),
      words: words!,
    })),
    rtt: min === undefined ? undefined : { min, avg: avg!, max: max!, mdev: mdev! },
    stdout,
    stderr,
  }
}
