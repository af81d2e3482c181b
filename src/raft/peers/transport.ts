/**
 * Messages between the replicas of a cluster: best effort, in order per connection, never twice.
 * Raft repeats what is lost; this drops rather than waits. The protocol stands in wire-frame.ts and
 * introduction.ts; who may talk to whom is judged by the node.
 */
import type { ReplicaId } from '../core/entry.js'
import { nameOf } from './address-turns.js'
import { Dialler, type DiallerOptions } from './dialler.js'
import type { Introduction } from './introduction.js'
import { Listener } from './listener.js'
import {
  completeLimits,
  type PeerAddress,
  type PeerStatus,
  type PeerTransport,
  type PeerTransportOptions,
} from './transport-options.js'

/**
 * Listens, and begins to connect.
 * @throws BerthError `unavailable` when the port is taken, `invalid_config` that names a limit
 */
export async function createPeerTransport(options: PeerTransportOptions): Promise<PeerTransport> {
  const advertised = nameOf(options.advertised)
  const { clusterName: cluster, self: id } = options
  const introduce = (to: ReplicaId): Introduction => ({
    ...options.handshake(),
    ...{ cluster, id, to, advertised },
  })
  const introduceBriefly = (to: ReplicaId): Introduction => ({
    ...{ cluster, id, to, advertised: '', clusterId: null, identity: options.glimpse() },
  })
  const limits = completeLimits(options.limits)
  const complete: DiallerOptions = { ...options, limits, introduce, introduceBriefly }
  const transport = new TcpPeerTransport(complete, await Listener.open(complete))
  transport.setPeers(options.peers)
  return transport
}

class TcpPeerTransport implements PeerTransport {
  readonly #options: DiallerOptions
  readonly #listener: Listener
  readonly #diallers = new Map<ReplicaId, Dialler>()
  #closed = false

  constructor(options: DiallerOptions, listener: Listener) {
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

  status(): readonly PeerStatus[] {
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
