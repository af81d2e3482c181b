/**
 * Messages between the replicas of a cluster: best effort, in order per connection, never twice.
 * Raft repeats what is lost; this drops rather than waits. It carries bytes, and TLS
 * where that is wanted; what is said first is a matter of node/identity/handshake.ts, and who may
 * talk to whom is judged by the node.
 */
import type { ReplicaId } from '../core/entry.js'
import { nameOf } from './address-turns.js'
import { type ConnectionOptions, Dialler } from './dialler.js'
import { PeerListener } from './listener.js'
import {
  completeLimits,
  type LinkStatus,
  type PeerAddress,
  type PeerTransport,
  type PeerTransportOptions,
} from './transport-options.js'

/**
 * Listens, and begins to connect.
 * @throws BerthError `unavailable` when the port is taken, `invalid_config` that names a limit
 */
export async function createPeerTransport(options: PeerTransportOptions): Promise<PeerTransport> {
  const limits = completeLimits(options.limits)
  const complete: ConnectionOptions = { ...options, limits, advertised: nameOf(options.advertised) }
  const transport = new TcpPeerTransport(complete, await PeerListener.open(complete))
  transport.setPeers(options.peers)
  return transport
}

class TcpPeerTransport implements PeerTransport {
  readonly #options: ConnectionOptions
  readonly #listener: PeerListener
  readonly #diallers = new Map<ReplicaId, Dialler>()
  #closed = false

  constructor(options: ConnectionOptions, listener: PeerListener) {
    this.#options = options
    this.#listener = listener
  }

  get port(): number {
    return this.#listener.port
  }

  send(to: ReplicaId, message: Uint8Array): boolean {
    return this.#diallers.get(to)?.send(message) ?? false
  }

  setPeers(peers: readonly PeerAddress[]): void {
    if (this.#closed) return
    const wanted = new Map<ReplicaId, PeerAddress[]>()
    for (const peer of peers) {
      if (peer.id === this.#options.self) continue
      wanted.set(peer.id, [...(wanted.get(peer.id) ?? []), peer])
    }
    this.#listener.setPeers(new Set(wanted.keys()))
    for (const [id, dialler] of this.#diallers) {
      if (wanted.has(id)) continue
      dialler.close()
      this.#diallers.delete(id)
      this.#listener.drop(id)
    }
    for (const [id, addresses] of wanted) {
      const dialler = this.#diallers.get(id)
      if (dialler !== undefined) dialler.setAddresses(addresses)
      else this.#diallers.set(id, new Dialler(addresses, this.#options))
    }
  }

  redial(peer: ReplicaId): void {
    this.#diallers.get(peer)?.redial()
  }

  status(): readonly LinkStatus[] {
    return [...this.#diallers.values()]
      .map(({ status }) => ({ ...status, ...this.#listener.heard(status.id) }))
      .sort((one, other) => one.id - other.id)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const dialler of this.#diallers.values()) dialler.close()
    this.#diallers.clear()
    await this.#listener.close()
  }
}
