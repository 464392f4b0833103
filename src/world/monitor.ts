/**
 * A socket of rtnetlink that hears what becomes of its namespace from now on: each notice as the world was at that
 * moment, however late somebody reads it. Linux net/netlink/af_netlink.c, with NETLINK_LISTEN_ALL_NSID.
 *
 * Left out: a limit of its queue (ENOBUFS).
 */
import type { LinkInfo } from '../control/info.ts'
import type { Notice } from '../control/notice.ts'
import type { Waitable } from '../core/waitable.ts'
import { linkInfo } from './dump.ts'
import type { Engine } from './engine.ts'
import type { Netns } from './netns.ts'

/** A notice to keep: a link as RTM_NEWLINK describes it. */
export type Notification =
  | Exclude<Notice, { about: 'link' }>
  | (Omit<Extract<Notice, { about: 'link' }>, 'device'> & { readonly link: LinkInfo })

export interface Heard {
  readonly what: Notification
  /** By which number the socket's namespace knows the one that it is from; undefined: it is from there itself. */
  readonly nsid: number | undefined
}

export class Monitor implements Waitable {
  waiter: (() => void) | undefined
  readonly #engine: Engine
  readonly #home: Netns
  readonly #queue: Heard[] = []
  readonly #ends: (() => void)[] = []

  /** `everywhere`: also what becomes of the namespaces that this one has a number for. */
  constructor(engine: Engine, home: Netns, everywhere: boolean) {
    this.#engine = engine
    this.#home = home
    if (!everywhere) {
      this.#listen(home)
      return
    }
    const born = (netns: Netns): void => this.#listen(netns)
    for (const netns of engine.netnses) if (netns !== undefined) born(netns)
    engine.births.add(born)
    this.#ends.push(() => engine.births.delete(born))
  }

  get ready(): boolean {
    return this.#queue.length > 0
  }

  /** The oldest notice that nobody has read. */
  read(): Heard | undefined {
    return this.#queue.shift()
  }

  close(): void {
    for (const end of this.#ends) end()
  }

  #listen(netns: Netns): void {
    this.#ends.push(netns.listen(notice => this.#hear(netns, notice)))
  }

  #hear(netns: Netns, notice: Notice): void {
    const nsid = netns === this.#home ? undefined : this.#home.knownPeerId(netns.id)
    if (netns !== this.#home && nsid === undefined) return
    this.#queue.push({ what: kept(this.#engine, notice), nsid })
    this.waiter?.()
  }
}

function kept(engine: Engine, notice: Notice): Notification {
  if (notice.about !== 'link') return notice
  const { device, ...rest } = notice
  return { ...rest, link: linkInfo(engine, device) }
}
