/** Where the other replicas may be reached: by their own word, and by that of others. */
import { memberIds } from '../../raft/core/configuration.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import { membersMax } from '../../raft/core/limits.js'
import type { Handshake } from '../../raft/node/identity/handshake.js'
import type { PeerVerdict } from '../../raft/node/identity/peer-judgement.js'
import type { PeerAddress } from '../../raft/peers/transport-options.js'
import { socketAddress } from '../../settings/setting-kinds.js'
import { canonicalHost, isUnspecified } from '../../wire/address.js'
import type { ReplicaMachine } from '../machine/replica-machine.js'
import type { ReplicaConfiguration } from '../settings/configuration.js'

interface Caller {
  readonly address: PeerAddress
  readonly shown: Handshake
}

/**
 * Replicas that have shown themselves here and were let in, and where they say that they are
 * reached: members, which may have moved since that was written down, and others. For one that was
 * away while the members changed may know none of those who lead today; they know it, and it
 * answers them at the address that they give.
 */
export class Callers {
  /** The one that came last at the end; of more than there can be members the first is dropped. */
  readonly #callers = new Map<ReplicaId, Caller>()

  get(id: ReplicaId): PeerAddress | undefined {
    return this.#callers.get(id)?.address
  }

  get ids(): readonly ReplicaId[] {
    return [...this.#callers.keys()]
  }

  /**
   * Whoever shows this was judged so. One that is refused is forgotten, but for a stranger, who
   * does not even show the id of the cluster, and one that meant or was meant to be another: they
   * say nothing about the replica that they name.
   * @returns whether its address is news
   */
  judged(shown: Handshake, advertised: string, verdict: PeerVerdict): boolean {
    if (verdict.kind === 'accept') return this.#note(shown, advertised)
    const isOther = verdict.code === 'another_replica' || verdict.code === 'foreign_cluster'
    if (verdict.confides && !isOther) this.#callers.delete(shown.replicaId)
    return false
  }

  #note(shown: Handshake, advertised: string): boolean {
    const { replicaId: id } = shown
    const parsed = socketAddress.parse(advertised)
    if (parsed === undefined || isUnspecified(canonicalHost(parsed.host) ?? '')) return false
    const before = this.get(id)
    const address = { id, ...parsed }
    this.#callers.delete(id)
    this.#callers.set(id, { address, shown })
    const [oldest] = this.#callers.keys()
    if (this.#callers.size > membersMax && oldest !== undefined) this.#callers.delete(oldest)
    return before?.host !== address.host || before.port !== address.port
  }

  /** Drops those that are not let in any more: a removed one hears of that when it calls again. */
  review(isWelcome: (shown: Handshake) => boolean): void {
    for (const [id, { shown }] of this.#callers) if (!isWelcome(shown)) this.#callers.delete(id)
  }
}

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
