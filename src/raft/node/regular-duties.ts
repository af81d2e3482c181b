/**
 * What a replica does now and then without being asked: tells others how its disk does and which
 * state it has, promotes learners, yields when its disk stalls.
 */
import { hasMember } from '../core/configuration.js'
import type { Configuration, ReplicaId } from '../core/entry.js'
import type { Raft } from '../core/raft.js'
import type { Applier } from './applier.js'
import { DiskWatch } from './disk/disk-watch.js'
import type { WriteQueue } from './disk/write-queue.js'
import type { DigestPoint, DiskHealth, Frame } from './frame.js'
import { CatchUpWatch } from './identity/catch-up-watch.js'
import { DigestWatch } from './identity/digest-watch.js'
import type { IdentityKeeper } from './identity/identity-keeper.js'
import { encodeMembers } from './identity/roster.js'
import { electionTimeoutMs, type NodeSettings } from './node-options.js'
import type { LogLevel, StateMachine } from './node-ports.js'

/** Ticks between reports of the own disk to all others. */
const healthTicks = 10
/** Ticks between digests that are told without news. */
const digestTicks = 100
/** Ticks between looks at learners. */
const promotionTicks = 10
/** What a peer said of its disk counts for so many of its reports. */
const healthReports = 3

export interface DutiesParts {
  readonly core: () => Raft
  readonly identity: IdentityKeeper
  readonly queue: WriteQueue
  readonly applier: Applier<unknown>
  readonly machine: Pick<StateMachine<unknown>, 'digest'>
}

/** What a duty wants to be done. */
export type DutyEffect =
  | { readonly kind: 'send'; readonly to: ReplicaId; readonly frame: Frame }
  | {
      readonly kind: 'log'
      readonly level: LogLevel
      readonly fields: object
      readonly message: string
    }

export class RegularDuties {
  readonly digests = new DigestWatch()
  readonly #disks: DiskWatch
  readonly #learners: CatchUpWatch
  readonly #parts: DutiesParts
  /** Of one input: taken behind it. */
  #effects: DutyEffect[] = []
  /** What members know to be committed, as they said last. */
  readonly #durableCommits = new Map<ReplicaId, number>()
  #isMuted = false
  /** As last reported. */
  #farTerms = 0

  constructor(settings: NodeSettings, parts: DutiesParts) {
    const freshMs = healthReports * healthTicks * settings.tickMs
    this.#disks = new DiskWatch({ electionTimeoutMs: electionTimeoutMs(settings), freshMs })
    this.#learners = new CatchUpWatch(settings.electionTicks)
    this.#parts = parts
  }

  /** What is to be done since the last call, in order. */
  takeEffects(): readonly DutyEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** The own disk owes something for too long. */
  isDiskStalled(nowMs: number): boolean {
    return this.#disks.isStalled(this.#parts.queue.oldestMs(nowMs))
  }

  /** The own disk completed an operation. */
  diskAnswered(nowMs: number): void {
    this.#disks.answered(nowMs)
  }

  /** Everything up to here a peer knows to be committed, whatever happens to it; 0 if unheard. */
  durableCommitOf(peer: ReplicaId): number {
    return this.#durableCommits.get(peer) ?? 0
  }

  /**
   * A peer's disk.
   * @returns whether a small write should show how the own one does
   */
  heard(from: ReplicaId, health: DiskHealth, nowMs: number): boolean {
    const { identity, core, queue } = this.#parts
    // Of those alone that it may ask for: others come and go as they like.
    if (!hasMember(core().configuration, from)) return false
    identity.book.acknowledged(from, health.term, health.index)
    this.#disks.heard(from, health, nowMs)
    this.#durableCommits.set(from, Math.max(health.commit, this.durableCommitOf(from)))
    const isLeader = core().leader === from
    return isLeader && this.#disks.shouldTry(health, queue.oldestMs(nowMs), nowMs)
  }

  /** The peer was removed for good. */
  forget(peer: ReplicaId): void {
    this.#durableCommits.delete(peer)
    this.#disks.forget(peer)
    this.digests.forget(peer)
  }

  /** This replica began or ceased to lead. */
  roleChanged(): void {
    this.#disks.reset()
    this.#learners.reset()
    this.#setMuted(false)
  }

  /** @param others replicas that may be connected */
  tick(tick: number, nowMs: number, others: readonly ReplicaId[]): void {
    const core = this.#parts.core()
    const isLeader = core.role === 'leader'
    if (isLeader) this.#yieldIfStalled(core, nowMs)
    if (tick % healthTicks === 0) {
      this.#tellHealth(others, nowMs)
      this.#reportFarTerms(core)
    }
    if (tick % digestTicks === 0) this.#tellState(others)
    else if (this.digests.hasNews) this.#tellDigests(others, this.digests.points())
    if (isLeader && tick % promotionTicks === 0) this.#promote(core, tick)
  }

  /** The best replica to hand leadership to; undefined when no other voter is known to be up. */
  bestTarget(core: Raft, nowMs: number): ReplicaId | undefined {
    const others = votersOf(core.configuration).filter((id) => id !== core.id)
    return transferTargets(core, this.#disks.sound(others, nowMs))[0]
  }

  #yieldIfStalled(core: Raft, nowMs: number): void {
    const oldestMs = this.#parts.queue.oldestMs(nowMs)
    const others = votersOf(core.configuration).filter((id) => id !== core.id)
    const advice = this.#disks.advise(oldestMs, others, nowMs)
    if (advice.kind === 'none') this.#setMuted(false)
    else if (advice.kind === 'mute') this.#setMuted(true)
    else {
      const [target] = transferTargets(core, advice.to)
      const isUnderWay = core.status().transferee !== 0
      if (isUnderWay || target === undefined || !advice.to.includes(target)) return
      this.#warn({ oldestMs, target }, 'The disk stalls: leadership is handed over.')
      core.transferLeader(target)
    }
  }

  #setMuted(isMuted: boolean): void {
    if (this.#isMuted === isMuted) return
    this.#isMuted = isMuted
    this.#parts.core().mute(isMuted)
    if (isMuted) this.#warn({}, 'The disk stalls: this leader falls silent, others elect.')
  }

  #tellHealth(others: readonly ReplicaId[], nowMs: number): void {
    const { core, identity, queue } = this.#parts
    if (core().role === 'leader') identity.led(core().term)
    const waitingMs = queue.oldestMs(nowMs)
    const answeredMs = this.#disks.answeredMs(nowMs)
    const { durableCommit: commit, promised } = identity
    const { term, index } = promised
    for (const to of others) {
      this.#send(to, { kind: 'health', waitingMs, answeredMs, term, index, commit })
    }
  }

  #reportFarTerms(core: Raft): void {
    const { farTerms, term } = core.status()
    if (farTerms === this.#farTerms) return
    this.#farTerms = farTerms
    this.#warn({ term, farTerms }, 'Messages of terms beyond all reach were not taken.')
  }

  #tellState(others: readonly ReplicaId[]): void {
    const { appliedIndex } = this.#parts.applier
    if (appliedIndex === 0) return
    this.#tellDigests(others, this.digests.pointsWithNow(appliedIndex, this.#parts.machine.digest))
  }

  #tellDigests(others: readonly ReplicaId[], points: readonly DigestPoint[]): void {
    for (const to of others) this.#send(to, { kind: 'digests', points })
  }

  #send(to: ReplicaId, frame: Frame): void {
    this.#effects.push({ kind: 'send', to, frame })
  }

  #warn(fields: object, message: string): void {
    this.#log('warn', fields, message)
  }

  #log(level: LogLevel, fields: object, message: string): void {
    this.#effects.push({ kind: 'log', level, fields, message })
  }

  /** Whether a learner of this leader keeps up with its log. */
  hasCaughtUp(id: ReplicaId): boolean {
    return this.#learners.hasCaughtUp(id)
  }

  /** A learner that has caught up and is to vote gets its vote; one change at a time. */
  #promote(core: Raft, tick: number): void {
    const { peers, lastIndex } = core.status()
    this.#learners.look(peers, lastIndex, tick)
    const { roster } = this.#parts.applier
    const id = roster.toPromote(core.configuration).find((learner) => this.hasCaughtUp(learner))
    if (id === undefined) return
    const context = encodeMembers([{ ...roster.get(id)!, promote: false }])
    const changes = [{ kind: 'voter', id }] as const
    const proposed = core.proposeConfChange({
      kind: 'change',
      transition: 'auto',
      changes,
      context,
    })
    if (proposed.kind === 'accepted') {
      this.#log('info', { id }, 'A learner has caught up and becomes a voter.')
    }
  }
}

function votersOf({ voters, votersOutgoing }: Configuration): ReplicaId[] {
  return [...new Set([...voters, ...votersOutgoing])]
}

/**
 * Voters that were heard from, the best to lead first: a sound disk, a voter that stays one, most
 * of the log, the lowest id.
 */
export function transferTargets(core: Raft, sound: readonly ReplicaId[]): readonly ReplicaId[] {
  const { configuration } = core
  const { voters } = configuration
  const mayLead = votersOf(configuration)
  const rank = (id: ReplicaId) => (sound.includes(id) ? 2 : 0) + (voters.includes(id) ? 1 : 0)
  return core
    .status()
    .peers.filter(({ id, recentlyActive }) => recentlyActive && mayLead.includes(id))
    .sort((a, b) => rank(b.id) - rank(a.id) || b.match - a.match || a.id - b.id)
    .map(({ id }) => id)
}
