/** What a person should know after a run and could not have seen: frames that only our own limits have ended. */
import { Drop } from '../core/drop.ts'
import { BACKLOG_MAX, CROSSINGS_MAX } from '../world/engine.ts'
import type { World } from '../world/world.ts'

const figure = (value: number): string => value.toLocaleString('en-US')

/** Sentences about a broadcast storm that was cut, or a queue that overflowed. */
export function limitReport(world: World): string[] {
  const { drops } = world.engine
  const [crossed, queued] = [drops[Drop.HopLimit]!, drops[Drop.CpuBacklog]!]
  const sentences: string[] = []
  if (crossed > 0) {
    sentences.push(
      `a broadcast storm was cut: ${figure(crossed)} frames ended after ${figure(CROSSINGS_MAX)} crossings of devices` +
        ' (our limit); do bridges form a loop?',
    )
  }
  if (queued > 0) {
    sentences.push(
      `${figure(queued)} frames were dropped because ${figure(BACKLOG_MAX)} others were on their way to one device` +
        ' (net.core.netdev_max_backlog)',
    )
  }
  return sentences
}
