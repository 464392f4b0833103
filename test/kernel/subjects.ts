/** What sessions may be about, and the session that a seed stands for. */
import * as fc from 'fast-check'
import { FILES, IPV4, IPV6, LINKS, NETWORKS, STP, type Subject, sessions } from '../../src/testing/arbitrary.ts'
import type { Session } from '../../src/testing/session.ts'

export const SUBJECTS: Readonly<Record<string, Subject>> = {
  links: LINKS,
  ipv4: IPV4,
  files: FILES,
  networks: NETWORKS,
  stp: STP,
  ipv6: IPV6,
}

export const sessionOf = (subject: Subject, seed: number, i: number): Session =>
  fc.sample(sessions(subject), { seed: Math.imul(seed, 1_000_003) + i, numRuns: 1 })[0]!
