/**
 * Runs one command line, given as words: a command of Vethereal, a shell, or one of the library's tools in a shell of
 * its own. This is execve(2) for `ip netns exec`, sudo, timeout, and for commands called by their paths.
 */
import type { Command, Process } from '../cmd/command.ts'
import { programFor } from '../cmd/interpreter.ts'
import { fail } from '../core/errno.ts'
import type { Wake } from '../world/task.ts'
import type { CommandWait, FileWait } from '../world/tasks.ts'
import { shellArguments } from './arguments.ts'
import { FileError, Files } from './files.ts'
import { ShellProcess } from './process.ts'
import { netnsName, type Start, type System } from './system.ts'

/** Directories whose files are commands, not scripts. */
const SYSTEM_PATH = /^(?:\/usr)?\/s?bin\/([^/]+)$/
/** What `ip netns exec` answers when there is no such program. */
const EXEC_FAILED = 255

export async function launch(system: System, argv: readonly string[], start: Start): Promise<number | undefined> {
  const [called = '', ...args] = argv
  const name = SYSTEM_PATH.exec(called)?.[1] ?? called
  const command = name.includes('/') ? programFor(system.programs, name) : system.commands.get(name)
  if (command !== undefined) return runCommand(system, command, [name, ...args], start)
  if (name === 'bash' || name === 'sh') return runShell(system, name, args, start)
  if (!name.includes('/')) {
    if (!system.store.commands.has(name)) return undefined
    return new ShellProcess(system, start, { argv0: name, args: [] }).runWords([name, ...args])
  }
  const script = await readFile(system, start, name)
  return script === undefined
    ? undefined
    : new ShellProcess(system, start, { argv0: name, args, file: name }).run(script)
}

/** A command of src/cmd, or a program of the user's. */
async function runCommand(system: System, command: Command, argv: readonly string[], start: Start): Promise<number> {
  const { output } = start
  const pid = system.nextPid()
  system.processes.set(pid, { pid, netns: start.netns, group: start.group })
  const process: Process = {
    world: system.world,
    pid,
    netns: start.netns,
    argv,
    env: start.env,
    get stdin() {
      return start.stdin()
    },
    isTerminal: output.isTerminal,
    processes: () => [...system.processes.values()],
    stdout: text => output.stdout(text),
    stderr: text => output.stderr(text),
  }
  try {
    return await system.driver.run({
      program: () => command(process),
      foreground: start.foreground,
      request: wait => answer(system, wait, start),
      started: task => start.group.addTask(task),
    })
  } finally {
    system.processes.delete(pid)
  }
}

/** `bash` and `sh` themselves. */
async function runShell(system: System, name: string, args: readonly string[], start: Start): Promise<number> {
  const asked = shellArguments(name, args)
  if ('words' in asked) {
    start.output.stderr(asked.words)
    return 2
  }
  const { source, argv0, options } = asked
  const file = source.from === 'file' ? source.path : undefined
  const shell = (text: string, stdin: () => string): Promise<number> =>
    new ShellProcess(system, { ...start, stdin }, { argv0, args: asked.args, options, file }).run(text)
  if (source.from === 'text') return shell(source.text, start.stdin)
  if (source.from === 'stdin') {
    const text = start.stdin()
    if (text !== '' || system.readLine === undefined || !start.output.isTerminal) return shell(text, () => '')
    return new ShellProcess(system, start, { argv0, args: [], options, interactive: true }).interact()
  }
  const script = await readFile(system, start, source.path)
  if (script !== undefined) return shell(script, start.stdin)
  start.output.stderr(`${name}: ${source.path}: No such file or directory\n`)
  return 127
}

/** What a command asks of its shell: to run another one, or to read a file. */
async function answer(system: System, wait: CommandWait | FileWait, start: Start): Promise<Wake> {
  if (wait.for === 'file') {
    if ('write' in wait) return writeFile(system, start, wait.path, wait.write, wait.append)
    if (wait.as === 'octets') return readOctets(system, start, wait.path)
    const text = await readFile(system, start, wait.path)
    return text === undefined ? { by: 'nofile', failure: fail('ENOENT') } : { by: 'file', text }
  }
  const { argv, netns, stdin, stdout } = wait
  const { output } = start
  const captured = stdout && { stdout, stderr: (text: string) => output.stderr(text), isTerminal: false }
  const status = await system.launch(argv, {
    ...start,
    netns,
    stdin: stdin === undefined ? start.stdin : () => stdin,
    output: captured ?? output,
  })
  if (status !== undefined) return { by: 'command', status }
  start.output.stderr(`exec of "${argv[0]}" failed: No such file or directory\n`)
  return { by: 'command', status: EXEC_FAILED }
}

/** The files as a command that starts like this sees them. `failed` hears why an open(2) was refused. */
function filesOf(system: System, { netns }: Start, failed: (words: string) => void = () => undefined): Files {
  return new Files(system.store, {
    netns,
    pid: system.nextPid(),
    netnsName: netnsName(system.world, netns),
    netnsOf: pid => system.processes.get(pid)?.netns,
    stdout: () => undefined,
    stderr: () => undefined,
    line: () => undefined,
    ownWords: text => text,
    openFailed: failed,
  })
}

async function readFile(system: System, start: Start, path: string): Promise<string | undefined> {
  const files = filesOf(system, start)
  try {
    return await files.readFile(files.resolvePath(start.cwd, path))
  } catch {
    return undefined
  }
}

async function readOctets(system: System, start: Start, path: string): Promise<Wake> {
  const files = filesOf(system, start)
  try {
    const octets = await files.readFileBuffer(files.resolvePath(start.cwd, path))
    return { by: 'file', text: '', octets }
  } catch (error) {
    return { by: 'nofile', failure: fail(error instanceof FileError ? error.errno : 'ENOENT') }
  }
}

async function writeFile(
  system: System,
  start: Start,
  path: string,
  octets: Uint8Array,
  append: boolean,
): Promise<Wake> {
  const files = filesOf(system, start)
  const at = files.resolvePath(start.cwd, path)
  try {
    if (append) await files.appendFile(at, octets)
    else await files.writeFile(at, octets)
    return { by: 'file', text: '' }
  } catch (error) {
    return { by: 'nofile', failure: fail(error instanceof FileError ? error.errno : 'ENOENT') }
  }
}
