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
  | { readonly kind: 'disseminated'; readonly namespace: string; readonly generation: number }
  | { readonly kind: 'drop'; readonly namespace: string }

export class LeadershipEffects {
  readonly #purposes = new Map<number, ProposalPurpose>()
  #effects: LeadershipEffect[] = []
  #count = 0
  /** Proposals of hosts that come or go whose outcome is not known. */
  #changes = 0

  propose(command: Command, purpose: ProposalPurpose): void {
    this.#count += 1
    this.#purposes.set(this.#count, purpose)
    if (changesTable(purpose)) this.#changes += 1
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

  /** What a proposal was for; its outcome is known. */
  settle(number: number): ProposalPurpose | undefined {
    const purpose = this.#purposes.get(number)
    if (!this.#purposes.delete(number) || purpose === undefined) return undefined
    if (changesTable(purpose)) this.#changes -= 1
    return purpose
  }

  /** Whether hosts that come or go are on their way into the log. */
  get hasChanges(): boolean {
    return this.#changes > 0
  }
}

function changesTable({ kind }: ProposalPurpose): boolean {
  return kind === 'upsert' || kind === 'remove'
}
