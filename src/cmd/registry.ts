/** The commands that there are, by the name that a shell finds them under. A new command is one file and one line here. */
import { brctl } from './brctl.ts'
import type { Command } from './command.ts'
import { ip } from './ip/main.ts'

export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['brctl', brctl],
  ['ip', ip],
])
