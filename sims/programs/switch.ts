/**
 * A learning switch in user space: each argument is a TAP, which is one of its ports.
 *
 *     switch TAP...
 *
 * It learns from source addresses, sends to the port where an address was last seen, and to all other ports what is for
 * a group or for nobody that it knows. Left out: ageing, the spanning tree.
 */
import type { Os, PacketFile } from '../../src/index.ts'

const BROADCAST = 'ff:ff:ff:ff:ff:ff'

const macAt = (frame: Uint8Array, at: number): string =>
  Array.from(frame.subarray(at, at + 6), octet => octet.toString(16).padStart(2, '0')).join(':')

export default async function run(os: Os): Promise<void> {
  const ports = new Map(os.args.map(name => [os.tap(name), name] as const))
  const table = new Map<string, PacketFile>()
  for (;;) {
    for (const from of await os.select([...ports.keys()])) {
      const frame = await from.read()
      const [destination, source] = [macAt(frame, 0), macAt(frame, 6)]
      if (!table.has(source)) os.stdout(`${source} is at ${ports.get(from)}\n`)
      table.set(source, from)
      const known = (frame[0]! & 1) === 0 ? table.get(destination) : undefined
      const to = known === undefined ? [...ports.keys()].filter(port => port !== from) : [known]
      if (known === undefined && destination !== BROADCAST) os.stdout(`${destination} is nowhere: flooded\n`)
      for (const port of to) if (port !== from) send(port, frame)
    }
  }
}

/** A port whose link is down takes nothing (EIO): its frames are lost, as on any switch. */
function send(port: PacketFile, frame: Uint8Array): void {
  try {
    port.write(frame)
  } catch (error) {
    if ((error as { errno?: string }).errno !== 'EIO') throw error
  }
}
