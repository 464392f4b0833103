/**
 * Commands of Linux about privileges, processes and time, as the sandbox has them.
 *
 * Follows sudo(8), timeout(1), id(1), uname(1), modprobe(8), nproc(1),
 * mktemp(1), nsenter(1) into network namespaces. An option that is not here is
 * refused.
 */
import { getoptLong, type LongOption } from '../cmd/getopt-long.ts'
import type { NetnsId } from '../core/device.ts'
import type { Program, Signal } from '../world/task.ts'
import { HOST } from '../world/world.ts'
import { SIGNAL_STATUS, STOPPED } from './driver.ts'
import { SignalGroup, signalNamed } from './signals.ts'
import type { Builtin, Call } from './state.ts'
import type { System } from './system.ts'
import { parseSpan } from './time.ts'

export const tools: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['bash', shell],
  ['sh', shell],
  ['env', env],
  ['id', id],
  ['mktemp', mktemp],
  ['modprobe', modprobe],
  ['nproc', nproc],
  ['nsenter', nsenter],
  ['sudo', sudo],
  ['timeout', timeout],
  ['ulimit', () => 0],
  ['umask', umask],
  ['uname', uname],
  ['whoami', whoami],
])

function complain({ name, output }: Call, words: string, status = 1): number {
  output.stderr(`${name}: ${words}\n`)
  return status
}

function refuse({ name, output }: Call, what: string, status = 2): number {
  output.stderr(`vethereal: ${name}: ${what} is not supported yet\n`)
  return status
}

async function shell({ shell, name, args, context, output }: Call): Promise<number> {
  return (await shell.system.launch([name, ...args], shell.inherit(context, output))) ?? 127
}

/** `env [-i] [-u NAME] [NAME=VALUE]... [COMMAND [ARGUMENT]...]` */
async function env(call: Call): Promise<number> {
  const { shell, context, output } = call
  const words = [...call.args]
  const inherited = shell.inherit(context, output)
  let variables = new Map(inherited.env)
  for (;;) {
    const [word = ''] = words
    const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(word) ?? []
    if (word === '-i' || word === '-' || word === '--ignore-environment') variables = new Map()
    else if (word === '-u') {
      variables.delete(words[1] ?? '')
      words.shift()
    } else if (word.startsWith('-') && word !== '--') return refuse(call, `option ${word}`, 125)
    else if (word !== '--') {
      if (name === undefined) break
      variables.set(name, value)
    }
    words.shift()
  }
  if (words.length === 0) {
    for (const [name, value] of variables) output.stdout(`${name}=${value}\n`)
    return 0
  }
  const status = await shell.system.launch(words, { ...inherited, env: variables })
  return status ?? complain(call, `'${words[0]}': No such file or directory`, 127)
}

/** sudo: everybody is root. */
async function sudo(call: Call): Promise<number> {
  const { shell, context, output } = call
  const words = [...call.args]
  const env = new Map(Object.entries(context.exportedEnv ?? {}))
  let login = false
  for (;;) {
    const word = words[0]
    if (word === undefined) break
    const [, name, value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? []
    const [, user = word === '-u' || word === '-g' ? words[1] : undefined] =
      /^(?:-[ug]|--user=|--group=)(.+)$/.exec(word) ?? []
    if (name !== undefined) env.set(name, value)
    else if (user !== undefined) {
      if (user !== 'root' && user !== '#0' && user !== '0') return complain(call, `unknown user ${user}`)
      if (word === '-u' || word === '-g') words.shift()
    } else if (word === '-i' || word === '-s') login = true
    else if (!/^-[nEHSkb]+$/.test(word) && !word.startsWith('--preserve-env')) break
    words.shift()
  }
  if (words[0] === '--') words.shift()
  else if (words[0]?.startsWith('-') === true) return refuse(call, `option ${words[0]}`)
  const argv = login ? ['bash', ...(words.length > 0 ? ['-c', words.join(' ')] : [])] : words
  if (argv.length === 0) return complain(call, 'a command is needed')
  const status = await shell.system.launch(argv, { ...shell.inherit(context, output), env })
  return status ?? complain(call, `${argv[0]}: command not found`)
}

/** `nsenter --net=FILE [COMMAND [ARGUMENT]...]`, or `-t PID -n`. Without a command it is a shell. */
async function nsenter(call: Call): Promise<number> {
  const { shell, context, output } = call
  const words = [...call.args]
  let target = ''
  let path: string | undefined
  while (words[0]?.startsWith('-') === true) {
    const word = words.shift()!
    if (word === '--') break
    const [, pid = word === '-t' || word === '--target' ? words.shift() : undefined] =
      /^(?:-t|--target=)(\d+)$/.exec(word) ?? []
    const [, file] = /^(?:--net=|-n=?)(.+)$/.exec(word) ?? []
    if (pid !== undefined) target = pid
    else if (word === '-n' || word === '--net') path ??= ''
    else if (file !== undefined) path = file
    else return refuse(call, `option ${word}`, 1)
  }
  if (path === undefined) return refuse(call, 'a namespace other than --net', 1)
  if (path === '' && target === '') return complain(call, 'neither filename nor target pid supplied for ns/net')
  const file = path === '' ? `/proc/${target}/ns/net` : path
  const netns = netnsOf(shell.system, file)
  if (netns === undefined) return complain(call, `cannot open ${file}: No such file or directory`)
  const argv = words.length > 0 ? words : ['bash']
  const status = await shell.system.launch(argv, { ...shell.inherit(context, output), netns })
  return status ?? complain(call, `failed to execute ${argv[0]}: No such file or directory`, 127)
}

/** The namespace behind `/run/netns/NAME` or `/proc/PID/ns/net`. */
function netnsOf(system: System, file: string): NetnsId | undefined {
  const [, name, pid] = /^(?:\/var)?\/run\/netns\/([^/]+)$|^\/proc\/(\d+)\/ns\/net$/.exec(file) ?? []
  if (name !== undefined) return system.world.netnsNamed(name)?.id
  return pid === '1' ? HOST : system.processes.get(Number(pid))?.netns
}

const TIMEOUT_OPTIONS: readonly LongOption[] = [
  { name: 'kill-after', as: 'k', argument: 'required' },
  { name: 'signal', as: 's', argument: 'required' },
  { name: 'verbose', as: 'v' },
  { name: 'foreground', as: 'foreground' },
  { name: 'preserve-status', as: 'preserve' },
  { name: 'help', as: 'help' },
  { name: 'version', as: 'version' },
]

async function timeout(call: Call): Promise<number> {
  const { shell, context, output } = call
  let signal: Signal = 'TERM'
  let preserve = false
  let verbose = false
  let killAfterNs: number | undefined
  const { options, operands } = getoptLong(['timeout', ...call.args], '+k:s:v', TIMEOUT_OPTIONS)
  for (const each of options) {
    if ('complaint' in each) {
      output.stderr(`${each.complaint}\nTry 'timeout --help' for more information.\n`)
      return 125
    }
    const { option, argument = '' } = each
    if (option === 'preserve') preserve = true
    else if (option === 'v') verbose = true
    else if (option === 's') {
      const known = signalNamed(argument)
      if (known === undefined || known === '0') return complain(call, `'${argument}': invalid signal`, 125)
      signal = known
    } else if (option === 'k') {
      killAfterNs = parseSpan(argument)
      if (killAfterNs === undefined) return complain(call, `invalid time interval '${argument}'`, 125)
    } else if (option !== 'foreground') return refuse(call, `option --${option}`)
  }
  const [span = '', ...command] = operands
  if (command.length === 0) {
    output.stderr("Try 'timeout --help' for more information.\n")
    return 125
  }
  const ns = parseSpan(span)
  if (ns === undefined) return complain(call, `invalid time interval '${span}'`, 125)
  const tell = (which: Signal): void => {
    if (verbose) output.stderr(`timeout: sending signal ${which} to command '${command[0]}'\n`)
  }
  const { world } = shell.system
  const inherited = shell.inherit(context, output)
  const group = new SignalGroup(inherited.group)
  let timedOut = false
  let killed = false
  if (ns > 0) {
    world.spawn(after(world.now + ns), () => {
      timedOut = !over
      if (over) return
      tell(signal)
      group.signal(signal)
    })
    if (killAfterNs !== undefined) {
      world.spawn(after(world.now + ns + killAfterNs), () => {
        killed = !over
        if (over) return
        tell('KILL')
        group.signal('KILL')
      })
    }
  }
  let over = false
  const status = await shell.system.launch(command, { ...inherited, group })
  over = true
  if (status === undefined)
    return complain(call, `failed to run command '${command[0]}': No such file or directory`, 127)
  if (killed || (timedOut && signal === 'KILL')) return SIGNAL_STATUS.KILL
  return timedOut && !preserve ? STOPPED : status
}

function* after(at: number): Program {
  yield { for: 'instant', at }
  return 0
}

const IDS: Readonly<Record<string, string>> = {
  '-u': '0',
  '-g': '0',
  '-G': '0',
  '-un': 'root',
  '-gn': 'root',
  '-Gn': 'root',
  '-ur': '0',
  '': 'uid=0(root) gid=0(root) groups=0(root)',
}

function id(call: Call): number {
  const letters = call.args.filter(arg => arg.startsWith('-')).map(arg => arg.slice(1))
  const key = letters.length === 0 ? '' : `-${letters.join('')}`
  const words = IDS[key === '-nu' ? '-un' : key === '-ng' ? '-gn' : key === '-ru' ? '-ur' : key]
  if (words === undefined) return refuse(call, `option ${key}`)
  call.output.stdout(`${words}\n`)
  return 0
}

const UNAME: readonly (readonly [string, string])[] = [
  ['s', 'Linux'],
  ['n', 'host'],
  ['r', '6.18.0'],
  ['v', '#1 SMP PREEMPT_DYNAMIC'],
  ['m', 'x86_64'],
  ['o', 'GNU/Linux'],
]

function uname(call: Call): number {
  const letters = call.args.flatMap(arg => [...arg.replace(/^-/, '')])
  const asked = letters.length === 0 ? ['s'] : letters.includes('a') ? UNAME.map(([letter]) => letter) : letters
  const wrong = asked.find(letter => !UNAME.some(([known]) => known === letter))
  if (wrong !== undefined) return complain(call, `invalid option -- '${wrong}'`)
  call.output.stdout(
    `${UNAME.filter(([letter]) => asked.includes(letter))
      .map(([, word]) => word)
      .join(' ')}\n`,
  )
  return 0
}

/** Modules whose devices or features Vethereal has; they are there already. */
const MODULES = ['8021q', 'br_netfilter', 'bridge', 'dummy', 'macvlan', 'macvtap', 'tap', 'tun', 'veth', 'nf_conntrack']

function modprobe(call: Call): number {
  const names = call.args.filter(arg => !arg.startsWith('-'))
  for (const name of names.slice(0, 1)) {
    if (MODULES.includes(name.replaceAll('-', '_'))) continue
    call.output.stderr(`modprobe: FATAL: Module ${name} not found in directory /lib/modules/6.18.0\n`)
    return 1
  }
  return 0
}

/** One: nothing here happens at the same time as something else. */
function nproc(call: Call): number {
  const wrong = call.args.find(arg => arg !== '--all')
  if (wrong !== undefined) return refuse(call, `argument ${wrong}`)
  call.output.stdout('1\n')
  return 0
}

const MKTEMP_LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

async function mktemp(call: Call): Promise<number> {
  const { shell, context, output } = call
  const args = [...call.args]
  let directory = false
  let dry = false
  let under: string | undefined
  let template: string | undefined
  while (args[0] !== undefined) {
    const word = args.shift()!
    if (word === '-d' || word === '--directory') directory = true
    else if (word === '-u') dry = true
    else if (word === '-t' || word === '-q') under ??= word === '-t' ? '/tmp' : undefined
    else if (word === '-p') under = args.shift() ?? '/tmp'
    else if (word.startsWith('--tmpdir')) under = word.split('=')[1] ?? '/tmp'
    else if (word.startsWith('-')) return refuse(call, `option ${word}`)
    else template = word
  }
  const pattern = template ?? 'tmp.XXXXXXXXXX'
  const random = shell.system.streams.stream('shell mktemp')
  const holes = /X{3,}(?=[^X]*$)/.exec(pattern)?.[0]
  if (holes === undefined) return complain(call, `too few X's in template ‘${pattern}’`)
  const filled = [...holes].map(() => MKTEMP_LETTERS[random.below(MKTEMP_LETTERS.length)]).join('')
  const at = pattern.lastIndexOf(holes)
  const name = pattern.slice(0, at) + filled + pattern.slice(at + holes.length)
  const base = under ?? (template === undefined ? '/tmp' : '')
  const shown = base === '' ? name : `${base}/${name}`
  const path = shell.files.resolvePath(context.cwd, shown)
  if (!dry) {
    try {
      if (directory) await shell.files.mkdir(path)
      else await shell.files.writeFile(path, '')
    } catch {
      const kind = directory ? 'directory' : 'file'
      const whole = base === '' ? pattern : `${base}/${pattern}`
      return complain(call, `failed to create ${kind} via template ‘${whole}’: No such file or directory`)
    }
  }
  output.stdout(`${shown}\n`)
  return 0
}

function whoami({ output }: Call): number {
  output.stdout('root\n')
  return 0
}

const UMASK = '0022'

/** Files have no owners here: the mask is kept by nobody. */
function umask({ args, output }: Call): number {
  if (args.length === 0) output.stdout(`${UMASK}\n`)
  return 0
}
