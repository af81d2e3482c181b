/**
 * The links to the other replicas: handshakes judged by the node, frames told apart and checked.
 */
import type { Logger } from 'pino'
import { patienceMsDefault } from '../../network/name-lookup.js'
import { processNames } from '../../network/process-names.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import { encodeFrame as encode, type Frame, parseFrame } from '../../raft/node/frame.js'
import { frameBytesMax } from '../../raft/node/frame-limits.js'
import type { Glimpse, Handshake } from '../../raft/node/identity/handshake.js'
import { frameHeadBytes } from '../../raft/peers/peer-socket.js'
import { createPeerTransport } from '../../raft/peers/transport.js'
import type { PeerTls, PeerTransport } from '../../raft/peers/transport-options.js'
import { socketAddress } from '../../settings/setting-kinds.js'
import {
  type CheckFrame,
  type RelayDown,
  type RelayUp,
  type ReplicaFrame,
  replicaFrameKinds,
} from '../machine/frames.js'
import type { ReplicaMachine } from '../machine/replica-machine.js'
import type { ReplicaConfiguration } from '../settings/configuration.js'
import { type Callers, peerAddresses } from './peer-addresses.js'

/** A larger message is none that a peer would take, in bytes. */
const messageBytesMax = frameBytesMax - frameHeadBytes

export interface PeerInputs {
  /** `callers` have changed. */
  called(): void
  connected(peer: Handshake): void
  refused(peer: Handshake | Glimpse, code: string, detail: string): void
  unreachable(id: ReplicaId): void
  /** Is to call `read`, which causes all inputs that came at once. */
  together(read: () => void): void
  nodeFrame(from: ReplicaId, run: number, frame: Frame): void
  replicaFrame(from: ReplicaId, run: number, frame: ReplicaFrame): void
}

export interface PeerLinkParts {
  readonly configuration: ReplicaConfiguration
  readonly tls: PeerTls | undefined
  readonly machine: ReplicaMachine
  readonly callers: Callers
  readonly check: CheckFrame
  readonly log: Logger
}

/** @throws BerthError `unavailable` when the peer port is taken */
export function openPeerLink(
  { configuration, tls, machine, callers, check, log }: PeerLinkParts,
  inputs: PeerInputs,
): Promise<PeerTransport> {
  const { id, peerListen, peerAddress } = configuration
  return createPeerTransport({
    self: id,
    listen: peerListen,
    advertised: socketAddress.parse(peerAddress) ?? peerListen,
    peers: peerAddresses(configuration, machine, callers),
    ...(tls && { tls }),
    lookup: processNames.within(patienceMsDefault),
    log,
    handshake: () => machine.node.hello(),
    judge: (hello, dialled) => {
      const verdict = machine.node.judgeHello(hello, dialled)
      if (callers.judged(hello.shown, hello.advertised, verdict)) inputs.called()
      return verdict
    },
    together: (read) => inputs.together(read),
    onFrame: (from, run, message) => {
      const { kind } = (message ?? {}) as { readonly kind?: unknown }
      if (replicaFrameKinds.has(kind))
        inputs.replicaFrame(from, run, check({ ...(message as object), kind }))
      else inputs.nodeFrame(from, run, parseFrame(message))
    },
    onReachable: (peer) => inputs.connected(peer),
    onUnreachable: (peerId) => inputs.unreachable(peerId),
    onRefused: (_, { code, detail }, by) => {
      if (by !== null) inputs.refused(by, code, detail)
    },
  })
}

/**
 * Sends a frame, as several where a relay has collected too much for one. What no peer would take
 * is lost, as anything on a network may be.
 *
 * @param lost is told of it: the kind of the frame, or of its one message, and the bytes
 */
export function sendFrame(
  transport: Pick<PeerTransport, 'send'>,
  to: ReplicaId,
  frame: Frame | ReplicaFrame,
  lost: (kind: string, bytes: number) => void,
): void {
  const bytes = encode(frame)
  if (bytes.length <= messageBytesMax) {
    transport.send(to, bytes)
    return
  }
  const isRelay = frame.kind === 'relay-up' || frame.kind === 'relay-down'
  const length = isRelay ? frame.messages.length : 1
  if (!isRelay || length < 2) {
    lost((isRelay && frame.messages[0]?.kind) || frame.kind, bytes.length)
    return
  }
  for (const [from, end] of [
    [0, length >> 1],
    [length >> 1, length],
  ]) {
    sendFrame(
      transport,
      to,
      { ...frame, messages: frame.messages.slice(from, end) } as RelayFrame,
      lost,
    )
  }
}

type RelayFrame = RelayUp | RelayDown
