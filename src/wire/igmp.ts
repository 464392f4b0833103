/**
 * IGMPv3 reports: RFC 3376 section 4.2, what a host tells about the IPv4 groups it listens to.
 *
 * Left out: queries, versions 1 and 2, source lists.
 */
import { put16, put32 } from './bytes.ts'
import * as checksum from './checksum.ts'
import * as ip4 from './ip.ts'

export const HEADER_BYTES = 8
const RECORD_BYTES = 8
const TYPE_REPORT = 0x22

/** 224.0.0.22: all routers that understand version 3 listen there. */
export const ALL_ROUTERS = 0xe000_0016 as ip4.Ip

/** The IPv4 option of RFC 2113, value 0: every router looks at the packet. */
export const ROUTER_ALERT = 0x9404_0000
export const ROUTER_ALERT_BYTES = 4

export interface GroupRecord {
  readonly type: number
  readonly group: ip4.Ip
}

export const reportBytes = (records: readonly GroupRecord[]): number => HEADER_BYTES + RECORD_BYTES * records.length

/** Writes the report and its checksum. */
export function putReport(b: Uint8Array, at: number, records: readonly GroupRecord[]): void {
  put32(b, at, TYPE_REPORT * 0x100_0000)
  put16(b, at + 4, 0)
  put16(b, at + 6, records.length)
  let record = at + HEADER_BYTES
  for (const { type, group } of records) {
    put32(b, record, type * 0x100_0000)
    ip4.put(b, record + 4, group)
    record += RECORD_BYTES
  }
  checksum.put(b, at + 2, at, record)
}
