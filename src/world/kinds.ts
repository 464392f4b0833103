/** The link kinds there are: Linux link_ops, with loopback beside them. A new kind is one file and one line here. */
import { bridge } from '../device/bridge.ts'
import type { Kind } from '../device/kind.ts'
import { loopback } from '../device/loopback.ts'
import { macvlan } from '../device/macvlan.ts'
import { macvtap } from '../device/macvtap.ts'
import { tun } from '../device/tun.ts'
import { veth } from '../device/veth.ts'

const KINDS: ReadonlyMap<string, Kind> = new Map(
  [loopback, veth, bridge, macvlan, macvtap, tun].map(kind => [kind.name, kind]),
)

export const kindNamed = (name: string): Kind | undefined => KINDS.get(name)
