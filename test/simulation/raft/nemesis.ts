/** Who brings the faults of a seed's plan, at random instants, until it is told to stop. */

import { termMax, termRiseMax } from '../../../src/raft/core/limits.js'
import type { PeerRecord } from '../../../src/raft/node/disk/storage.js'
import type { RaftFrame } from '../../../src/raft/node/frame.js'
import { eventKind } from '../kernel/event-kinds.js'
import { drawPartition, pathsBetween } from '../kernel/network.js'
import { Random } from '../kernel/random.js'
import type { DiskCopy } from '../kernel/sim-disk.js'
import { type ClusterParts, currentLeader, upReplicas } from './cluster-parts.js'
import type { Fault } from './fault-table.js'
import type { Operator } from './operator.js'
import type { SimReplica } from './sim-replica.js'

type RaftMessage = RaftFrame['message']

/** Copies of a database are made this often, for it to be set back to. */
const copyEveryUs = 500_000
/** How long after its election a leader is struck, and how many are in a row. */
const strikeMeansUs = [50, 300, 10_000, 1_000_000]
const strikesInARow = [1, 2, 2, 2, 3, 5]

/** Of all forgeries, those that leave a replica behind, or ahead. */
const leftBehindShare = 0.2
/** From one jump to the next, in election timeouts: no clock has them both in the same one. */
const jumpTimeouts = 1.5

export class Nemesis {
  readonly #parts: ClusterParts
  readonly #operator: Operator
  readonly #random: Random
  readonly #strikes: Random
  /** How many of the leaders that are elected next are struck. */
  #strikesLeft = 0
  readonly #mends: (() => void)[] = []
  readonly #copies = new Map<number, DiskCopy>()
  #isOver = false
  /** How many of each fault it brought. */
  readonly brought: Partial<Record<Fault, number>> = {}

  constructor(parts: ClusterParts, operator: Operator) {
    this.#parts = parts
    this.#operator = operator
    this.#random = Random.of(parts.seed, 'nemesis')
    this.#strikes = Random.of(parts.seed, 'struckLeader')
  }

  start(): void {
    this.#repeat('partition', (random) => this.#partition(random))
    this.#repeat('brokenConnection', (random) => this.#breakConnection(random))
    this.#repeat('crash', (random) => this.#crash(random, true))
    this.#repeat('powerLoss', (random) => this.#crash(random, false))
    this.#repeat('pause', (random) => this.#pause(random))
    this.#repeat('hangingDisk', (random) => {
      const { driver } = this.#anybody(random)
      driver.hang(random.exponential(1_500_000))
    })
    this.#repeat('failingDisk', (random) => this.#anybody(random).driver.failNext())
    this.#repeat('damagedSnapshot', (random) => this.#anybody(random).disk.damageSnapshot())
    this.#repeat('wipe', (random) => this.#wipe(random))
    this.#repeat('setBack', (random) => this.#setBack(random))
    this.#repeat('farTerm', (random) => this.#forge(random))
    this.#repeat('wrongState', (random) => this.#damage(random))
    const { drift, wildClock, setBack } = this.#parts.plan.intensity
    if (drift > 0 || wildClock > 0) this.#every(1_000_000, (random) => this.#turnClock(random))
    if (setBack > 0) this.#every(copyEveryUs, (random) => this.#copy(random))
  }

  /**
   * Somebody was elected: strikes it, perhaps, and some that follow it, at once or while it leads.
   * So logs come about that end in entries of different terms which nobody else has (Raft figure
   * 8), and leases that nobody renews.
   */
  elected({ id, process }: SimReplica): void {
    const random = this.#strikes
    const { plan, schedule } = this.#parts
    const begins = random.chance(plan.intensity.struckLeader)
    if (begins && this.#strikesLeft === 0) this.#strikesLeft = random.pick(strikesInARow)
    if (this.#strikesLeft === 0) return
    this.#strikesLeft -= 1
    const { life } = process
    const delayUs = random.exponential(random.pick(strikeMeansUs))
    schedule.after(delayUs, eventKind.fault, id, () => {
      if (this.#isOver || process.life !== life) return
      this.brought.struckLeader = (this.brought.struckLeader ?? 0) + 1
      this.#strike(random, this.#parts.replicas.get(id)!)
    })
  }

  /** No more faults; what was cut is mended, who stood still goes on, who is down starts. */
  heal(): void {
    this.#isOver = true
    this.#parts.network.calm()
    this.#parts.links.calm()
    for (const mend of this.#mends) mend()
    for (const replica of this.#parts.replicas.values()) {
      replica.process.resume()
      replica.driver.heal()
      replica.process.clock.setRate(this.#parts.schedule.nowUs, 0)
      if (!replica.process.isUp) this.#parts.restartLater(replica)
    }
    this.#restartTheWrong()
  }

  /** Two cannot tell which of them is wrong: somebody looks at their alarms. */
  #restartTheWrong(): void {
    const { voters, votersOutgoing } = this.#parts.invariants.history.configuration
    if (voters.length > 2 && votersOutgoing.length === 0) return
    for (const replica of upReplicas(this.#parts)) {
      if (replica.machine.damage === 0) continue
      this.#parts.crash(replica, true)
      this.#parts.restartLater(replica)
    }
  }

  #repeat(fault: Fault, act: (random: Random) => void): void {
    const perSecond = this.#parts.plan.intensity[fault]
    if (perSecond === 0) return
    // A stream of its own: leaving one fault out shifts no other.
    const random = Random.of(this.#parts.seed, fault)
    const next = () => {
      const delayUs = random.exponential(1_000_000 / perSecond)
      this.#parts.schedule.after(delayUs, eventKind.fault, fault.length, () => {
        if (this.#isOver) return
        this.brought[fault] = (this.brought[fault] ?? 0) + 1
        act(random)
        next()
      })
    }
    next()
  }

  #every(meanUs: number, act: (random: Random) => void): void {
    const random = this.#random
    const next = () => {
      this.#parts.schedule.after(random.exponential(meanUs), eventKind.fault, 1, () => {
        if (this.#isOver) return
        act(random)
        next()
      })
    }
    next()
  }

  /** One at a time, and the leader as often as all others: the rest must be able to tell. */
  #damage(random: Random): void {
    const { replicas, invariants } = this.#parts
    const isWrong = [...replicas.values()].some(({ machine }) => machine.damage !== 0)
    const { voters, votersOutgoing } = invariants.history.configuration
    if (isWrong || voters.length < 3 || votersOutgoing.length > 0) return
    const leader = random.chance(0.5) ? currentLeader(this.#parts) : null
    const replica = leader ?? this.#anybody(random)
    if (replica.node === null || !isMember(this.#parts, replica)) return
    replica.machine.damage = 1 + random.below(1_000_000)
  }

  /** To whoever knows who votes; one that knows nobody takes any term of whoever brings the log. */
  #forge(random: Random): void {
    if (random.chance(leftBehindShare)) {
      this.#leaveBehind(random)
      return
    }
    const [replica, other] = [this.#anybody(random), this.#anybody(random)]
    const { node, configuration } = replica
    if (node === null || replica === other) return
    const { term } = node.status(replica.nowMs)
    const last = Number.MAX_SAFE_INTEGER
    const knowsSome = configuration !== null && configuration.voters.length > 0
    const far = knowsSome ? random.pick([term + termRiseMax + 1, termMax, last, last]) : last
    this.#say(replica, other, forgedMessage(random, other.id, replica.id, far))
  }

  /**
   * Cuts one replica off, and meanwhile shows it, or all the others, later and later terms: in the
   * end they lie further apart than a message raises the term.
   */
  #leaveBehind(random: Random): void {
    const { replicas, network, schedule, options } = this.#parts
    const one = this.#anybody(random)
    const others = [...replicas.values()].filter((replica) => replica !== one)
    if (others.length === 0) return
    const pathsCut = pathsBetween(
      [one.id],
      others.map(({ id }) => id),
    )
    const mend = network.cut(pathsCut)
    this.#mends.push(mend)
    const shown = random.chance(0.5) ? [one] : others
    const forger = shown.includes(one) ? random.pick(others) : one
    const jumpUs = jumpTimeouts * options.electionTicks! * options.tickMs! * 1_000
    const jumps = random.between(2, 4)
    for (let jump = 0; jump < jumps; jump += 1) {
      schedule.after(jump * jumpUs, eventKind.fault, 2, () => {
        if (this.#isOver) return
        for (const replica of shown) {
          if (replica.node === null) continue
          const term = replica.node.status(replica.nowMs).term + termRiseMax
          const [from, to] = [forger.id, replica.id]
          this.#say(replica, forger, { kind: 'higher-term', from, to, term })
        }
      })
    }
    schedule.after(jumps * jumpUs, eventKind.over, 1, mend)
  }

  #say(replica: SimReplica, from: SimReplica, message: RaftMessage): void {
    const run = from.node?.hello().run ?? 0
    replica.process.input(eventKind.frame, () => {
      replica.frame(from.id, run, { kind: 'raft', message })
    })
  }

  #anybody(random: Random): SimReplica {
    return random.pick([...this.#parts.replicas.values()])
  }

  #partition(random: Random): void {
    const { replicas, network, schedule } = this.#parts
    const ids = [...replicas.values()].filter(({ isGone }) => !isGone).map(({ id }) => id)
    const lastsUs = random.exponential(random.pick([300_000, 2_000_000, 6_000_000]))
    if (ids.length < 2) return
    const mend = network.cut(drawPartition(random, ids))
    this.#mends.push(mend)
    schedule.after(lastsUs, eventKind.over, 1, mend)
  }

  #breakConnection(random: Random): void {
    const [from, to] = [this.#anybody(random), this.#anybody(random)]
    this.#parts.links.break(from.id, to.id)
  }

  #crash(random: Random, isNoticed: boolean): void {
    const replica = this.#anybody(random)
    // Now and then all at once: an outage of the house.
    const all = random.chance(0.05) ? [...this.#parts.replicas.values()] : [replica]
    for (const one of all) {
      if (!one.process.isUp) continue
      this.#parts.crash(one, isNoticed)
      this.#parts.restartLater(one)
    }
  }

  #strike(random: Random, leader: SimReplica): void {
    const { replicas, network, schedule, crash, restartLater } = this.#parts
    if (random.chance(0.2)) {
      crash(leader, random.chance(0.5))
      restartLater(leader)
      return
    }
    // Clients reach it still, as nobody tells them.
    const others = [...replicas.keys()].filter((id) => id !== leader.id)
    const mend = network.cut(pathsBetween([leader.id], others))
    this.#mends.push(mend)
    const lastsUs = random.exponential(random.pick([300_000, 2_000_000]))
    schedule.after(lastsUs, eventKind.over, 1, mend)
  }

  #pause(random: Random): void {
    const replica = this.#anybody(random)
    const lastsUs = random.exponential(random.pick([30_000, 300_000, 2_000_000]))
    if (!replica.process.isUp) return
    const { process } = replica
    process.pause()
    this.#parts.links.paused(replica.id)
    const { life } = process
    this.#parts.schedule.after(lastsUs, eventKind.over, 2, () => {
      if (process.life === life) process.resume()
    })
  }

  #turnClock(random: Random): void {
    const { drift, wildClock } = this.#parts.plan.intensity
    const { process } = this.#anybody(random)
    const { nowUs } = this.#parts.schedule
    const most = Math.max(drift, wildClock)
    process.clock.setRate(nowUs, Math.round(random.pick([-most, -most, 0, most, most])))
    if (wildClock > 0 && random.chance(0.3)) {
      process.clock.jumpAhead(nowUs, random.exponential(2_000))
    }
  }

  #wipe(random: Random): void {
    const replica = this.#anybody(random)
    if (replica.isLost || replica.isGone || !this.#operator.canLose(replica)) return
    if (!isMember(this.#parts, replica)) return
    this.#parts.crash(replica, true)
    this.#loses(replica)
    replica.nowBesides(this.#parts.invariants.history.configuration.voters)
    replica.disk.wipe(`wiped-${replica.id}-${this.#parts.schedule.nowUs}`)
    this.#parts.restartLater(replica)
  }

  #loses(replica: SimReplica): void {
    const known = new Map<number, PeerRecord>()
    for (const { id, disk } of this.#parts.replicas.values()) {
      const record = disk.identity.peers.find((peer) => peer.id === replica.id)
      if (record !== undefined) known.set(id, record)
    }
    replica.knownAs = known
    replica.isLost = true
  }

  #copy(random: Random): void {
    const replica = this.#anybody(random)
    const { node, disk } = replica
    // A copy of a database that promised something.
    if (node === null || disk.lastIndex === 0 || replica.isLost) return
    if (!this.#copies.has(replica.id) || random.chance(0.1)) {
      this.#copies.set(replica.id, disk.copy())
    }
  }

  /**
   * Restores a copy that all peers can tell from what they know: one of two runs ago. Of others
   * nothing is promised (design §5, outside the promise).
   */
  #setBack(random: Random): void {
    const replica = this.#anybody(random)
    const copy = this.#copies.get(replica.id)
    if (copy === undefined || replica.isLost || replica.isGone) return
    if (!isMember(this.#parts, replica) || !this.#operator.canLose(replica)) return
    const shown = copy.identity.incarnation + 2
    const others = upReplicas(this.#parts).filter((one) => one !== replica && !one.isLost)
    const everyone = [...this.#parts.replicas.values()].filter((one) => {
      return one !== replica && !one.isGone && !one.isLost
    })
    const knows = ({ disk }: SimReplica) => {
      return disk.identity.peers.some((peer) => {
        return peer.id === replica.id && peer.incarnation >= shown
      })
    }
    if (others.length === 0 || !everyone.every(knows)) return
    this.#parts.crash(replica, true)
    this.#loses(replica)
    replica.disk.setBack(copy)
    this.#parts.restartLater(replica)
  }
}

function forgedMessage(random: Random, from: number, to: number, term: number): RaftMessage {
  const envelope = { from, to, term }
  const log = { lastIndex: Number.MAX_SAFE_INTEGER, lastTerm: term, commit: 0, commitTerm: 0 }
  const vote = { pre: random.chance(0.5), transfer: random.chance(0.5), ...log }
  const append = { prevIndex: 0, prevTerm: 0, entries: [], commit: 0 }
  return random.pick<RaftMessage>([
    { kind: 'vote-request', ...envelope, ...vote },
    { kind: 'vote-response', ...envelope, pre: vote.pre, granted: false, commit: 0, commitTerm: 0 },
    { kind: 'append', ...envelope, ...append },
    { kind: 'heartbeat', ...envelope, commit: 0, round: 1 },
    { kind: 'higher-term', ...envelope },
    { kind: 'timeout-now', ...envelope },
  ])
}

function isMember({ invariants }: ClusterParts, { id }: SimReplica): boolean {
  const { voters, votersOutgoing, learners } = invariants.history.configuration
  return voters.includes(id) || votersOutgoing.includes(id) || learners.includes(id)
}
