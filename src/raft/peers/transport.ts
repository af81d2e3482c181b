/**
 * Messages between the replicas of a cluster: best effort, in order per connection, never twice.
 * Raft repeats what is lost; this drops rather than waits. The protocol stands in frame.ts and
 * handshake.ts; who may talk to whom is judged by the node.
 */
import type { ReplicaId } from '../core/entry.js'
import { Dialler, type DiallerOptions } from './dialler.js'
import type { Introduction } from './handshake.js'
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
  const { host, port } = options.advertised
  const { clusterName: cluster, self: id } = options
  const introduce = (to: ReplicaId): Introduction => ({
    ...options.handshake(),
    ...{ cluster, id, to, advertised: `${host}:${port}` },
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
  private readonly options: DiallerOptions
  private readonly listener: Listener
  private readonly diallers = new Map<ReplicaId, Dialler>()

  constructor(options: DiallerOptions, listener: Listener) {
    this.options = options
    this.listener = listener
  }

  get port(): number {
    return this.listener.port
  }

  send(to: ReplicaId, message: Uint8Array): boolean {
    return this.diallers.get(to)?.send(message) ?? false
  }

  setPeers(peers: readonly PeerAddress[]): void {
    const wanted = new Map(peers.map((peer) => [peer.id, peer]))
    wanted.delete(this.options.self)
    this.listener.setPeers(new Set(wanted.keys()))
    for (const [id, dialler] of this.diallers) {
      const peer = wanted.get(id)
      const { host, port } = dialler.address
      if (peer?.host === host && peer.port === port) continue
      dialler.close()
      this.diallers.delete(id)
      if (peer === undefined) this.listener.drop(id)
    }
    for (const peer of wanted.values()) {
      if (!this.diallers.has(peer.id)) {
        this.diallers.set(peer.id, new Dialler(peer, this.options))
      }
    }
  }

  redial(peer: ReplicaId): void {
    this.diallers.get(peer)?.redial()
  }

  status(): readonly PeerStatus[] {
    return [...this.diallers.values()]
      .map(({ status }) => ({ ...status, ...this.listener.heard(status.id) }))
      .sort((one, other) => one.id - other.id)
  }

  async close(): Promise<void> {
    for (const dialler of this.diallers.values()) dialler.close()
    this.diallers.clear()
    await this.listener.close()
  }
}
