/**
 * One machine's network stack: what Linux keeps per network namespace in struct net. The world calls in; the stack
 * answers through its StackEnv. (Skeleton: the stack room fills it.)
 */
import type { Device, PacketType } from '../core/device.ts'
import type { Frame } from '../core/frame.ts'
import type { StackEnv } from './env.ts'

export class Stack {
  readonly env: StackEnv

  constructor(env: StackEnv) {
    this.env = env
  }

  /** netif_receive_skb: no rx handler took the frame. */
  receive(dev: Device, frame: Frame, type: PacketType): void {
    this.env.drop(dev, 0, frame)
    void type
  }

  /** A timer asked for with StackEnv.stackTimer. */
  timer(code: number, ref: object | undefined): void {
    void code
    void ref
  }

  /** NETDEV_REGISTER / NETDEV_UNREGISTER (also when it moves between namespaces). */
  deviceAdded(dev: Device): void {
    void dev
  }
  deviceRemoved(dev: Device): void {
    void dev
  }
  /** NETDEV_UP / NETDEV_DOWN, after the flags have changed. */
  deviceUp(dev: Device): void {
    void dev
  }
  deviceDown(dev: Device): void {
    void dev
  }
  /** NETDEV_CHANGE: linkwatch or the administrator changed carrier or operational state. */
  deviceChanged(dev: Device): void {
    void dev
  }
  /** NETDEV_CHANGEADDR, NETDEV_CHANGEMTU, NETDEV_CHANGENAME. */
  macChanged(dev: Device): void {
    void dev
  }
  mtuChanged(dev: Device): void {
    void dev
  }
  nameChanged(dev: Device, old: string): void {
    void dev
    void old
  }
  /** A sysctl below net/ipv4 was written (already stored). */
  sysctlChanged(path: string, value: string): void {
    void path
    void value
  }
}
