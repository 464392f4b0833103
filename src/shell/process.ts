/**
 * One shell process: a Bash of the library with its own view of the files, its own descriptors, jobs and traps.
 *
 * Follows bash(1) where the library does not: where output goes and when (rewrite.ts), messages that name the script
 * and the line, $SECONDS, jobs, traps, signals.
 */
import type { Bash, CommandContext, ExecResult } from 'just-bash/browser'
import { strerror } from '../core/errno.ts'
import { builtins } from './builtins.ts'
import { type Completion, complete } from './complete.ts'
import { beginningAt, optionsOf, promptLoop, statusIs, withoutSpecial } from './copies.ts'
import { SIGNAL_STATUS, STOPPED } from './driver.ts'
import { Files, fromOctets } from './files.ts'
import { argumentsFor, messagesOf, outputOf } from './gnu.ts'
import { isIncomplete, syntaxWords } from './interactive.ts'
import { Job } from './jobs.ts'
import { LIMITS, limitWords } from './limits.ts'
import { type Mistake, mistakeIn } from './mistakes.ts'
import { Internal, Variable } from './names.ts'
import { CommandOutput } from './output.ts'
import { withPlainArithmetic } from './parens.ts'
import { rewrite, type TextPlace } from './rewrite.ts'
import type { Beginning } from './routes.ts'
import { SignalGroup } from './signals.ts'
import type { Builtin, Call, ShellState } from './state.ts'
import { type FunctionDef, literal, quoted, type ScriptNode, type StatementNode, simple, statement } from './syntax.ts'
import { netnsName, type Start, type System } from './system.ts'
import { BASH_BUILTINS, libraryTools, SHELL_WORDS, SHOWN_AS } from './toolset.ts'
import { traceOf } from './xtrace.ts'

export interface ShellIdentity {
  /** $0 */
  readonly argv0: string
  /** The file that it was read from, as it was called. */
  readonly file?: string | undefined
  /** $1 and so on */
  readonly args: readonly string[]
  /** Words for `set`. */
  readonly options?: readonly string[]
  /** At a prompt, messages name no line. */
  readonly interactive?: boolean
  /** $$ of a job is that of its shell. */
  readonly pid?: number
}

export class ShellProcess implements ShellState {
  readonly system: System
  readonly start: Start
  readonly files: Files
  readonly pid: number
  readonly argv0: string
  secondsSince: number
  readonly timed: number[] = []
  readonly jobs: Job[] = []
  readonly traps = new Map<string, string>()

  private readonly identity: ShellIdentity
  /** Statements to run in the background, by the numbers that the rewriter gives them. */
  private readonly kept: { readonly statement: StatementNode; readonly text: string }[] = []
  private readonly functions = new Map<string, FunctionDef>()
  private readonly bash: Bash
  private abort = new AbortController()
  /** The status with which a signal has ended it. */
  private ended: number | undefined
  /** How the next text begins, and what stands in for it. */
  private beginning: Beginning = 'collected'
  private instead: readonly StatementNode[] = []
  private place: TextPlace = {}
  private exitTrapTaken = false
  /** Files that were sourced so far. */
  private sourced = 0
  /** As they were when the shell ended, or when it last asked for a line. */
  private variables: Record<string, string> | undefined
  private arrays = ''
  cwd: string
  /** The person at the prompt has ended the input. */
  private inputEnded = false
  /** The last command was `exit`. */
  private exits = false
  /** The rewritten command that is about to run has its own Out and Err. */
  private routed = false
  /** Commands that run now; while there is none, what is written are words of the shell itself. */
  private running = 0
  line = 0
  /** The library's own line of `set -x` for this command comes too late and is dropped. */
  private traced = false
  private mistake: Mistake | undefined
  /** Why the last open(2) for writing failed. */
  private openWords = ''

  constructor(system: System, start: Start, identity: ShellIdentity) {
    this.system = system
    this.start = start
    this.identity = identity
    this.argv0 = identity.argv0
    this.pid = identity.pid ?? system.nextPid()
    this.secondsSince = system.world.now
    this.cwd = start.cwd
    this.files = new Files(system.store, {
      netns: start.netns,
      netnsName: netnsName(system.world, start.netns),
      pid: this.pid,
      netnsOf: pid => system.processes.get(pid)?.netns,
      stdout: text => this.printed(text, 'stdout'),
      stderr: text => this.printed(text, 'stderr'),
      line: (line, exits) => {
        this.line = line
        this.exits = exits
        this.routed = true
        return system.driver.breath()
      },
      ownWords: text => (this.running === 0 ? this.named(text) : text),
      openFailed: words => {
        this.openWords = words
      },
    })
    const tools = libraryTools(system)
    this.bash = new system.library.Bash({
      fs: this.files,
      cwd: start.cwd,
      env: Object.fromEntries(start.env),
      commands: tools as never[],
      customCommands: [
        ...tools.map(name => this.command(name, call => this.tool(call))),
        ...[...builtins].map(([name, run]) => this.command(name, run)),
        ...[...system.commands.keys()].map(name => this.command(name, call => this.external(call))),
      ],
      executionLimits: LIMITS,
      defenseInDepth: false,
      processInfo: { pid: this.pid, ppid: 1, uid: 0, gid: 0 },
    })
    this.bash.registerTransformPlugin({ name: 'vethereal', transform: ({ ast }) => ({ ast: this.transformed(ast) }) })
  }

  /** Runs a script to its end; answers its exit status. */
  async run(text: string): Promise<number> {
    const status = await this.execute(text, this.parameters(), [])
    return this.exitTrapIsDue() ? this.lateExitTrap(status) : status
  }

  /** Runs one command given as words. */
  runWords(words: readonly string[]): Promise<number> {
    return this.run(words.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' '))
  }

  get isInteractive(): boolean {
    return this.identity.interactive === true
  }

  /**
   * Runs what a person types, until `exit` or the end of the input; answers the exit status. The library keeps
   * variables and functions only within one text, so the session is one: a loop that asks for a line and evaluates it.
   * When Ctrl-C ends the text, the next one begins with the variables that were there at the prompt.
   */
  async interact(): Promise<number> {
    let env = this.parameters()
    let last = 0
    for (;;) {
      this.ended = undefined
      this.abort = new AbortController()
      const loop = [
        ...beginningAt(undefined),
        ...this.declarations(this.arrays),
        ...this.definitions(),
        statement(simple(literal('cd'), [quoted(this.cwd)])),
        statusIs(literal(String(last))),
        promptLoop(),
      ]
      const status = await this.execute(':', env, loop)
      last = status
      if (!this.goesOn()) return status
      env = this.variables ?? env
    }
  }

  /** Ctrl-C, or a mistake that ends a script, does not end a shell at a prompt. */
  private goesOn(): boolean {
    if (this.inputEnded || this.system.driver.stopped !== undefined) return false
    return this.ended !== undefined || !(this.exits || (this.variables?.SHELLOPTS ?? '').includes('errexit'))
  }

  async nextLine(status: number, arrays: string, context: CommandContext): Promise<number> {
    const { readLine, driver } = this.system
    this.arrays = arrays
    this.cwd = context.cwd
    this.variables = Object.fromEntries(context.env)
    this.announceJobs()
    let text = ''
    for (;;) {
      const netns = netnsName(this.system.world, this.start.netns)
      const answer = (await readLine?.({ netns, cwd: this.cwd, status, continued: text !== '' })) ?? 'end'
      if (answer === 'end') {
        this.inputEnded = true
        return 1
      }
      text = answer === 'interrupted' ? '' : `${text}${answer.line}\n`
      if (text !== '' && !isIncomplete(text, each => this.parsed(each))) break
    }
    driver.startPace()
    context.env.set(Variable.Status, String(status))
    context.env.set(Variable.Text, text.trim() === '' ? `${Internal.Status} ${status}` : this.rewrittenLine(text))
    return 0
  }

  private rewrittenLine(text: string): string {
    try {
      return this.rewritten(text)
    } catch (error) {
      this.start.output.stderr(`bash: ${syntaxWords(error)}\n`)
      return `${Internal.Status} 2`
    }
  }

  /** At a prompt bash tells of jobs that are done. */
  private announceJobs(): void {
    for (const job of this.jobs) {
      if (!job.done || job.announced) continue
      job.announced = true
      const state = job.status === 0 ? 'Done' : `Exit ${job.status}`
      this.start.output.stderr(`[${job.number}]+  ${state.padEnd(24)}${job.text}\n`)
    }
  }

  /** Candidates for the word at the end of a line. */
  complete(line: string): Promise<Completion> {
    const { world, store } = this.system
    const visible = [...store.commands].filter(name => !name.startsWith('vethereal-'))
    const commands = [...visible, ...SHELL_WORDS, ...this.functions.keys()]
    return complete(line, { world, netns: this.start.netns, files: this.files, cwd: this.cwd, commands })
  }

  // -- Running text -------------------------------------------------------------------------------

  /** `instead`: statements, rewritten already, that stand in for the text. */
  private async execute(text: string, env: Record<string, string>, instead: readonly StatementNode[]): Promise<number> {
    const { system, start } = this
    // A subshell has the number of its shell.
    const parent = system.processes.get(this.pid)
    system.processes.set(this.pid, { pid: this.pid, netns: start.netns, group: start.group })
    const leave = start.group.addShell(signal => this.end(SIGNAL_STATUS[signal]))
    this.beginning = 'terminal'
    this.instead = instead
    const { foreground } = system
    if (start.foreground) foreground.push(this)
    try {
      const options = { rawScript: true, env, stdin: start.stdin(), signal: this.abort.signal }
      let result = await this.bash.exec(withPlainArithmetic(text), options)
      // Nothing has begun: the text could not be parsed.
      if (this.beginning === 'terminal') {
        this.mistake = this.mistakeIn(text)
        const before = this.mistake?.before
        if (before !== undefined)
          result = await this.bash.exec(withPlainArithmetic(`${before}${Internal.Mistake}`), options)
      }
      this.showRest(result)
      if (this.ended === undefined) this.variables = result.env
      return this.ended ?? result.exitCode
    } finally {
      leave()
      if (start.foreground) foreground.splice(foreground.lastIndexOf(this), 1)
      if (parent === undefined) system.processes.delete(this.pid)
      else system.processes.set(this.pid, parent)
    }
  }

  private mistakeIn(text: string): Mistake | undefined {
    const plain = new this.system.library.Bash({ fs: this.files, commands: [], defenseInDepth: false })
    return mistakeIn(text, each => plain.transform(withPlainArithmetic(each)))
  }

  private parameters(): Record<string, string> {
    const { argv0, args, file } = this.identity
    const all = args.join(' ')
    const numbered = Object.fromEntries(args.map((arg, i) => [String(i + 1), arg]))
    const source = file === undefined ? {} : { [`${Variable.Source}_0`]: file }
    return { ...numbered, ...source, 0: argv0, '#': String(args.length), '@': all, '*': all }
  }

  sourceVariable(): string {
    return `${Variable.Source}_${++this.sourced}`
  }

  /** What has reached nobody: messages of constructs that are not commands, and of the end itself. */
  private showRest({ stdout, stderr }: ExecResult): void {
    const { output } = this.start
    if (stdout !== '') output.stdout(stdout)
    if (stderr === '' || this.ended !== undefined) return
    output.stderr(this.named(stderr))
    if (limitWords(stderr) !== undefined) this.end(STOPPED)
  }

  /** The library calls this with each text it has parsed: scripts, and command lines of its own tools. */
  private transformed(ast: ScriptNode): ScriptNode {
    const { beginning, instead } = this
    const { options = [] } = this.identity
    this.beginning = 'collected'
    this.instead = []
    if (instead.length > 0) return { ...ast, statements: [...instead] }
    const set =
      beginning === 'terminal' && options.length > 0 ? [statement(simple(literal('set'), options.map(quoted)))] : []
    const script = rewrite(ast, beginning, {
      place: this.place,
      traces: (this.identity.options ?? []).some(word => /^-\w*x|^xtrace$/.test(word)),
      job: (kept, shown) => this.kept.push({ statement: kept, text: shown }) - 1,
      functions: () => this.functions.keys(),
      defined: definition => this.functions.set(definition.name, definition),
      parse: text => this.parsed(text).ast,
    })
    return { ...script, statements: [...set, ...script.statements] }
  }

  private parsed(text: string): { ast: ScriptNode; script: string } {
    const { beginning } = this
    this.beginning = 'inherited'
    try {
      return this.bash.transform(withPlainArithmetic(text))
    } finally {
      this.beginning = beginning
    }
  }

  rewritten(text: string, at: TextPlace = {}): string {
    this.place = at
    try {
      return this.parsed(text).script
    } finally {
      this.place = {}
    }
  }

  // -- The EXIT trap ------------------------------------------------------------------------------

  takeExitTrap(): string {
    this.exitTrapTaken = true
    const text = this.traps.get('EXIT') ?? ''
    return text === '' ? '' : this.rewritten(text)
  }

  private exitTrapIsDue(): boolean {
    return this.traps.has('EXIT') && !this.exitTrapTaken && this.system.driver.stopped === undefined
  }

  /**
   * The EXIT trap of a script that a signal or `set -u` has ended. The shell that it belongs to is gone by then, so it
   * runs in another one, which has the variables and functions but not the arrays.
   */
  private async lateExitTrap(status: number): Promise<number> {
    const text = this.takeExitTrap()
    const heir = new ShellProcess(this.system, this.start, { ...this.identity, pid: this.pid })
    const body = [...this.definitions(), ...this.parsed(text).ast.statements]
    await heir.execute(':', this.variables ?? {}, [...beginningAt(undefined), ...body])
    return status
  }

  /** Arrays, as `declare -a` and `declare -A` show them. */
  private declarations(arrays: string): StatementNode[] {
    return this.parsed(withoutSpecial(arrays)).ast.statements
  }

  private definitions(): StatementNode[] {
    return [...this.functions.values()].map(each => statement(each))
  }

  // -- Running commands ---------------------------------------------------------------------------

  private command(
    name: string,
    run: Builtin,
  ): { name: string; execute: (args: string[], context: CommandContext) => Promise<ExecResult> } {
    return {
      name,
      execute: async (args, context) => {
        const output = new CommandOutput(context, this.start.output, this.files, this.routed)
        this.trace(name, args, context, output)
        this.routed = false
        const status = await this.carryOut(run, { shell: this, name, args, context, output })
        if (this.traps.has('EXIT')) this.variables = Object.fromEntries(context.env)
        return this.deliver(name, output, status)
      },
    }
  }

  private async carryOut(run: Builtin, call: Call): Promise<number> {
    this.running++
    try {
      return await run(call)
    } finally {
      this.running--
    }
  }

  /** A tool of the library. Those that are programs on Linux take the time that starting a program takes. */
  private async tool({ name, args, context, output }: Call): Promise<number> {
    if (!BASH_BUILTINS.has(name)) await this.system.driver.delay(this.start.foreground, this.system.driver.commandNs)
    this.openWords = ''
    const result = await context.origCommand!(argumentsFor(name, args))
    const isText =
      result.stdoutKind === 'text' || (result.stdoutKind === undefined && result.stdoutEncoding !== 'binary')
    output.stdout(outputOf(name, args, isText ? result.stdout : fromOctets(result.stdout)))
    output.stderr(messagesOf(name, result.stderr, this.openWords))
    return result.exitCode
  }

  /** A command of Vethereal. */
  private async external({ name, args, context, output }: Call): Promise<number> {
    const status = await this.system.launch([name, ...args], this.inherit(context, output))
    if (status === SIGNAL_STATUS.INT && this.system.driver.wasInterrupted && this.start.foreground) {
      this.variables = Object.fromEntries(context.env)
      this.end(status)
    }
    return status ?? NOT_FOUND
  }

  inherit(context: CommandContext, output: CommandOutput): Start {
    return {
      ...this.start,
      cwd: context.cwd,
      env: new Map(Object.entries(context.exportedEnv ?? {})),
      stdin: () => fromOctets(String(context.stdin)),
      output,
    }
  }

  /** What was collected for a file of /proc or /sys is written here, for write(2) there can fail. */
  private async deliver(name: string, output: CommandOutput, status: number): Promise<ExecResult> {
    if (output.checked !== undefined) {
      const text = output.takeStdout()
      const errno = text === '' ? undefined : await this.files.writeSynthetic(output.checked, text)
      if (errno !== undefined) {
        const words = `${name}: write error: ${strerror(errno)}\n`
        output.stderr(BASH_BUILTINS.has(name) ? `${this.prefix()}${words}` : words)
        return output.result(1)
      }
    }
    return output.result(status)
  }

  /** `set -x` shows a command before it runs; the library's own line comes after it. */
  private trace(name: string, args: readonly string[], context: CommandContext, output: CommandOutput): void {
    if (!this.routed || !output.showsErrors || !(context.env.get('SHELLOPTS') ?? '').includes('xtrace')) return
    const shown = SHOWN_AS[name]
    this.traced = true
    if (shown === null) return
    output.stderr(traceOf(context.env.get('PS4') ?? '+ ', shown === undefined ? [name, ...args] : shown(args)))
  }

  // -- Messages -----------------------------------------------------------------------------------

  /** The library itself prints to the terminal: builtins, messages, traces. */
  private printed(text: string, stream: 'stdout' | 'stderr'): void {
    if (text === '') return
    if (this.traced) this.traced = false
    else this.start.output[stream](this.named(text))
    // Under `set -u` that ends the shell; the library ends only the construct around it.
    if (UNBOUND.test(text)) this.end(1)
    if (limitWords(text) !== undefined) this.end(STOPPED)
  }

  mistakeWords(): string {
    const name = this.isInteractive ? 'bash' : this.argv0
    return (this.mistake?.words ?? []).map(line => `${name}: ${line}\n`).join('')
  }

  prefix(): string {
    return this.isInteractive ? 'bash: ' : `${this.argv0}: line ${this.line}: `
  }

  private named(text: string): string {
    return (limitWords(text) ?? text)
      .replace(/^bash: (?:line \d+: )?|^(?=[\w@*#]+: unbound variable$)/gm, () => this.prefix())
      .replace(/: cannot open redirect target$/gm, () => `: ${this.openWords || 'No such file or directory'}`)
  }

  // -- Signals and jobs ---------------------------------------------------------------------------

  /** The shell stops before its next command. */
  end(status: number): void {
    this.ended ??= status
    this.abort.abort()
  }

  background(number: number, arrays: string, context: CommandContext, output: CommandOutput): Job {
    const { statement: kept, text } = this.kept[number]!
    const pid = this.system.nextPid()
    const job = new Job(this.jobs.filter(each => !each.announced).length + 1, pid, new SignalGroup(), text)
    this.jobs.push(job)
    if (this.isInteractive) this.start.output.stderr(`[${job.number}] ${pid}\n`)
    const start: Start = {
      ...this.inherit(context, output),
      output: this.start.output,
      foreground: false,
      group: job.group,
      stdin: () => '',
    }
    const child = new ShellProcess(this.system, start, { ...this.identity, pid: this.pid })
    const body = [
      ...beginningAt(context.fileDescriptors),
      ...child.declarations(arrays),
      ...this.definitions(),
      ...optionsOf(context.env.get('SHELLOPTS') ?? ''),
      kept,
    ]
    const env = Object.fromEntries(context.env)
    this.system.processes.set(pid, { pid, netns: start.netns, group: job.group })
    void this.system.driver
      .activity(() => child.execute(':', env, body))
      .then(status => {
        this.system.processes.delete(pid)
        job.finish(status)
      })
    return job
  }
}

const UNBOUND = /^[\w@*#]+: unbound variable$/m
const NOT_FOUND = 127
