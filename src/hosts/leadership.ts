/**
 * The leader's side of hosts, for one term: admits hellos, answers heartbeats, removes who is
 * silent, runs the rounds of every namespace. Made when the leader has applied the `lead` command
 * of its term, dropped when the term ends; all that must outlive it is in the log.
 *
 * What is to be done comes out of `takeEffects`, behind each input; outcomes come back as inputs.
 * Times are those of the leader's monotonic clock; wall-clock time is only put into commands.
 */
import { Rounds } from '../broadcast/rounds.js'
import type { Admission } from '../fsm/admission.js'
import { defaultNamespace, noCeilings, type Origin, raiseCeilings } from '../fsm/cluster-state.js'
import type { Command } from '../fsm/command.js'
import type { Instant } from '../fsm/instant.js'
import type { Standing } from '../fsm/namespace-state.js'
import type { PlacementState } from '../fsm/placement-state.js'
import type { Settings } from '../fsm/settings.js'
import { Budget } from '../jobs/job.js'
import type { ReplicaId } from '../raft/core/entry.js'
import { Admissions } from './admissions.js'
import { Departures } from './departures.js'
import { tellDirectly } from './direct-orders.js'
import { type ArrivedHeartbeat, HeartbeatDesk, judgeHeartbeat } from './heartbeat-desk.js'
import {
  changedBy,
  type LeadershipEffect,
  LeadershipEffects,
  type ProposalPurpose,
} from './leadership-effects.js'
import { type Lease, LeaseLedger, type LeaseTimes } from './lease-ledger.js'
import type { Route, Upstream } from './relay-message.js'
import { TypeChanges } from './type-changes.js'

/** How often silent members and waiting hellos are looked through, in ms. */
const sweepEveryMs = 250
/** Fences that are looked at in one go; the others at the next tick. */
export const fencesPerTickMax = 2_048
/** A heartbeat of few is answered at once: what a budget of so many units does. */
const atOnceUnits = 1_000
/** Units of a budget for a look at members that are due. */
const expireUnits = 1_500
/** Units of a budget for one answer. */
const answerUnits = 4

export class Leadership {
  readonly term: number
  readonly departures: Departures
  readonly #state: PlacementState
  readonly #effects = new LeadershipEffects()
  readonly #ledger: LeaseLedger
  readonly #admissions: Admissions
  readonly #typeChanges: TypeChanges
  readonly #desk = new HeartbeatDesk()
  /** Of the namespaces that had something to do in this leadership and are there still. */
  readonly #rounds = new Map<string, Rounds<Lease>>()
  /** Those of them that are not at rest. */
  readonly #active = new Set<string>()
  /** Empty namespaces that are dropped once the refusals in them are over. */
  readonly #lingering = new Set<string>()
  #pulseAtMs = Number.NEGATIVE_INFINITY
  /** Of settings that this leader proposed, applied or not. */
  #ceilings = noCeilings
  #sweptAtMs = Number.NEGATIVE_INFINITY
  /** Whether more members are due than were looked at. */
  #isExpiring = false
  #natsIsUp: boolean

  /**
   * @param electedAtMs when the election was won: leases of earlier leaders count from then
   * @param natsIsUp whether this replica reaches NATS now
   */
  constructor(term: number, electedAtMs: number, state: PlacementState, natsIsUp: boolean) {
    this.term = term
    this.#state = state
    this.#natsIsUp = natsIsUp
    this.#ledger = new LeaseLedger(() => this.#leaseTimes, electedAtMs)
    const parts = [term, state, this.#ledger] as const
    this.departures = new Departures(...parts, this.#effects)
    this.#admissions = new Admissions(...parts, this.departures, this.#effects, this.#rounds)
    this.#typeChanges = new TypeChanges(...parts, this.#effects)
    for (const namespace of state.namespaces()) {
      if (namespace.newest > namespace.disseminated) this.#active.add(namespace.name)
      this.#noteIfEmpty(namespace.name)
    }
  }

  /** Whether a tick sooner than the next beacon is of use. */
  get isBusy(): boolean {
    for (const name of this.#active) if (this.#rounds.get(name)?.isBusy) return true
    return false
  }

  /** Whether `work` would do anything now. */
  get hasWork(): boolean {
    if (this.#desk.hasProven || this.#isExpiring) return true
    for (const name of this.#active) if (this.#rounds.get(name)?.hasWork) return true
    return false
  }

  rounds(namespace: string): Rounds<Lease> | undefined {
    return this.#rounds.get(namespace)
  }

  /** How many hosts wait to be admitted, by why. */
  get waiting(): ReadonlyMap<string, number> {
    return this.#admissions.waiting
  }

  lease(admission: Admission): Lease | undefined {
    return this.#ledger.get(admission)
  }

  /** What is to be done since it was asked last, in order. */
  takeEffects(): readonly LeadershipEffect[] {
    return this.#effects.take()
  }

  natsChanged(isUp: boolean): void {
    this.#natsIsUp = isUp
    for (const rounds of this.#rounds.values()) rounds.natsChanged(isUp)
  }

  /** @param isApplied false when the command will not be applied, or nobody can know */
  proposed(number: number, isApplied: boolean, now: Instant): void {
    const pending = this.#effects.settle(number)
    if (pending === undefined) return
    this.#ofProposal(pending.purpose, isApplied, now)
    // A round that waited for more changes begins when none is on its way.
    for (const name of pending.namespaces) {
      if (this.#active.has(name) && !this.#effects.hasChanges(name)) this.#advance(name, now)
    }
  }

  #ofProposal(purpose: ProposalPurpose, isApplied: boolean, now: Instant): void {
    switch (purpose.kind) {
      case 'remove':
        this.departures.proposed(purpose.leases)
        return
      case 'upsert':
        this.#admissions.proposed(purpose.joining, isApplied, now)
        return
      case 'retype':
        this.#typeChanges.proposed(purpose.changes, isApplied, now)
        return
      case 'disseminated':
        if (!isApplied) this.#rounds.get(purpose.namespace)?.recordFailed(purpose.generation)
        return
      case 'drop':
        if (!isApplied) this.#noteIfEmpty(purpose.namespace)
        return
      default:
        purpose satisfies never
    }
  }

  /** The outcome of the proof that was asked for. */
  confirmed(isConfirmed: boolean, now: Instant): void {
    this.#desk.proved(isConfirmed)
    this.#answerProven(new Budget(atOnceUnits), now)
    this.flush()
  }

  /** Goes on with what was left for later. Called behind input that waits. */
  work(budget: Budget, now: Instant): void {
    this.#answerProven(budget, now)
    while (this.#isExpiring && !budget.isSpent) {
      budget.spend(expireUnits)
      this.#isExpiring = !this.departures.expire(now)
    }
    for (const name of this.#active) {
      const rounds = this.#rounds.get(name)
      if (rounds?.hasWork !== true) continue
      if (budget.isSpent) return
      rounds.work(budget, now)
      this.#carryOut(name, rounds, now)
    }
  }

  /**
   * This leader stood still for so long, longer than half an election timeout: what hosts said in
   * that time is not read yet, so nobody is blamed for it.
   */
  stalled(gapMs: number, now: Instant): void {
    this.#ledger.restartGrace(now.monotonicMs)
    for (const rounds of this.#rounds.values()) rounds.stalled(gapMs)
  }

  receive(replica: ReplicaId, message: Upstream, now: Instant): void {
    const route: Route = { replica, session: message.session }
    switch (message.kind) {
      case 'hello':
        this.#admissions.hello(route, { ...message.hello, secretHash: message.secretHash }, now)
        return
      case 'heartbeat':
        if (message.hellos > 0) this.#admissions.heard(route, message.hellos, now)
        this.#heartbeat({ route, heartbeat: message }, now)
        return
      case 'leave':
        if (this.#isOwn(message)) this.departures.leave(route, message, now)
        return
      case 'bye':
      case 'fenced':
        if (!this.#isOwn(message)) return
        this.departures.stopped(message, message.kind === 'bye', now)
        this.#settleFences(now)
        this.#admissions.touched(message)
        this.#advance(message.namespace, now)
        this.#admissions.settle(now)
        return
      case 'types':
        if (this.#isOwn(message)) this.#typeChanges.asked(route, message, now)
        return
      case 'closed':
        this.#admissions.closed(route)
        return
      default:
        message satisfies never
    }
  }

  /**
   * Whether what is said of an admission is said by its instance. An admission that is in no table
   * any more is nobody's: nothing can be said of it that does harm.
   */
  #isOwn(said: Admission & { readonly lineage: string; readonly secretHash: string }): boolean {
    if (said.lineage !== this.#origin.lineage) return false
    return this.#isProven(this.#known(said).standing, said.secretHash)
  }

  #isProven({ secretHash: known }: Standing, secretHash: string): boolean {
    return known === undefined || known === secretHash
  }

  /** What an admission is, without making an account of it. */
  #known(admission: Admission): { readonly standing: Standing; readonly lease: Lease | undefined } {
    const { namespace, name, epoch } = admission
    const state = this.#state.namespaceOrEmpty(namespace)
    const lease = this.#ledger.get(admission)
    const standing =
      lease === undefined ? state.standingOf(name, epoch) : this.#ledger.standing(lease, state)
    return { standing, lease }
  }

  /**
   * A command was applied: every one since this leadership began, in order.
   * @param replaced admissions whose name went to another admission by it
   */
  applied(index: number, command: Command, replaced: readonly Admission[], now: Instant): void {
    switch (command.kind) {
      case 'upsert':
        for (const admission of replaced) this.departures.replaced(admission)
        for (const host of command.hosts) this.#admissions.joined(index, host, now)
        break
      case 'remove':
        for (const host of command.hosts) {
          this.departures.removed(host)
          this.#admissions.touched(host)
        }
        break
      case 'disseminated':
        this.departures.handedOver(command.namespace)
        break
      case 'drop':
        // A refusal may have gone with it.
        if (!command.spent) this.#admissions.allTouched()
        break
      case 'settings':
        this.#admissions.allTouched()
        break
      case 'lift':
        this.#admissions.touched(command)
        break
      case 'retype':
        this.#typeChanges.applied(command.hosts, now)
        break
      case 'clock':
      case 'level':
      case 'cordon':
      case 'genesis':
      case 'lead':
      case 'register':
      case 'unregister':
        break
      default:
        command satisfies never
    }
    for (const namespace of this.#touchedBy(command)) this.#advance(namespace, now)
    this.#admissions.settle(now)
  }

  /** End of a batch of inputs: what was collected goes out. */
  flush(): void {
    if (this.#desk.prove()) this.#effects.confirm()
  }

  tick(now: Instant): void {
    if (now.monotonicMs >= this.#pulseAtMs) this.#pulse(now.monotonicMs)
    this.#settleFences(now)
    for (const name of [...this.#active]) this.#advance(name, now)
    if (now.monotonicMs - this.#sweptAtMs < sweepEveryMs) return
    this.#sweptAtMs = now.monotonicMs
    this.#isExpiring = !this.departures.expire(now)
    this.#admissions.sweep(now)
    this.#typeChanges.sweep(now)
    this.#dropSpent(now.wallMs)
  }

  /**
   * Settings are on their way into the log. Another replica may apply them before this one does and
   * welcome hosts with a longer lease, so such leases are waited out from now on.
   */
  settingsProposed(settings: Settings): void {
    this.#ceilings = raiseCeilings(this.#ceilings, settings)
  }

  get #leaseTimes(): LeaseTimes {
    const { ceilings, settings } = this.#state
    const proposed = this.#ceilings
    return {
      fenceAfterMs: Math.max(ceilings.fenceAfterCeilingMs, proposed.fenceAfterCeilingMs),
      fenceMarginMs: Math.max(ceilings.fenceMarginCeilingMs, proposed.fenceMarginCeilingMs),
      hostTimeoutMs: settings.hostTimeoutMs,
      hostTimeoutCeilingMs: Math.max(ceilings.hostTimeoutCeilingMs, proposed.hostTimeoutCeilingMs),
    }
  }

  get #origin(): Origin {
    const { origin } = this.#state
    if (origin === null) throw new Error('a leadership before the cluster was formed')
    return origin
  }

  // ---- heartbeats ----------------------------------------------------------------------------

  #heartbeat(arrived: ArrivedHeartbeat, now: Instant): void {
    const { heartbeat } = arrived
    const { namespace, name, epoch } = heartbeat
    if (name !== null && heartbeat.lineage === this.#origin.lineage) {
      const admission = { namespace, name, epoch }
      const { standing, lease } = this.#known(admission)
      const isKnown = standing.isMember || standing.removedWhy !== undefined
      if (isKnown && this.#isProven(standing, heartbeat.secretHash)) {
        this.#note(arrived, lease ?? this.#ledger.of(admission), now)
      }
    }
    this.#desk.add(arrived)
  }

  /** Takes from a heartbeat what holds whether or not it will be answered. */
  #note({ route, heartbeat }: ArrivedHeartbeat, lease: Lease, now: Instant): void {
    const { namespace, acknowledged, number, listening } = heartbeat
    const wasListening = lease.listening
    this.#ledger.heard(lease, route, number, listening)
    const rounds = this.#rounds.get(namespace)
    if (rounds === undefined) return
    if (wasListening && !lease.listening) rounds.unreached(lease, now)
    rounds.acknowledge(lease, acknowledged.term, acknowledged.generation, now)
    this.#carryOut(namespace, rounds, now)
  }

  #answerProven(budget: Budget, now: Instant): void {
    while (!budget.isSpent) {
      const arrived = this.#desk.nextProven()
      if (arrived === null) return
      budget.spend(answerUnits)
      this.#answer(arrived, now)
    }
  }

  #answer({ route, heartbeat }: ArrivedHeartbeat, now: Instant): void {
    const { replica, session } = route
    const { namespace, name, epoch, number } = heartbeat
    const { lineage } = this.#origin
    const view = this.#state.namespaceOrEmpty(namespace)
    const admission = { namespace, name: name ?? '', epoch }
    const { standing, lease } = this.#known(admission)
    const judgement = judgeHeartbeat(heartbeat, lineage, view, standing, lease)
    switch (judgement.kind) {
      case 'answer':
        if (name !== null) this.#answered(lease ?? this.#ledger.of(admission), now)
        this.#effects.tell(replica, { session, number, ...judgement })
        return
      case 'refused':
        this.#effects.tell(replica, { session, number, ...judgement })
        return
      case 'fence':
        this.#effects.tell(replica, { session, epoch, ...judgement })
        return
      default:
        judgement satisfies never
    }
  }

  /** The first answer of a leadership may end before the grace that was waited for. */
  #answered(lease: Lease, now: Instant): void {
    const before = this.#ledger.pastFenceAtMs(lease)
    this.#ledger.answered(lease, now.monotonicMs)
    if (this.#ledger.pastFenceAtMs(lease) < before) this.#admissions.touched(lease)
  }

  /** What waits for somebody to be past its fence goes on. */
  #settleFences(now: Instant): void {
    let looks = 0
    for (const lease of this.#ledger.pastFence(now.monotonicMs)) {
      this.departures.pastFence(lease)
      const rounds = this.#rounds.get(lease.namespace)
      if (rounds !== undefined) {
        rounds.pastFence(lease, now)
        this.#carryOut(lease.namespace, rounds, now)
      }
      looks += 1
      if (looks >= fencesPerTickMax) return
    }
  }

  // ---- rounds --------------------------------------------------------------------------------

  /** The leader is there, and NATS carries what it says: for sidecars of namespaces at rest. */
  #pulse(nowMs: number): void {
    this.#pulseAtMs = nowMs + this.#state.settings.beaconMs
    this.#effects.publish({ kind: 'pulse', lineage: this.#origin.lineage, term: this.term })
  }

  /** One that was dropped is gone through once more: for the unlock of its last round. */
  #advance(name: string, now: Instant): void {
    const isThere = this.#state.namespace(name) !== undefined
    let rounds = this.#rounds.get(name)
    if (rounds === undefined) {
      if (!isThere) return
      rounds = this.#makeRounds(name)
      this.#rounds.set(name, rounds)
    }
    rounds.advance(now, this.#effects.hasChanges(name))
    this.#carryOut(name, rounds, now)
    if (isThere && !rounds.isAtRest) this.#active.add(name)
    else this.#active.delete(name)
    if (!isThere) this.#rounds.delete(name)
    this.#noteIfEmpty(name)
  }

  #noteIfEmpty(name: string): void {
    const namespace = this.#state.namespace(name)
    if (name !== defaultNamespace && namespace?.isEmpty) this.#lingering.add(name)
    else this.#lingering.delete(name)
  }

  #dropSpent(atMs: number): void {
    for (const namespace of this.#lingering) {
      if (!this.#state.namespace(namespace)?.isSpent(this.#state.agedMs(atMs))) continue
      // Not again and again while it is on its way; whatever changes it notes it anew.
      this.#lingering.delete(namespace)
      const command = { kind: 'drop', atMs, namespace, spent: true } as const
      this.#effects.propose(command, { kind: 'drop', namespace })
    }
  }

  #touchedBy(command: Command): Iterable<string> {
    switch (command.kind) {
      case 'upsert':
      case 'remove':
      case 'retype':
        return changedBy(command)
      case 'disseminated':
      case 'drop':
      case 'cordon':
      case 'lift':
        return [command.namespace]
      case 'settings':
      case 'level':
        return [...this.#state.namespaces()].map(({ name }) => name)
      case 'clock':
      case 'genesis':
      case 'lead':
      case 'register':
      case 'unregister':
        return []
      default:
        return command satisfies never
    }
  }

  #makeRounds(namespace: string): Rounds<Lease> {
    const { lineage } = this.#origin
    return new Rounds(
      { namespace, lineage, term: this.term },
      () => this.#state.namespaceOrEmpty(namespace),
      () => this.#state.settings,
      this.#ledger,
      this.#natsIsUp,
    )
  }

  #carryOut(namespace: string, rounds: Rounds<Lease>, now: Instant): void {
    for (const effect of rounds.takeEffects()) {
      switch (effect.kind) {
        case 'publish':
          this.#effects.publish(effect.order)
          break
        case 'send-directly':
          tellDirectly(effect.leases, effect.orders, this.#effects)
          break
        case 'record': {
          const { generation } = effect
          const said = { term: this.term, namespace, generation }
          const command = { kind: 'disseminated', atMs: now.wallMs, ...said } as const
          this.#effects.propose(command, { kind: 'disseminated', namespace, generation })
          break
        }
        case 'remove-stragglers':
          this.#admissions.straggled(this.departures.straggled(effect.leases, now), now)
          break
        case 'running':
          this.#effects.tellAll({ kind: 'round', namespace, to: effect.to })
          break
        default:
          effect satisfies never
      }
    }
  }
}
