/**
 * Hosts that have other types, at the leader: the newest change of each member is kept until the
 * log has it. Changes go into the log together, as hellos do; a member whose types change again and
 * again waits, and its newest change makes the next round. What a leader forgets the host says
 * again, so nothing of it outlives a leadership.
 *
 * Invariants: of each admission there is one change here at most, that with the highest number;
 * what one input makes the leader look at is bounded, however many wait.
 */
import type { RetypedHost } from '../fsm/command.js'
import type { Instant } from '../fsm/instant.js'
import type { PlacementState } from '../fsm/placement-state.js'
import { Room } from '../fsm/room.js'
import { SaidTypes } from '../fsm/said-types.js'
import type { TypesWaiting } from '../wire/messages.js'
import { CommandSize, hostsPerCommandMax, joiningBytesMax } from './command-size.js'
import { Damping } from './damping.js'
import type { LeadershipEffects } from './leadership-effects.js'
import type { LeaseLedger } from './lease-ledger.js'
import type { Admission, Route, Upstream } from './relay-message.js'
import type { TypeChange } from './type-change.js'

/** More changes than this wait for no answer: their hosts say them again. */
export const typeChangesMax = 20_000
/** And so do changes that take more bytes together. */
export const typeChangeBytesMax = 64 * 1024 * 1024
/** Changes that are looked at in one go; the others have their turn by the next sweep. */
export const changesLookedAtMax = 2_048
/** Commands of them on their way into the log at a time. */
const commandsMax = 4
/** About how long a host waits for room, in ms. */
const overloadedRetryMs = 1_000

type Said = Extract<Upstream, { kind: 'types' }>

export class TypeChanges {
  readonly #term: number
  readonly #state: PlacementState
  readonly #ledger: LeaseLedger
  readonly #effects: LeadershipEffects
  readonly #damping: Damping
  /** By admission, in order of arrival. */
  readonly #changes = new Map<string, TypeChange>()
  /** Those of them that may be written and are not on their way. */
  readonly #ready = new Set<TypeChange>()
  #bytes = 0
  /** Commands on their way into the log. */
  #commands = 0
  /** Those that the sweep has still to look at. */
  #rest: Iterator<TypeChange> | null = null

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
    this.#damping = new Damping(() => state.settings.admissionsPerMinuteMax)
  }

  get size(): number {
    return this.#changes.size
  }

  /** Said by the instance that was admitted, now or again. */
  asked(route: Route, said: Said, now: Instant): void {
    const { namespace, name, epoch, number } = said
    const before = this.#changes.get(keyOf(said))
    if (before !== undefined && before.number >= number) {
      if (before.number > number) return
      // It may not have heard what it was told.
      before.route = route
      before.toldCode = null
      this.#look(before, now)
      this.#write(now)
      return
    }
    // What is on its way is answered by what the log has then, and followed by the newer one.
    if (before !== undefined) this.#drop(before)
    const admission = { namespace, name, epoch }
    const types = new SaidTypes(said.types)
    const bytes = joiningBytesMax({ ...admission, number }, types)
    const isFull = this.#changes.size >= typeChangesMax || this.#bytes + bytes > typeChangeBytesMax
    const kept = { toldCode: null, lookAtMs: now.monotonicMs, writing: false }
    const change: TypeChange = { ...admission, number, types, bytes, route, ...kept }
    if (isFull) {
      const detail = 'Too many hosts change their types. They are taken later.'
      this.#tellWaiting(change, 'overloaded', detail, overloadedRetryMs)
      return
    }
    this.#changes.set(keyOf(change), change)
    this.#bytes += bytes
    this.#look(change, now)
    this.#write(now)
  }

  /** A command was applied. */
  applied(hosts: readonly RetypedHost[], now: Instant): void {
    for (const { namespace, name } of hosts) {
      this.#damping.admitted(namespace, name, now.monotonicMs)
    }
  }

  /** The outcome of a command is known. What the log did not take waits for the next sweep. */
  proposed(changes: readonly TypeChange[], isApplied: boolean, now: Instant): void {
    this.#commands -= 1
    for (const change of changes) {
      change.writing = false
      if (isApplied) this.#look(change, now)
    }
    this.#write(now)
  }

  /** Looks at those whose time has come: few in one go. */
  sweep(now: Instant): void {
    this.#damping.sweep(now.monotonicMs)
    this.#rest ??= this.#changes.values()
    for (let looks = 0; looks < changesLookedAtMax; looks += 1) {
      const { done, value } = this.#rest.next()
      if (done === true) {
        this.#rest = null
        break
      }
      if (value.lookAtMs <= now.monotonicMs) this.#look(value, now)
    }
    this.#write(now)
  }

  /** Answers it if that can be done, or puts it among those that may be written. */
  #look(change: TypeChange, now: Instant): void {
    if (change.writing || this.#changes.get(keyOf(change)) !== change) return
    this.#ready.delete(change)
    const { namespace, name, epoch, number, types } = change
    const state = this.#state.namespace(namespace)
    const member = state?.member(name)
    if (state === undefined || member?.epoch !== epoch) {
      // Its heartbeats tell it so.
      this.#drop(change)
      return
    }
    if (number <= (member.retyped?.number ?? 0)) {
      this.#drop(change)
      const { route } = change
      const taken = { epoch, number, generation: state.newest } as const
      this.#effects.tell(route.replica, { kind: 'types_taken', session: route.session, ...taken })
      return
    }
    // Whoever is on the way out, or was told to stop, changes nothing any more; it may yet stay.
    const { removing, stopped, straggling } = this.#ledger.of(change)
    if (removing || stopped || straggling) return
    const { monotonicMs: nowMs } = now
    // A host that is not well is rid of its keys at once: it withdraws no more than it has.
    const mayWait = !onlyWithdraws(member.types, types.texts)
    const held = mayWait ? this.#damping.held(namespace, name, nowMs) : null
    if (held !== null) {
      const detail = 'The types of this host changed too often within a minute.'
      change.lookAtMs = held.untilMs
      this.#tellWaiting(change, 'damped', detail, held.untilMs - nowMs)
      return
    }
    const full = this.#state.lackOfRoom(namespace, name, types)
    if (full !== null) {
      change.lookAtMs = nowMs + overloadedRetryMs
      this.#tellWaiting(change, 'overloaded', Room.describe(full), overloadedRetryMs)
      return
    }
    this.#ready.add(change)
  }

  /** Those that may be written, in commands; few of them wait while one is on its way. */
  #write(now: Instant): void {
    while (this.#commands < commandsMax && this.#ready.size > 0) {
      if (this.#commands > 0 && this.#ready.size < hostsPerCommandMax) return
      const changes: TypeChange[] = []
      const size = new CommandSize()
      for (const change of this.#ready) {
        if (!size.fits(change.bytes)) break
        size.add(change.bytes)
        changes.push(change)
      }
      this.#retype(changes, now)
    }
  }

  #retype(changes: readonly TypeChange[], now: Instant): void {
    this.#commands += 1
    for (const change of changes) {
      this.#ready.delete(change)
      change.writing = true
    }
    const hosts = changes.map(({ namespace, name, epoch, number, types }): RetypedHost => {
      return { namespace, name, epoch, number, types: types.texts }
    })
    const command = { kind: 'retype', atMs: now.wallMs, term: this.#term, hosts } as const
    this.#effects.propose(command, { kind: 'retype', changes })
  }

  #drop(change: TypeChange): void {
    const key = keyOf(change)
    this.#ready.delete(change)
    if (this.#changes.get(key) !== change) return
    this.#changes.delete(key)
    this.#bytes -= change.bytes
  }

  #tellWaiting(
    change: TypeChange,
    code: TypesWaiting['code'],
    detail: string,
    leftMs: number,
  ): void {
    if (change.toldCode === code) return
    change.toldCode = code
    const { route, epoch, number } = change
    const said = { kind: 'types_waiting', session: route.session, epoch, number } as const
    const retryAfterMs = Math.max(0, Math.ceil(leftMs))
    this.#effects.tell(route.replica, { ...said, code, detail, retryAfterMs })
  }
}

/** Whether fewer types remain, and none comes. */
function onlyWithdraws(before: readonly string[], after: readonly string[]): boolean {
  const had = new Set(before)
  const left = new Set(after)
  return left.size < had.size && after.every((type) => had.has(type))
}

function keyOf({ namespace, name, epoch }: Admission): string {
  return `${namespace}/${name}#${epoch}`
}
