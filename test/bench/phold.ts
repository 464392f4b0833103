/**
 * PHOLD, the usual measure of event loops: 10,000 events are pending, and each that comes sets off another one at
 * another of 1,000 places, after an exponentially distributed time.
 */
import { Streams } from '../../src/time/random.ts'
import type { Callable } from '../../src/world/engine.ts'
import { World } from '../../src/world/world.ts'
import type { Workload } from './harness.ts'

const PLACES = 1000
const PENDING = 10_000
const MEAN_NS = 1_000_000
/** Random numbers are drawn before, so that the loop is measured and not the logarithm. */
const DRAWN = 1 << 16

export const phold: Workload = {
  name: 'phold',
  unit: 'events',
  prepare() {
    const { engine } = new World()
    const random = new Streams(1).stream('phold')
    const delays = Float64Array.from(
      { length: DRAWN },
      () => 1 + Math.round(-Math.log(1 - random.fraction()) * MEAN_NS),
    )
    const targets = Uint16Array.from({ length: DRAWN }, () => random.below(PLACES))
    let events = 0
    const places = Array.from({ length: PLACES }, (): Callable => ({ call: next }))
    function next(): void {
      const i = events++ & (DRAWN - 1)
      engine.callAt(engine.now + delays[i]!, places[targets[i]!]!, 0)
    }
    for (let i = 0; i < PENDING; i++) next()

    return n => {
      for (let i = 0; i < n; i++) engine.step()
      return n
    }
  },
}
