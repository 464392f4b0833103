/** Simulated time passes as in `World.runUntil`, and async programs that are at work are waited for. */
import type { World } from '../world/world.ts'

/** Carries out every event up to and including this instant; then it is `until`. */
export async function elapse(world: World, until: number): Promise<void> {
  await elapseUntil(world, until, () => false)
  world.runUntil(until)
}

/** Carries out events until the condition holds, or none is left up to this instant. Answers whether it holds. */
export async function elapseUntil(world: World, until: number, condition: () => boolean): Promise<boolean> {
  while (!condition()) {
    if (world.outside.working) await new Promise<void>(tell => world.outside.whenIdle(tell))
    else if (world.nextAt <= until) world.step()
    else return false
  }
  return true
}
