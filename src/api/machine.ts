/** What every handle of the library works on: the world below, and its requests as calls that throw. */
import type { Request } from '../control/request.ts'
import { fail } from '../core/errno.ts'
import type { World } from '../world/world.ts'
import { RequestError } from './error.ts'

/** A request that is about one namespace. */
export type NamespaceRequest = Extract<Request, { netns: unknown }>

export class Machine {
  readonly core: World

  constructor(core: World) {
    this.core = core
  }

  /** Carries out a request and answers its value. Throws a RequestError with the kernel's answer when it is refused. */
  request(request: Request): unknown {
    const answer = this.core.apply(request)
    if (!answer.ok) throw new RequestError(request, answer)
    return answer.value
  }

  /** The same, once these links are known to be there: `ip` looks for them before it asks the kernel. */
  requestOn(request: NamespaceRequest, ...links: readonly (string | undefined)[]): unknown {
    const missing = links.find(link => link !== undefined && this.core.device(request.netns, link) === undefined)
    if (missing !== undefined) throw new RequestError(request, fail('ENODEV'), `Cannot find device "${missing}"`)
    return this.request(request)
  }
}
