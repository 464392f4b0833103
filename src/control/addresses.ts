/**
 * The list of one link's IPv4 addresses: where a new one goes, and who goes with an old one. Pure: a change answers the
 * steps by which the list becomes another, so that routes can follow step by step.
 *
 * Follows Linux net/ipv4/devinet.c: __inet_insert_ifa, __inet_del_ifa, inetdev_changename.
 */
import { type Answer, done, fail } from '../core/errno.ts'
import * as ip4 from '../wire/ip.ts'
import { type AddressRecord, Ifaf } from './records.ts'

export type AddressStep =
  /** NETDEV_UP of an address: `list` has it. */
  | { readonly kind: 'added'; readonly address: AddressRecord; readonly list: readonly AddressRecord[] }
  /** NETDEV_DOWN of an address: `list` has it no longer. */
  | { readonly kind: 'removed'; readonly address: AddressRecord; readonly list: readonly AddressRecord[] }
  /** A secondary stays, but its primary goes: its routes leave for now. */
  | { readonly kind: 'suspended'; readonly address: AddressRecord; readonly primary: AddressRecord }
  /** And they come back, in the name of the new primary. */
  | { readonly kind: 'restored'; readonly address: AddressRecord; readonly list: readonly AddressRecord[] }

/** IFNAMSIZ */
const LABEL_OCTETS_MAX = 16

const isSecondary = (address: AddressRecord): boolean => (address.flags & Ifaf.Secondary) !== 0

/** Are both in the same network of the same size? inet_ifa_match, with equal masks. */
const isSameSubnet = (a: AddressRecord, b: AddressRecord): boolean =>
  a.prefixLength === b.prefixLength && ip4.contains(a.address, a.prefixLength, b.address)

/** find_matching_ifa */
export const findSame = (list: readonly AddressRecord[], wanted: AddressRecord): AddressRecord | undefined =>
  list.find(each => isSameSubnet(each, wanted) && each.local === wanted.local)

/**
 * A primary goes behind the last primary of the same or a narrower scope, a secondary to the end. EEXIST for what is
 * there already, EINVAL for another scope within one network.
 */
export function insertAddress(list: readonly AddressRecord[], wanted: AddressRecord): Answer<AddressStep[]> {
  let place = 0
  let flags = wanted.flags & ~Ifaf.Secondary
  for (const [i, each] of list.entries()) {
    if (!isSecondary(each) && wanted.scope <= each.scope) place = i + 1
    if (!isSameSubnet(each, wanted)) continue
    if (each.local === wanted.local) return fail('EEXIST', 'ipv4: Address already assigned')
    if (each.scope !== wanted.scope) return fail('EINVAL', 'ipv4: Invalid scope value')
    flags |= Ifaf.Secondary
  }
  const address = { ...wanted, flags }
  if (isSecondary(address)) place = list.length
  return done([{ kind: 'added', address, list: list.toSpliced(place, 0, address) }])
}

/** The secondaries of a network go with their primary, unless `promotes`: then the first of them takes its place. */
export function deleteAddress(
  list: readonly AddressRecord[],
  address: AddressRecord,
  promotes: boolean,
): AddressStep[] {
  const at = list.indexOf(address)
  const steps: AddressStep[] = []
  if (isSecondary(address)) {
    return [{ kind: 'removed', address, list: list.toSpliced(at, 1) }]
  }
  const heirs = list.slice(at + 1).filter(each => isSecondary(each) && isSameSubnet(each, address))
  if (!promotes || heirs.length === 0) {
    let left = list
    for (const heir of heirs) {
      left = left.filter(each => each !== heir)
      steps.push({ kind: 'removed', address: heir, list: left })
    }
    steps.push({ kind: 'removed', address, list: left.filter(each => each !== address) })
    return steps
  }
  for (const heir of heirs) steps.push({ kind: 'suspended', address: heir, primary: address })
  const left = list.toSpliced(at, 1)
  steps.push({ kind: 'removed', address, list: left })
  const [heir, ...others] = heirs
  const promoted: AddressRecord = { ...heir!, flags: heir!.flags & ~Ifaf.Secondary }
  const ranked = promote(left, heir!, promoted, lastPrimary(list, at))
  steps.push({ kind: 'added', address: promoted, list: ranked })
  for (const other of others) steps.push({ kind: 'restored', address: other, list: ranked })
  return steps
}

/** The last primary behind the one that goes whose scope is the same or narrower; else whatever stood before it. */
function lastPrimary(list: readonly AddressRecord[], at: number): AddressRecord | undefined {
  const gone = list[at]!
  return list.slice(at + 1).findLast(each => !isSecondary(each) && gone.scope <= each.scope) ?? list[at - 1]
}

/** The heir moves up behind that address; without one it comes first. */
function promote(
  list: readonly AddressRecord[],
  heir: AddressRecord,
  promoted: AddressRecord,
  behind: AddressRecord | undefined,
): readonly AddressRecord[] {
  const without = list.filter(each => each !== heir)
  const place = behind === undefined ? 0 : without.indexOf(behind) + 1
  return without.toSpliced(place, 0, promoted)
}

/** The labels after a link was renamed: the first address has the name, others a suffix of their own. */
export function relabel(list: readonly AddressRecord[], name: string): AddressRecord[] {
  return list.map((each, i) => {
    if (i === 0) return { ...each, label: name }
    const colon = each.label.indexOf(':')
    const suffix = colon < 0 ? `:${i + 1}` : each.label.slice(colon)
    const fits = suffix.length + name.length < LABEL_OCTETS_MAX
    return { ...each, label: fits ? name + suffix : name.slice(0, LABEL_OCTETS_MAX - 1 - suffix.length) + suffix }
  })
}
