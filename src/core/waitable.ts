/**
 * What a program can wait for besides an instant: a socket with a packet in its queue. Linux struct wait_queue_head.
 */
export interface Waitable {
  readonly ready: boolean
  /** Called when it becomes ready, once for each arrival; whoever waits sets it and takes it away. */
  waiter: (() => void) | undefined
}
