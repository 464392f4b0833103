/** A command as a program of a world, with what it will have printed. */
import type { Process } from '../cmd/command.ts'
import { COMMANDS } from '../cmd/registry.ts'
import type { NetnsId } from '../core/device.ts'
import type { Program } from '../world/task.ts'
import type { World } from '../world/world.ts'

const PID = 2

export function command(
  world: World,
  netns: NetnsId,
  argv: readonly string[],
): { readonly program: Program; result(): { readonly stdout: string; readonly stderr: string } } {
  const said = { stdout: '', stderr: '' }
  const process: Process = {
    world,
    pid: PID,
    netns,
    argv,
    env: new Map(),
    stdin: '',
    isTerminal: false,
    stdout(text) {
      said.stdout += text
    },
    stderr(text) {
      said.stderr += text
    },
  }
  return { program: COMMANDS.get(argv[0]!)!(process), result: () => said }
}
