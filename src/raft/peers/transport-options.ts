/** What a replica tells its peer transport, and what it learns from it. */
import type { LookupFunction } from 'node:net'
import { BerthError } from '../../errors/berth-error.js'
import type { Log } from '../../log/log.js'
import type { ReplicaId } from '../core/entry.js'
import { frameBytesMax } from '../node/frame-limits.js'
import type { Glimpse, Handshake, PeerHello, PeerRefusal } from '../node/identity/handshake.js'
import type { PeerVerdict } from '../node/identity/peer-judgement.js'
import { frameHeadBytes } from './peer-socket.js'

export interface PeerAddress {
  readonly id: ReplicaId
  /** DNS name or IP address; names are resolved on every connect. */
  readonly host: string
  readonly port: number
}

/** PEM texts. With it all connections are TLS; both sides show certificates of the same `ca`. */
export interface PeerTls {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** Both sides are replicas. */
export const tlsVersion = { minVersion: 'TLSv1.3' } as const

export interface PeerLimits {
  /** Frames and bytes that wait for one peer; what exceeds either is dropped. */
  readonly queueFramesMax: number
  readonly queueBytesMax: number
  /** Time between two pings, in ms. */
  readonly pingEveryMs: number
  /** A connection on which nothing arrives is closed after this many pings. */
  readonly quietIntervalsMax: number
  /**
   * Connection and TLS take no longer than this, in ms, once the name is looked up. Doubled after
   * each connect that took longer, up to `connectTimeoutMsMax`.
   */
  readonly connectTimeoutMs: number
  /** From the connection to the end of the handshake, in ms. */
  readonly handshakeTimeoutMs: number
  /** Longest time between two attempts to connect, in ms. */
  readonly backoffMsMax: number
  /** Incoming connections without a handshake yet; at one more the oldest is closed. */
  readonly strangersMax: number
}

/** A silent partition is noticed within about one election timeout (1 s). */
export const peerLimitsDefault: PeerLimits = {
  queueFramesMax: 4_096,
  queueBytesMax: 64 << 20,
  pingEveryMs: 200,
  quietIntervalsMax: 4,
  connectTimeoutMs: 1_000,
  handshakeTimeoutMs: 2_000,
  backoffMsMax: 500,
  strangersMax: 64,
}

/** However many connects took too long, in ms; more if the limit begins with more. */
export const connectTimeoutMsMax = 10_000

/** A timer takes no longer a time than this, in ms. */
const timerMsMax = 2 ** 31 - 1

/** Highest and lowest value of each limit; all are whole numbers. */
const ranges: Readonly<Record<keyof PeerLimits, readonly [number, number]>> = {
  queueFramesMax: [1, Number.MAX_SAFE_INTEGER],
  // The largest frame must fit, or it would be dropped for ever.
  queueBytesMax: [frameBytesMax + frameHeadBytes, Number.MAX_SAFE_INTEGER],
  pingEveryMs: [1, timerMsMax],
  quietIntervalsMax: [1, Number.MAX_SAFE_INTEGER],
  connectTimeoutMs: [1, timerMsMax],
  handshakeTimeoutMs: [1, timerMsMax],
  backoffMsMax: [1, timerMsMax],
  strangersMax: [1, Number.MAX_SAFE_INTEGER],
}

/** @throws BerthError `invalid_config` that names the limit */
export function completeLimits(given: Partial<PeerLimits> = {}): PeerLimits {
  const limits = { ...peerLimitsDefault, ...given }
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = limits[name as keyof PeerLimits]
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue
    const detail = `${name} must be a whole number from ${least} to ${most}.`
    throw new BerthError('invalid_config', detail)
  }
  return limits
}

export interface PeerTransportOptions {
  /** Id of this replica. */
  readonly self: ReplicaId
  readonly listen: { readonly host: string; readonly port: number }
  /** Where others reach this replica. */
  readonly advertised: { readonly host: string; readonly port: number }
  /**
   * All replicas to talk to; entries for `self` are ignored. Several of one id are its addresses,
   * the best first, which are tried in turn; see `addressesMax`.
   */
  readonly peers: readonly PeerAddress[]
  readonly tls?: PeerTls
  readonly limits?: Partial<PeerLimits>
  /** Resolves names, and ends in bounded time; the system's by default, which may not. */
  readonly lookup?: LookupFunction
  readonly log: Log
  /** What to show of oneself in the next handshake. */
  handshake(): Handshake
  /**
   * Whether to talk to a peer that says this. Called on both sides of a connection.
   * @param dialled whom this replica called; null for one that has called
   */
  judge(hello: PeerHello, dialled: ReplicaId | null): PeerVerdict
  /**
   * A message of a peer, decoded but unchecked.
   * @param run what the peer showed when the connection began that it came by
   * @throws BerthError to close that connection
   */
  onFrame(from: ReplicaId, run: number, message: unknown): void
  /** Is to call `read`, which calls `onFrame` for all messages that came at once. */
  together?(read: () => void): void
  /**
   * Messages to this peer are lost from now on, or one was just dropped at a full queue. Every peer
   * begins as unreachable, without a call; so ends one that `setPeers` or `close` took away.
   */
  onUnreachable(id: ReplicaId): void
  /** Messages to this peer leave from now on. */
  onReachable(peer: Handshake): void
  /**
   * A peer refused this replica (`identity_lost`, `removed`, …): it will not talk to it.
   * @param by what it shows of itself; null where it showed nothing, or is somebody else
   */
  onRefused?(id: ReplicaId, refusal: PeerRefusal, by: Handshake | Glimpse | null): void
}

/** The connections to and from one peer. How far its log is, is the core's to say. */
export interface LinkStatus {
  readonly id: ReplicaId
  /** host:port where it is connected, or else tried now or last. */
  readonly address: string
  /** Whether messages to it leave. */
  readonly connected: boolean
  /** Whether its messages arrive. */
  readonly heard: boolean
  /** For how long they have, by whatever connections that took one another's place, in ms. */
  readonly heardMs: number
  /** How long `connected` has been as it is, in ms. */
  readonly sinceMs: number
  readonly rttMs: number | null
  /** Since the start of this replica. */
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly sent: number
  readonly dropped: number
  /** Why it is not connected, at each address that was tried; null if it is. */
  readonly reason: string | null
  /** The addresses (host:port) that were tried since it was connected, and what became of that. */
  readonly tried: readonly { readonly address: string; readonly reason: string }[]
  /** The refusal that keeps the two apart, and who gave it; null for none. */
  readonly refusal: (PeerRefusal & { readonly by: ReplicaId }) | null
}

export interface PeerTransport {
  /** Port that is listened on. */
  readonly port: number
  /**
   * Sends a message, encoded once for all its receivers (`encode` of src/wire/msgpack).
   * Best effort: false when it was dropped at once, because the peer is unknown, not connected or
   * slow; true promises nothing.
   */
  send(to: ReplicaId, message: Uint8Array): boolean
  /**
   * Replaces the peers. Connections to those that stay are kept, wherever they go; to the others
   * they are closed once what was sent has left.
   */
  setPeers(peers: readonly PeerAddress[]): void
  /** Shakes hands with a peer anew; what is sent to it meanwhile is lost. */
  redial(peer: ReplicaId): void
  /** Sorted by id. */
  status(): readonly LinkStatus[]
  close(): Promise<void>
}
