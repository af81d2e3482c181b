/**
 * How admissions end, at the leader: by expiry, by hand, as stragglers, by leaving, or because the
 * host said that it stopped. A removal is a commit made at once; the round after it waits for the
 * host's word or for its fence.
 */

import type { Admission } from '../fsm/admission.js'
import type { RemovedHost, RemoveReason } from '../fsm/command.js'
import type { Instant } from '../fsm/instant.js'
import type { PlacementState } from '../fsm/placement-state.js'
import type { Fence } from '../wire/messages.js'
import { hostsPerCommandMax, inCommands } from './command-size.js'
import type { LeadershipEffects } from './leadership-effects.js'
import type { Lease, LeaseLedger } from './lease-ledger.js'
import type { Route } from './relay-message.js'

/** Members of the beginning of a leadership that get their accounts in one look. */
export const enteredAtOnceMax = 512
/** Members that are due and looked at in one look: as many as one command takes. */
export const expiredAtOnceMax = hostsPerCommandMax

export class Departures {
  readonly #term: number
  readonly #state: PlacementState
  readonly #ledger: LeaseLedger
  readonly #effects: LeadershipEffects
  /** Members of the beginning of this leadership that have no account yet, it may be. */
  readonly #toEnter: Iterator<Admission>
  /** Leaving hosts that are told when their hand-over is finished. */
  readonly #leaving = new Set<Lease>()
  /** No members any more, but in a table that is or will be disseminated; by namespace. */
  readonly #removed = new Map<string, Set<Lease>>()
  /** In no such table any more, but not yet past their fence. */
  readonly #out = new Set<Lease>()

  constructor(
    term: number,
    state: PlacementState,
    ledger: LeaseLedger,
    effects: LeadershipEffects,
  ) {
    this.#term = term
    this.#state = state
    this.#ledger = ledger
    this.#effects = effects
    this.#toEnter = membersOf(state)
  }

  /**
   * Removes present members, by one commit where it takes them all. Others, and those on the way
   * already, stay.
   */
  remove(
    admissions: readonly Admission[],
    reason: RemoveReason,
    now: Instant,
    refuseMs?: number,
  ): void {
    const leases = admissions
      .map((admission) => this.#ledger.of(admission))
      .filter((lease) => !lease.removing && this.#isMember(lease))
    if (leases.length === 0) return
    for (const lease of leases) this.#ledger.removing(lease)
    const refuse = refuseMs === undefined ? {} : { refuseMs }
    const hosts = leases.map(
      ({ namespace, name, epoch }): RemovedHost => ({ namespace, name, epoch, reason, ...refuse }),
    )
    let done = 0
    for (const some of inCommands(hosts)) {
      const removing = leases.slice(done, done + some.length)
      done += some.length
      const command = { kind: 'remove', atMs: now.wallMs, term: this.#term, hosts: some } as const
      this.#effects.propose(command, { kind: 'remove', leases: removing })
    }
  }

  /** The outcome is known. Whoever is still a member after all is found again by the next sweep. */
  proposed(leases: readonly Lease[]): void {
    for (const lease of leases) this.#ledger.removalEnded(lease)
  }

  /**
   * Who loses keys in a round and did not let go within its deadline. The members among them go by
   * one commit; who was leaving already is removed, and must not be answered for ever.
   * @returns those of which that was not said before
   */
  straggled(leases: readonly Lease[], now: Instant): readonly Lease[] {
    const fresh = leases.filter((lease) => this.#ledger.straggled(lease))
    this.remove(leases, 'straggler', now)
    return fresh
  }

  /**
   * Removes the members that were silent for their time, and those that stopped. It looks at those
   * that are due alone: members at rest cost nothing, however many there are.
   * @returns whether all were looked at; the others are due still
   */
  expire(now: Instant): boolean {
    const hasEntered = this.#enter()
    const expired: Lease[] = []
    let looks = 0
    for (const lease of this.#ledger.expired(now.monotonicMs)) {
      looks += 1
      if (looks > expiredAtOnceMax) break
      if (this.#isMember(lease)) expired.push(lease)
      else this.#noMember(lease)
    }
    this.remove(expired, 'expired', now)
    return hasEntered && looks <= expiredAtOnceMax
  }

  /** The host hands over what it has, then goes. */
  leave(route: Route, admission: Admission, now: Instant): void {
    const lease = this.#ledger.of(admission)
    this.#ledger.leaves(lease, route)
    this.#leaving.add(lease)
    this.remove([lease], 'left', now)
    if (!this.isKnown(lease)) this.#noMember(lease)
  }

  /** The host said that nothing runs under this admission any more. */
  stopped(admission: Admission, ended: boolean, now: Instant): void {
    if (!this.isKnown(admission)) return
    const lease = this.#ledger.of(admission)
    this.#ledger.stopped(lease, ended)
    if (!ended) this.remove([lease], 'expired', now)
  }

  /** A removal was applied: whoever did not ask for it is told to stop. */
  removed(host: RemovedHost): void {
    const { reason } = host
    if (this.#isMember(host)) return
    if (reason !== 'left') this.#fence(host, reason)
    this.#end(host)
  }

  /** A new instance of the name was admitted. */
  replaced(admission: Admission): void {
    this.#fence(admission, 'replaced')
    this.#end(admission)
  }

  /** A round of the namespace was finished: who was leaving in it may go. */
  handedOver(namespace: string): void {
    const removed = this.#removed.get(namespace)
    if (removed === undefined) return
    for (const lease of removed) {
      if (this.isKnown(lease)) continue
      removed.delete(lease)
      this.#isOut(lease)
    }
    if (removed.size === 0) this.#removed.delete(namespace)
  }

  /**
   * It is past its fence. Who is out of every table is forgotten then: the account of an admission
   * that may still hold a lease is kept, or it would have to be waited for again.
   */
  pastFence(lease: Lease): void {
    if (this.#out.delete(lease)) this.#ledger.forget(lease)
  }

  /**
   * Members that are silent from the beginning on have an account all the same.
   * @returns whether all have
   */
  #enter(): boolean {
    for (let entered = 0; entered < enteredAtOnceMax; entered += 1) {
      const { done, value } = this.#toEnter.next()
      if (done) return true
      this.#ledger.of(value)
    }
    return false
  }

  #end(admission: Admission): void {
    const lease = this.#ledger.get(admission)
    if (lease !== undefined) this.#noMember(lease)
  }

  #noMember(lease: Lease): void {
    this.#ledger.removed(lease)
    if (!this.isKnown(lease)) {
      this.#isOut(lease)
      return
    }
    const { namespace } = lease
    const removed = this.#removed.get(namespace)
    if (removed === undefined) this.#removed.set(namespace, new Set([lease]))
    else removed.add(lease)
  }

  /** One that was leaving is told that it may go. */
  #isOut(lease: Lease): void {
    if (lease.wasPastFence) this.#ledger.forget(lease)
    else this.#out.add(lease)
    if (!this.#leaving.delete(lease)) return
    const { route, epoch } = lease
    if (route === null) return
    this.#effects.tell(route.replica, { kind: 'left', session: route.session, epoch })
  }

  #fence(admission: Admission, code: Fence['code']): void {
    const route = this.#ledger.get(admission)?.route
    if (route === null || route === undefined) return
    const { epoch } = admission
    this.#effects.tell(route.replica, { kind: 'fence', session: route.session, epoch, code })
  }

  #isMember({ namespace, name, epoch }: Admission): boolean {
    return this.#state.namespace(namespace)?.newestTable.member(name)?.epoch === epoch
  }

  /** A member, or in a table that is or will be disseminated. */
  isKnown(admission: Admission): boolean {
    const { namespace, name, epoch } = admission
    const why = this.#state.namespace(namespace)?.removedWhy(name, epoch)
    return why !== undefined || this.#isMember(admission)
  }
}

/** As they are when it is called for the first time. */
function* membersOf(state: PlacementState): Generator<Admission> {
  for (const { name: namespace, newestTable } of [...state.namespaces()]) {
    for (const { name, epoch } of newestTable.list()) yield { namespace, name, epoch }
  }
}
