/** Each option of each command does something, is said not to be here, or is unknown on Linux too: none is ignored. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createWorld } from '../../src/index.ts'
import { OPTIONS } from './tool-options.ts'

const NETWORK = `for n in x y z; do ip netns add $n; ip -n $n link set lo up; done
ip link add eth0 netns x address 02:00:00:00:00:01 type veth peer name eth0 netns y address 02:00:00:00:00:02
ip link add eth1 netns y address 02:00:00:00:00:03 type veth peer name eth0 netns z address 02:00:00:00:00:04
ip -n x addr add 10.0.0.1/24 brd + dev eth0; ip -n y addr add 10.0.0.2/24 dev eth0
ip -n y addr add 10.0.2.1/24 dev eth1; ip -n z addr add 10.0.2.2/24 dev eth0
ip -n x link set eth0 up; ip -n y link set eth0 up; ip -n y link set eth1 up; ip -n z link set eth0 up
ip netns exec y sysctl -qw net.ipv4.ip_forward=1
ip -n x route add default via 10.0.0.2; ip -n z route add default via 10.0.2.1
ip -n x rule add fwmark 7 prohibit
ip -n x neigh add 10.0.0.40 lladdr 02:00:00:00:00:40 dev eth0
printf '10.0.0.2 why\n10.0.0.40 forty\n' >> /etc/hosts; echo '10.0.0.0 net' >> /etc/networks; sleep 1.2
`
const AFTER = '\necho "? $?"; ip -n x neigh; ip -n x addr; ip -n x route; ip -n x -d link; ip -n x -s neigh show proxy'

interface Outcome {
  readonly text: string
  readonly status: number
  readonly all: string
}

/** What programs say of a command line that they do not understand. */
const WRONG =
  /invalid option|unrecognized option|requires an argument|invalid argument|^[Uu]sage:|^\s*Usage|Bad option/m

const known = new Map<string, Promise<Outcome>>()

function outcome(line: string): Promise<Outcome> {
  const there = known.get(line) ?? run(line)
  known.set(line, there)
  return there
}

async function run(line: string): Promise<Outcome> {
  const world = createWorld({ seed: 1 })
  const frames: string[] = []
  world.on('frame', ({ bytes }) => frames.push([...bytes].join()))
  const result = await world.sh(`${NETWORK}ip netns exec x ${line}${AFTER}`)
  const status = Number(/\? (\d+)\n/.exec(result.stdout)?.[1])
  const text = result.stdout.split(/^\? /m)[0]! + result.stderr
  return { text, status, all: JSON.stringify([result, frames, world.now]) }
}

interface Case {
  readonly name: string
  readonly kind: 'does' | 'same' | 'refused' | 'unknown'
  readonly line: string
  readonly base: string
  /** Asks for help, which a wrong command line gets as well. */
  readonly isHelp: boolean
}

const cases: Case[] = Object.entries(OPTIONS).flatMap(([command, table]) =>
  (['does', 'same', 'refused', 'unknown'] as const).flatMap(kind =>
    Object.entries(table[kind] ?? {}).flatMap(([spellings, given]) =>
      spellings.split(' ').map(spelling => {
        const argument = typeof given === 'string' ? given : given[0]
        const base =
          (typeof given === 'string' ? undefined : [...given].reverse().find(each => each?.includes(' @'))) ??
          (kind === 'refused' || kind === 'unknown' ? table.plain : undefined) ??
          table.base
        const isHelp = /^(-h|--help)$/.test(spelling)
        const glue = argument === '' || argument.startsWith(' ') ? '' : spelling.startsWith('--') ? '=' : ' '
        return {
          name: `${command} ${spelling}`,
          kind,
          isHelp,
          line: base.replace(' @', ` ${spelling}${glue}${argument}`),
          base,
        }
      }),
    ),
  ),
)

test.for(cases)('$name: $kind', async ({ kind, isHelp, line, base }) => {
  const got = await outcome(line)
  if (kind === 'refused') {
    expect(got.text).toMatch(/^vethereal: .* (is|are) not supported yet$/m)
    expect(got.status).not.toBe(0)
    return
  }
  expect(got.text).not.toMatch(/^vethereal:/m)
  if (kind !== 'unknown' && !isHelp) expect(got.text).not.toMatch(WRONG)
  else if (kind === 'unknown') expect(got.text).toMatch(WRONG)
  const without = await outcome(base.replace(' @', ''))
  if (kind === 'same') expect(got.all).toBe(without.all)
  else expect(got.all).not.toBe(without.all)
})

/** The options that a help text names: groups of letters are taken apart unless the table has them as they are. */
function named(command: string, spellings: ReadonlySet<string>): Set<string> {
  const text = readFileSync(join(import.meta.dirname, `help/${command}.txt`), 'utf8')
  const [about = ''] = text.split(/^(?:FORMAT controls|DURATION is|NUMBER need|Pause for|.*'kill -l')/m)
  const found = new Set<string>()
  for (const [, word] of about.matchAll(/(?<![\w<)=%-])(--?[A-Za-z#?0-9][\w-]*)/g)) {
    if (/^-\d\d/.test(word!) && !/[A-Za-z]/.test(word!)) continue
    if (word!.startsWith('--') || spellings.has(word!)) found.add(word!)
    else for (const letter of word!.slice(1)) found.add(`-${letter}`)
  }
  if (/[A-Za-z]#\]/.test(about)) found.add('-#')
  for (const [, word] of command === 'brctl' ? about.matchAll(/^\t(\w+)/gm) : []) found.add(word!)
  return found
}

test.for(Object.keys(OPTIONS).filter(command => command !== 'tunctl'))(
  '%s: the table has what its help names',
  command => {
    const { does, same, refused, unknown } = OPTIONS[command]!
    const spellings = new Set(
      [does, same, refused, unknown].flatMap(each => Object.keys(each ?? {})).flatMap(each => each.split(' ')),
    )
    expect([...named(command, spellings)].filter(each => !spellings.has(each))).toEqual([])
  },
)
