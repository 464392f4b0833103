/** Lets simulated time pass as `World.runUntil` does, and waits for async programs that are at work. */
import type { World } from '../world/world.ts'

export async function elapse(world: World, until: number): Promise<void> {
  for (;;) {
    if (world.outside.working) await new Promise<void>(tell => world.outside.whenIdle(tell))
    else if (world.nextAt <= until) world.step()
    else return world.runUntil(until)
  }
}
