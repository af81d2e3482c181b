/** The public face of `berth/sidecar`. */
export type { ActorAnswer, ActorCall, ActorFunction } from '../calls/http/actor-function.js'
export type { CallServerTls } from '../calls/http/call-server.js'
export type { CallAnswer } from '../calls/http/local-sink.js'
export type { LeaveReason } from '../calls/machine/effect.js'
export {
  type CallEnd,
  type CallHop,
  type CallMeasures,
  waitBoundsMs,
} from '../calls/machine/measures.js'
export type { ActorKey } from '../calls/machine/ownership.js'
export { BerthError } from '../errors/berth-error.js'
export type { ErrorCode } from '../errors/catalogue.js'
export type { SystemLookup } from '../network/name-lookup.js'
export { type ConnectOptions, connect } from './connect.js'
export type { FenceReason } from './effect.js'
export type {
  FencedHandler,
  FenceOrder,
  MovedKeys,
  Release,
  ReleaseHandler,
} from './host-handlers.js'
export type { SidecarLog } from './log.js'
export type { NatsOptions } from './nats-listener.js'
export { type HostOptions, type ServeOptions, serve } from './serve.js'
export type { CallRequest, Placement, Sidecar } from './sidecar.js'
export type { OtherRequests } from './sidecar-calls.js'
export type { SidecarPhase, SidecarState } from './state.js'
export type { WaitOptions } from './waiters.js'
