/** What a replica's machine is given, and what it asks of the process around it. */

import type { Applied } from '../../fsm/placement-state.js'
import type { Settings } from '../../fsm/settings.js'
import type { Timing } from '../../fsm/settings-check.js'
import type { SessionId } from '../../hosts/relay-message.js'
import type { WelcomeAddresses } from '../../hosts/welcome.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import type { Frame } from '../../raft/node/frame.js'
import type { NodeOptions } from '../../raft/node/node-options.js'
import type { NodePorts } from '../../raft/node/node-ports.js'
import type { Order, Pulse, ReplicaMessage } from '../../wire/messages.js'
import type { ReplicaFrame } from './frames.js'

export interface ReplicaOptions {
  readonly node: NodeOptions
  /** Settings of the cluster, if this replica begins it. */
  readonly genesisSettings: Settings
  readonly timing: Timing
  /** Ed25519 public key that signs this replica's orders, base64url. */
  readonly key: string
  /** Names this run of the replica among all runs. */
  readonly run: number
  /** Where it is reached; registered with the cluster. */
  readonly peerAddress: string
  readonly apiUrl: string
  /** What hosts are told in their welcome. */
  readonly addresses: WelcomeAddresses
  /** Version of this build, for people. */
  readonly version: string
}

type OfNode = 'greet' | 'store' | 'readChunk' | 'crc32c' | 'random' | 'stop' | 'log' | 'wake'

export interface ReplicaPorts extends Pick<NodePorts<Applied>, OfNode> {
  /** To a peer; may be lost. */
  send(to: ReplicaId, frame: Frame | ReplicaFrame): void
  /** Over NATS; may be lost. */
  publish(message: Order | Pulse): void
  /** To hosts and observers that are attached here. */
  tell(sessions: readonly SessionId[], message: ReplicaMessage): void
  closeSession(session: SessionId, code: number, reason: string): void
  /** What is known of the own database. */
  database(): { readonly version: string | null; readonly commitMs: number | null }
  /** A uuid from a good source. */
  uuid(): string
  /** Which replicas there are, or where they are reached, changed. */
  replicasChanged(): void
  /** `flush` is to be called at this instant, or as soon as waiting input has been handled. */
  flushAt(atMs: number): void
}
