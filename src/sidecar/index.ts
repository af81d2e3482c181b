/** The public face of `berth/sidecar`. */
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
export type { Placement, Sidecar } from './sidecar.js'
export type { SidecarPhase, SidecarState } from './state.js'
export type { WaitOptions } from './waiters.js'
