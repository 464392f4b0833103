/**
 * RTM_NEWNEIGH, RTM_DELNEIGH and RTM_GETNEIGH for IPv4.
 *
 * Follows Linux net/core/neighbour.c: neigh_add, neigh_delete.
 */
import type { NeighbourInfo } from '../control/info.ts'
import type { NeighbourMode, NeighbourSpec } from '../control/request.ts'
import type { Device } from '../core/device.ts'
import { type Answer, fail } from '../core/errno.ts'
import type { Netns } from './netns.ts'

export function newneigh(netns: Netns, spec: NeighbourSpec, mode: NeighbourMode): Answer {
  const device = linkOf(netns, spec)
  return device === undefined ? fail('ENODEV') : netns.stack.addNeighbour(device, spec, mode)
}

export function delneigh(netns: Netns, spec: NeighbourSpec): Answer {
  const device = linkOf(netns, spec)
  return device === undefined ? fail('ENODEV') : netns.stack.deleteNeighbour(device, spec)
}

const linkOf = (netns: Netns, { link }: NeighbourSpec): Device | undefined =>
  typeof link === 'number' ? netns.devices.get(link) : netns.byName.get(link)

/** RTM_GETNEIGH with NLM_F_DUMP: entries, then those we answer for. */
export const dumpNeighbours = (netns: Netns): NeighbourInfo[] => netns.stack.neighbours()
