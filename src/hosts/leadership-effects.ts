/**
 * What the leader's side of hosts has done by the replica around it. Its parts put effects into one
 * list, in order; the replica takes them behind each input. What an effect asks for comes back as
 * an input, by the number of the effect.
 *
 * One input causes effects for the members it names at most, and what is said to all of a namespace
 * is one effect: so the list is as long as the input.
 */
import type { Command } from '../fsm/command.js'
import type { ReplicaId } from '../raft/core/entry.js'
import type { Order, Pulse } from '../wire/messages.js'
import type { Lease } from './lease-ledger.js'
import type { Downstream } from './relay-message.js'
import type { TypeChange } from './type-change.js'
import type { WaitingHello } from './waiting-room.js'

export type LeadershipEffect =
  /** Answered by `proposed`. */
  | { readonly kind: 'propose'; readonly number: number; readonly command: Command }
  /** Asks for proof, begun now, that a quorum still follows; answered by `confirmed`. */
  | { readonly kind: 'confirm' }
  /** To the replica that holds a session; lost when it is away. */
  | { readonly kind: 'tell'; readonly replica: ReplicaId; readonly message: Downstream }
  /** To every replica. */
  | { readonly kind: 'tell-all'; readonly message: Downstream }
  /** Over NATS; lost when that is away. */
  | { readonly kind: 'publish'; readonly message: Order | Pulse }

/** What a proposal was made for: what is to be done once its outcome is known. */
export type ProposalPurpose =
  | { readonly kind: 'remove'; readonly leases: readonly Lease[] }
  | { readonly kind: 'upsert'; readonly joining: readonly WaitingHello[] }
  | { readonly kind: 'retype'; readonly changes: readonly TypeChange[] }
  | { readonly kind: 'disseminated'; readonly namespace: string; readonly generation: number }
  | { readonly kind: 'drop'; readonly namespace: string }

/** A proposal whose outcome is not known. */
export interface Pending {
  readonly purpose: ProposalPurpose
  /** Where hosts come or go by it. */
  readonly namespaces: ReadonlySet<string>
}

export class LeadershipEffects {
  readonly #pending = new Map<number, Pending>()
  #effects: LeadershipEffect[] = []
  #count = 0
  /** By namespace: proposals of hosts that come or go there whose outcome is not known. */
  readonly #changes = new Map<string, number>()

  propose(command: Command, purpose: ProposalPurpose): void {
    this.#count += 1
    const namespaces = changedBy(command)
    this.#pending.set(this.#count, { purpose, namespaces })
    for (const namespace of namespaces) this.#countChange(namespace, 1)
    this.#effects.push({ kind: 'propose', number: this.#count, command })
  }

  confirm(): void {
    this.#effects.push({ kind: 'confirm' })
  }

  tell(replica: ReplicaId, message: Downstream): void {
    this.#effects.push({ kind: 'tell', replica, message })
  }

  tellAll(message: Downstream): void {
    this.#effects.push({ kind: 'tell-all', message })
  }

  publish(message: Order | Pulse): void {
    this.#effects.push({ kind: 'publish', message })
  }

  take(): readonly LeadershipEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** What a proposal was for, and where hosts come or go by it; its outcome is known. */
  settle(number: number): Pending | undefined {
    const pending = this.#pending.get(number)
    this.#pending.delete(number)
    for (const namespace of pending?.namespaces ?? []) this.#countChange(namespace, -1)
    return pending
  }

  /** Whether hosts that come to this namespace or leave it are on their way into the log. */
  hasChanges(namespace: string): boolean {
    return this.#changes.has(namespace)
  }

  #countChange(namespace: string, by: 1 | -1): void {
    const count = (this.#changes.get(namespace) ?? 0) + by
    if (count === 0) this.#changes.delete(namespace)
    else this.#changes.set(namespace, count)
  }
}

/** The namespaces whose table a command changes, as far as it names them host by host. */
export function changedBy(command: Command): ReadonlySet<string> {
  switch (command.kind) {
    case 'upsert':
    case 'remove':
    case 'retype':
      return new Set(command.hosts.map(({ namespace }) => namespace))
    default:
      return new Set()
  }
}
