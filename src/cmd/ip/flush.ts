/**
 * What `ip ... flush` says with -s. Follows iproute2 6.1 ip/ipaddress.c, ip/iproute.c, ip/ipneigh.c, which say the
 * same.
 */

export const flushRound = (round: number, count: number, what: 'addresses' | 'entries'): string =>
  `\n*** Round ${round}, deleting ${count} ${what} ***\n`

export const flushSummary = (rounds: number): string =>
  rounds === 0 ? 'Nothing to flush.\n' : `*** Flush is complete after ${rounds} round${rounds > 1 ? 's' : ''} ***\n`
