/**
 * Hellos at the leader: each is decided about when it comes, and again when something may have
 * changed for its name. Those that become members go into the log together: while a command is on
 * its way the next one waits until it is full, so that many joins make few generations.
 *
 * Invariant: what one input makes the leader look at is bounded, however many wait.
 */
import type { Rounds } from '../broadcast/rounds.js'
import type { UpsertedHost } from '../fsm/command.js'
import type { Instant } from '../fsm/instant.js'
import type { PlacementState } from '../fsm/placement-state.js'
import {
  type AdmissionContext,
  type Decision,
  decide,
  type Holder,
  isObserver,
} from './admission.js'
import { CommandSize, hostsPerCommandMax } from './command-size.js'
import { Damping } from './damping.js'
import type { Departures } from './departures.js'
import type { LeadershipEffects } from './leadership-effects.js'
import type { Lease, LeaseLedger } from './lease-ledger.js'
import type { Admission, ProvenHello, Route } from './relay-message.js'
import type { WaitingHello } from './waiting-room.js'
import { upsertedHost, WaitingRoom } from './waiting-room.js'

/** Commands on their way into the log at a time. */
export const commandsMax = 16
/** Hellos that are looked at in one go; the others have their turn by the next sweep or commit. */
export const looksMax = 2_048
/** Hellos that are asked for between two sweeps; whoever else is not known is asked later. */
export const asksMax = 256

export class Admissions {
  readonly #term: number
  readonly #state: PlacementState
  readonly #ledger: LeaseLedger
  readonly #departures: Departures
  readonly #effects: LeadershipEffects
  readonly #rounds: ReadonlyMap<string, Rounds<Lease>>
  readonly #waiting = new WaitingRoom()
  readonly #damping: Damping
  /** Commands on their way into the log. */
  #upserting = 0
  #asksLeft = asksMax

  constructor(
    term: number,
    state: PlacementState,
    ledger: LeaseLedger,
    departures: Departures,
    effects: LeadershipEffects,
    rounds: ReadonlyMap<string, Rounds<Lease>>,
  ) {
    this.#term = term
    this.#state = state
    this.#ledger = ledger
    this.#departures = departures
    this.#effects = effects
    this.#rounds = rounds
    this.#damping = new Damping(() => state.settings.admissionsPerMinuteMax)
  }

  /** How many hellos wait, by why. */
  get waiting(): ReadonlyMap<string, number> {
    return this.#waiting.countByCode()
  }

  hello(route: Route, hello: ProvenHello, now: Instant): void {
    const waiting = this.#waiting.add(route, hello, now.monotonicMs)
    if (waiting === null) {
      const detail = 'Too many hosts wait to be admitted. Try again in a second.'
      this.#tellWaiting(route, { code: 'overloaded', detail, retryAfterMs: 1_000 })
      return
    }
    // Said again, its host may have heard otherwise meanwhile: that there is no leader.
    waiting.toldCode = null
    if (waiting.deciding) return
    this.#look(waiting, now)
    this.#write(now)
  }

  /**
   * A session heartbeats whose hello is not answered yet. Asks for the hello of one that is not
   * known, which comes again only then; not while there is no room for it.
   */
  heard(route: Route, hellos: number, now: Instant): void {
    if (this.#waiting.heard(route, now.monotonicMs)) return
    if (this.#asksLeft === 0 || this.#waiting.left === 0) return
    this.#asksLeft -= 1
    this.#effects.tell(route.replica, { kind: 'say_hello', session: route.session, hellos })
  }

  closed(route: Route): void {
    this.#waiting.remove(route)
  }

  /** An upsert was applied: the new admission gets its account and, during a round, its floor. */
  joined(index: number, { namespace, name }: UpsertedHost, now: Instant): void {
    this.#waiting.touch(namespace, name)
    if (this.#state.namespace(namespace)?.member(name)?.epoch !== index) return
    const floor = this.#rounds.get(namespace)?.floor ?? 0
    this.#ledger.admitted({ namespace, name, epoch: index }, floor, now.monotonicMs)
    this.#damping.admitted(namespace, name, now.monotonicMs)
  }

  /** Who did not let go in time is removed: again and again, it waits. */
  straggled(admissions: readonly Admission[], now: Instant): void {
    for (const { namespace, name } of admissions) {
      this.#damping.straggled(namespace, name, now.monotonicMs)
    }
  }

  /** A name may be free, or be held for a shorter time than was thought. */
  touched({ namespace, name }: Pick<Admission, 'namespace' | 'name'>): void {
    this.#waiting.touch(namespace, name)
  }

  /** Anything may be decided otherwise. */
  allTouched(): void {
    this.#waiting.touchAll()
  }

  sweep(now: Instant): void {
    this.#waiting.dropSilent(now.monotonicMs, this.#state.settings.fenceAfterMs)
    this.#asksLeft = Math.min(asksMax, this.#waiting.left)
    this.#damping.sweep(now.monotonicMs)
    this.#waiting.wake(now.monotonicMs)
    this.settle(now)
  }

  /** Decides about hellos for which something may have changed. */
  settle(now: Instant): void {
    for (let looks = 0; looks < looksMax; looks += 1) {
      const waiting = this.#waiting.nextDue()
      if (waiting === null) break
      if (!waiting.deciding) this.#look(waiting, now)
    }
    this.#write(now)
  }

  /** @returns whether it may become a member now */
  #look(waiting: WaitingHello, now: Instant): boolean {
    const decision = decide(waiting.hello, this.#context(waiting, now))
    if (decision.kind === 'upsert') {
      this.#waiting.join(waiting)
      return true
    }
    this.#waiting.unjoin(waiting)
    this.#carryOut(waiting, decision, now)
    return false
  }

  /** Those that may become members, in commands; few of them wait while one is on its way. */
  #write(now: Instant): void {
    while (this.#upserting < commandsMax) {
      const isWorthIt = this.#upserting === 0 || this.#waiting.joiningCount >= hostsPerCommandMax
      if (!isWorthIt || !this.#writeOne(now)) return
    }
  }

  /** As many as one command takes. @returns whether there was one to write */
  #writeOne(now: Instant): boolean {
    const joining: WaitingHello[] = []
    const size = new CommandSize()
    let looks = 0
    for (const waiting of this.#waiting.joining()) {
      looks += 1
      if (looks > hostsPerCommandMax || !size.fits(waiting.bytes)) break
      // There may be less room than when it was looked at.
      if (!this.#look(waiting, now)) continue
      size.add(waiting.bytes)
      joining.push(waiting)
    }
    if (joining.length > 0) this.#upsert(joining, now)
    return joining.length > 0
  }

  #carryOut(
    waiting: WaitingHello,
    decision: Exclude<Decision, { kind: 'upsert' }>,
    now: Instant,
  ): void {
    const { hello, route, line } = waiting
    switch (decision.kind) {
      case 'admit':
        this.#admit(waiting, decision.epoch)
        return
      case 'remove': {
        const { namespace, name = '' } = hello
        const admission = { namespace, name, epoch: decision.epoch }
        this.#departures.remove([admission], isObserver(hello) ? 'left' : 'expired', now)
        // Once it is out its name is touched. What the log does not take is tried again.
        line.lookAgain(now.monotonicMs)
        return
      }
      case 'wait':
        line.lookAgain(now.monotonicMs + decision.retryAfterMs)
        if (waiting.toldCode === decision.code) return
        waiting.toldCode = decision.code
        this.#tellWaiting(route, decision)
        return
      default:
        decision satisfies never
    }
  }

  #admit({ route, hello }: WaitingHello, epoch: number): void {
    this.#waiting.remove(route)
    const { namespace, name = '' } = hello
    if (epoch !== 0) this.#attach(this.#ledger.of({ namespace, name, epoch }), route, hello)
    this.#effects.tell(route.replica, {
      kind: 'admitted',
      session: route.session,
      epoch,
      index: this.#state.appliedIndex,
      roundTo: this.#rounds.get(namespace)?.runningTo ?? null,
    })
  }

  /** From now on the session speaks for the admission. Once more for the same one is nothing. */
  #attach(lease: Lease, route: Route, { resume }: ProvenHello): void {
    const before = this.#ledger.attach(lease, route, resume?.number ?? 0)
    if (before === null) return
    this.#effects.tell(before.replica, { kind: 'superseded', session: before.session })
  }

  #upsert(joining: readonly WaitingHello[], now: Instant): void {
    this.#upserting += 1
    for (const waiting of joining) this.#waiting.decide(waiting)
    const hosts = joining.map(({ hello }) => upsertedHost(hello))
    const command = { kind: 'upsert', atMs: now.wallMs, term: this.#term, hosts } as const
    this.#effects.propose(command, { kind: 'upsert', joining })
  }

  /**
   * The outcome of a command is known. What the log did not take waits for the next sweep: it may
   * be refused at once, again and again. Who is in is admitted by the new epoch.
   */
  proposed(joining: readonly WaitingHello[], isApplied: boolean, now: Instant): void {
    this.#upserting -= 1
    for (const waiting of joining) this.#waiting.decided(waiting, isApplied)
    if (!isApplied) return
    this.settle(now)
  }

  #context({ hello, types: said }: WaitingHello, now: Instant): AdmissionContext {
    const { namespace, name = '' } = hello
    const state = this.#state.namespace(namespace)
    const member = state?.member(name)
    let holder: Holder | null = null
    if (member !== undefined) {
      const { instance, secretHash, epoch, appId, types } = member
      const lease = this.#ledger.of({ namespace, name, epoch })
      const pastFenceAtMs = this.#ledger.pastFenceAtMs(lease)
      const { stopped } = lease
      holder = { instance, secretHash, epoch, appId, types, stopped, pastFenceAtMs }
    }
    const resumedEpoch = this.#resumedEpoch(hello)
    return {
      holder,
      refusedForMs: state?.refusedForMs(name, this.#state.agedMs(now.wallMs)) ?? 0,
      held: this.#damping.held(namespace, name, now.monotonicMs),
      resumedEpoch,
      leavingEpoch: this.#isLeaving(hello, resumedEpoch) ? resumedEpoch : 0,
      level: this.#state.level,
      tableLevel: this.#state.tableLevel,
      lackOfRoom: () => this.#state.lackOfRoom(namespace, name, said),
      nowMs: now.monotonicMs,
    }
  }

  #resumedEpoch({ resume }: ProvenHello): number {
    return resume?.lineage === this.#state.origin?.lineage ? (resume?.epoch ?? 0) : 0
  }

  /** Its heartbeats count until the round in which it hands over is disseminated. */
  #isLeaving({ namespace, name = '', secretHash }: ProvenHello, epoch: number): boolean {
    const removal = this.#state.namespace(namespace)?.removedWhy(name, epoch)
    return removal?.reason === 'left' && removal.secretHash === secretHash
  }

  #tellWaiting(
    { replica, session }: Route,
    {
      code,
      detail,
      retryAfterMs,
    }: Pick<Extract<Decision, { kind: 'wait' }>, 'code' | 'detail' | 'retryAfterMs'>,
  ): void {
    this.#effects.tell(replica, { session, kind: 'waiting', code, detail, retryAfterMs })
  }
}
