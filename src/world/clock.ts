/**
 * The wall clock of a world: what gettimeofday(2), date(1), ping's time stamps and captures count from.
 *
 * It is not the machine's, or two runs would differ.
 */

/** The second since 1970 that instant 0 is: 2026-01-01 00:00:00 UTC. */
export const EPOCH_S = 1_767_225_600
