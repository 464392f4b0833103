import type { NetnsId } from '../../core/device.ts'
import type { Process } from '../command.ts'
import { exit, usage } from './args.ts'
import { NETNS_HELP } from './help.ts'
import type { IpObject } from './object.ts'

export function switchNetns(process: Process, name: string): NetnsId {
  const netns = process.world.netnsNamed(name)
  return netns?.id ?? exit(255, `Cannot open network namespace "${name}": No such file or directory\n`)
}

export const netns: IpObject = () => usage(NETNS_HELP)
