/**
 * A request that the kernel would have refused, as an exception: the errno, the extended message of netlink, and the
 * sentence that the command for it prints.
 */
import { kernelWords } from '../cmd/ip/object.ts'
import type { Request } from '../control/request.ts'
import { type Errno, errnoNumber, type Failure, strerror } from '../core/errno.ts'

export class RequestError extends Error {
  override readonly name = 'RequestError'
  /** Its name: `EEXIST`. */
  readonly errno: Errno
  /** Its number on Linux: 17. */
  readonly code: number
  /** The extended message of netlink, where Linux gives one: `mtu less than device minimum`. */
  readonly extack: string | undefined
  readonly request: Request

  /** `message`: the words of the command that would have been typed; those of `ip` when absent. */
  constructor(request: Request, failure: Failure, message: string = words(request, failure)) {
    super(message)
    this.errno = failure.errno
    this.code = errnoNumber(failure.errno)
    this.extack = failure.extack
    this.request = request
  }
}

/** What `ip`, `bridge` or `sysctl` say: `RTNETLINK answers: File exists`, `Error: mtu less than device minimum.` */
function words(request: Request, failure: Failure): string {
  const reason = strerror(failure.errno)
  switch (request.type) {
    case 'newnetns':
      return `Cannot create namespace file "/run/netns/${request.name}": ${reason}`
    case 'delnetns':
      return `Cannot remove namespace file "/run/netns/${request.name}": ${reason}`
    case 'sysctl': {
      const key = request.path.replaceAll('/', '.')
      return failure.errno === 'ENOENT'
        ? `sysctl: cannot stat /proc/sys/${request.path}: ${reason}`
        : `sysctl: setting key "${key}": ${reason}`
    }
    default:
      return kernelWords(failure).trimEnd()
  }
}
