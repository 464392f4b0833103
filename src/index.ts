/** The front door of the library. What is not exported here is not public and may change with any version. */
export type { Capture, CapturedFrame } from './api/capture.ts'
export { RequestError } from './api/error.ts'
export type { ExecOptions } from './api/exec.ts'
export type { Address, FdbEntry, Link, Neighbour, Route } from './api/inspect.ts'
export type {
  AddressOptions,
  BridgeSettings,
  FdbOptions,
  LinkOptions,
  Namespace,
  NeighbourOptions,
  NewBridge,
  NewMacvlan,
  NewTun,
  PingOptions,
  PortSettings,
  RouteOptions,
} from './api/namespace.ts'
export type { PingError, PingReply, PingResult } from './api/ping.ts'
export type { CommandResult } from './api/processes.ts'
export type { RunningProgram, SpawnOptions } from './api/program.ts'
export type { NamespaceSnapshot, Snapshot } from './api/snapshot.ts'
export {
  createWorld,
  type ScriptOptions,
  type TraceEvent,
  type VethEnd,
  type World,
  type WorldEvents,
  type WorldOptions,
} from './api/world.ts'
export type { Descriptor } from './cmd/os/descriptor.ts'
export { type Operation, OsError, SignalError, type Steps } from './cmd/os/operation.ts'
export type { Finished, Os } from './cmd/os/os.ts'
export type { PacketFile, TunOptions } from './cmd/os/packetfile.ts'
export type { ProgramFunction as Program } from './cmd/os/program.ts'
export type {
  Endpoint,
  LinkStatus,
  Message,
  PacketMessage,
  PacketSocket,
  RawMessage,
  RawSocket,
  UdpSocket,
} from './cmd/os/sockets.ts'
export { parseIp, parseMac, type Span } from './cmd/text.ts'
export { type NewLink, Nud, type Request, RouteProtocol, RouteType, Table } from './control/request.ts'
export type { Answer, Errno, Failure } from './core/errno.ts'
export type { Cause } from './explain/cause.ts'
export type { Explanation, Step } from './explain/tell.ts'
export type { Verdict } from './explain/why.ts'
export { format as formatIp } from './wire/ip.ts'
export { format as formatMac } from './wire/mac.ts'
