/**
 * A VPN, as small as can be: packets from a TUN go to the peer inside UDP, sealed with AES-GCM, and what comes from the
 * peer goes into the TUN.
 *
 *     vpn TUN PEER PORT SECRET
 *
 * A datagram is an octet 1, a nonce of 12 octets, and the sealed packet, which is 16 octets longer than the packet. What
 * cannot be opened, for it was sealed with another secret or damaged, is dropped. Left out: replays, new keys, more than one peer.
 */
import type { Os } from '../../src/index.ts'

const VERSION = 1
const NONCE_BYTES = 12
const HEADER_BYTES = 1 + NONCE_BYTES
const ALGORITHM = 'AES-GCM'

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

export default async function vpn(os: Os): Promise<number> {
  const [name, peer, port, secret] = os.args
  if (name === undefined || peer === undefined || secret === undefined) {
    os.stderr('usage: vpn TUN PEER PORT SECRET\n')
    return 2
  }
  const key = await keyFrom(secret)
  const tun = os.tun(name)
  const socket = os.udp()
  socket.bind('0.0.0.0', Number(port))
  for (;;) {
    for (const ready of await os.select([tun, socket])) {
      if (ready === tun) {
        const packet = await tun.read()
        socket.sendTo(await seal(key, os.random(NONCE_BYTES), packet), peer, Number(port))
      } else {
        const { data, address } = await socket.receive()
        const packet = address === peer ? await open(key, data) : undefined
        if (packet !== undefined) tun.write(packet)
      }
    }
  }
}

async function keyFrom(secret: string): Promise<Key> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return crypto.subtle.importKey('raw', digest, ALGORITHM, false, ['encrypt', 'decrypt'])
}

const algorithm = (nonce: Uint8Array) => ({ name: ALGORITHM, iv: new Uint8Array(nonce) })

async function seal(key: Key, nonce: Uint8Array, packet: Uint8Array): Promise<Uint8Array> {
  const sealed = await crypto.subtle.encrypt(algorithm(nonce), key, new Uint8Array(packet))
  const datagram = new Uint8Array(HEADER_BYTES + sealed.byteLength)
  datagram[0] = VERSION
  datagram.set(nonce, 1)
  datagram.set(new Uint8Array(sealed), HEADER_BYTES)
  return datagram
}

async function open(key: Key, datagram: Uint8Array): Promise<Uint8Array | undefined> {
  if (datagram[0] !== VERSION) return undefined
  const nonce = datagram.slice(1, HEADER_BYTES)
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt(algorithm(nonce), key, new Uint8Array(datagram.slice(HEADER_BYTES))),
    )
  } catch {
    return undefined
  }
}
