/**
 * npm run test:foreign -- [--linux] [--timeout SECONDS] FOLDER|FILE...
 *
 * Other people's tests in our shell: *.t of iproute2's testsuite/tests and *.sh of the kernel's tools/testing/selftests,
 * from checkouts outside this project. A folder stands for all such files below it. Prints a table: how each ended, how
 * many of its checks passed, and why not all did; --linux (as root) runs the same on the kernel of this machine, in
 * private namespaces. What was printed is kept in out/foreign. The exit status is 0 when all were run, however they ended.
 *
 * A test of iproute2 is started as testsuite/Makefile does: from testsuite/, with the programs in variables, and it
 * failed when the file that $ERRF names is there. A selftest is started in its own folder; its exit status says how it
 * ended.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Ended, ended, row, TITLE } from './foreign-report.ts'
import { whyNot } from './linux.ts'
import { onLinux } from './machine.ts'

const ROOT = join(import.meta.dirname, '../..')
const OUT = join(import.meta.dirname, 'out/foreign')
const MS_PER_S = 1000

interface Foreign {
  readonly name: string
  /** The part of the checkout that the test reads. */
  readonly mount: string
  readonly cwd: string
  readonly commands: string
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { linux: { type: 'boolean', default: false }, timeout: { type: 'string', default: '120' } },
})
const timeoutMs = Number(options.timeout) * MS_PER_S

/** The files that a word of the command line stands for. */
function testsOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()
  return names
    .filter(name => /\.(t|sh)$/.test(name) && !/(^|\/)(lib|[^/]*_lib)\.sh$/.test(name))
    .map(n => join(path, n))
}

/** The nearest folder above a file that holds `name`. */
function above(file: string, name: string): string {
  for (let at = dirname(file); at !== dirname(at); at = dirname(at)) if (existsSync(join(at, name))) return at
  throw new Error(`${file} is in no checkout: no folder above it has ${name}`)
}

function foreign(path: string): Foreign {
  const file = resolve(path)
  if (extname(file) === '.t') {
    const mount = above(file, 'lib/generic.sh')
    const test = relative(mount, file)
    return { name: test, mount, cwd: mount, commands: iproute2(test) }
  }
  const mount = above(file, 'kselftest')
  return { name: relative(mount, file), mount, cwd: dirname(file), commands: `bash ./${basename(file)}` }
}

/** What testsuite/Makefile does for one test. */
const iproute2 = (test: string): string => `
export STD_ERR=$(mktemp) STD_OUT=$(mktemp) ERRF=$(mktemp -u) DEV=lo IP=ip BRIDGE=bridge SS=ss TC=tc
sh ${test}
status=$?
if [ $status = 127 ]; then exit 4; fi
if [ -e $ERRF ]; then cat $ERRF; exit 1; fi
`

/** `vethereal run` with the part of the checkout that the test needs. */
function ours({ mount, cwd, commands }: Foreign): Ended {
  const program = [join(ROOT, 'src/host/main.ts'), '--mount', mount, '-c', commands]
  return ended(
    spawnSync(join(ROOT, 'node_modules/.bin/tsx'), program, {
      cwd,
      input: '',
      encoding: 'utf8',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 64 << 20,
    }),
  )
}

function keep(name: string, side: string, { text }: Ended): void {
  const file = join(OUT, `${name}.${side}.txt`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const reason = options.linux ? whyNot() : undefined
if (reason !== undefined) process.stdout.write(`not on Linux, because ${reason}\n\n`)
const onBoth = options.linux && reason === undefined
process.stdout.write(TITLE)
for (const test of positionals.flatMap(testsOf).map(foreign)) {
  const here = ours(test)
  keep(test.name, 'vethereal', here)
  const there = onBoth ? ended(onLinux(test.commands, timeoutMs, test.cwd)) : undefined
  if (there !== undefined) keep(test.name, 'linux', there)
  process.stdout.write(row(test.name, here, there))
}
