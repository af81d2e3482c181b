/**
 * The links to the other replicas: handshakes judged by the node, frames told apart and checked,
 * and where each of the others may be reached.
 */
import type { Logger } from 'pino'
import { patienceMsDefault } from '../network/name-lookup.js'
import { processNames } from '../network/process-names.js'
import { memberIds } from '../raft/core/configuration.js'
import type { ReplicaId } from '../raft/core/entry.js'
import { encodeFrame as encode, type Frame, parseFrame } from '../raft/node/frame.js'
import { frameBytesMax } from '../raft/node/frame-limits.js'
import type { Glimpse, Handshake } from '../raft/node/identity/handshake.js'
import { frameHeadBytes } from '../raft/peers/peer-socket.js'
import { createPeerTransport } from '../raft/peers/transport.js'
import type { PeerAddress, PeerTls, PeerTransport } from '../raft/peers/transport-options.js'
import type { Callers } from './callers.js'
import type { ReplicaConfiguration } from './configuration.js'
import type { CheckFrame } from './frame-check.js'
import { type RelayDown, type RelayUp, type ReplicaFrame, replicaFrameKinds } from './frames.js'
import type { ReplicaMachine } from './machine.js'
import { socketAddress } from './setting-kinds.js'

/** A larger message is none that a peer would take, in bytes. */
const messageBytesMax = frameBytesMax - frameHeadBytes

export interface PeerInputs {
  /** `callers` have changed. */
  called(): void
  connected(peer: Handshake): void
  refused(peer: Handshake | Glimpse, code: string, detail: string): void
  unreachable(id: ReplicaId): void
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

/**
 * Where the other replicas may be reached; of each what an accepted one shows now, then what this
 * one was told at its start, then what the log says: the newest word first, and none left out, for
 * each of them may be old, or wrong.
 */
export function peerAddresses(
  { id: own, peers }: Pick<ReplicaConfiguration, 'id' | 'peers'>,
  machine: AddressSources,
  callers: Callers,
): PeerAddress[] {
  const told = new Map(peers.map(({ id, address }) => [id, address]))
  const configuration = machine.membership?.configuration
  const members = configuration === undefined ? [] : memberIds(configuration)
  const roster = new Map(machine.membership?.members.map(({ id, address }) => [id, address]))
  const ids = new Set(members.length > 0 ? members : told.keys())
  const isMember = ids.has(own)
  // A replica that waits to be added, or was removed, goes on asking those that it knows.
  if (!isMember) for (const id of told.keys()) ids.add(id)
  callers.review((shown) => machine.node.judge(shown).kind === 'accept')
  for (const id of callers.ids) ids.add(id)
  ids.delete(own)
  return [...ids].flatMap((id) => {
    const registered = machine.state.replicas.find(({ replica }) => replica === id)?.peer
    const written = [registered, roster.get(id)].map((text) => {
      return typeof text === 'string' ? socketAddress.parse(text) : undefined
    })
    return [callers.get(id), told.get(id), ...written].flatMap((address) =>
      address === undefined ? [] : [{ id, host: address.host, port: address.port }],
    )
  })
}

/** What a replica knows of where the others are. */
interface AddressSources {
  readonly membership: ReplicaMachine['membership']
  readonly node: Pick<ReplicaMachine['node'], 'judge'>
  readonly state: Pick<ReplicaMachine['state'], 'replicas'>
}
