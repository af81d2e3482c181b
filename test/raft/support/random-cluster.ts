/**
 * A cluster that a seed drives: messages are lost, repeated and reordered, disks are slow and lose
 * in a crash what was not written, replicas tick at their own pace, links are cut, and meanwhile
 * commands, reads, transfers, membership changes and snapshots go on. Safety is checked after each
 * step. `heal` stops all faults; then everything must come to rest.
 */
import {
  type ConfigurationProposal,
  type MemberChange,
  type Message,
  memberIds,
  plainConfiguration,
  type ReplicaId,
} from '../../../src/raft/core/index.js'
import { Random } from './random.js'
import { type ReplicaOptions, type SnapshotStore, TestReplica } from './replica.js'
import { Safety } from './safety.js'

const allIds = [1, 2, 3, 4, 5]
const networkMax = 400

export class RandomCluster {
  readonly seed: number
  readonly replicas = new Map<ReplicaId, TestReplica>()
  readonly safety: Safety
  readonly #random: Random
  readonly #snapshots: SnapshotStore = new Map()
  #network: Message[] = []
  /** Links that are cut, as `from:to`. */
  readonly #cut = new Set<string>()
  #commands = 0

  constructor(seed: number) {
    this.seed = seed
    this.#random = new Random(seed)
    const random = this.#random
    const initial = plainConfiguration([1, 2, 3])
    this.safety = new Safety(this.replicas)
    const settings: Omit<ReplicaOptions, 'id' | 'random'> = {
      electionTimeoutTicks: 6,
      heartbeatTicks: 1 + random.below(2),
      preVote: random.chance(0.8),
      checkQuorum: random.chance(0.8),
      inflightAppendsMax: 1 + random.below(4),
      entriesPerMessageMax: 1 + random.below(4),
      appendsUnderWayMax: 1 + random.below(4),
      applyBytesMax: random.pick([50, 1000]),
      uncommittedBytesMax: 2000,
      snapshotTicksMax: 40,
    }
    for (const id of allIds) {
      const options = { id, random: random.next, ...settings }
      const replica = new TestReplica(options, id <= 3 ? initial : undefined, this.#snapshots)
      replica.onApply = (entry) => this.safety.applied(id, entry)
      replica.onOutput = (output) => this.safety.output(replica, output)
      this.replicas.set(id, replica)
    }
  }

  /** One random event, and what follows from it at once. */
  step(): void {
    const random = this.#random
    const replica = this.replicas.get(random.pick(allIds))!
    const dice = random.below(1000)
    if (dice < 420) this.#deliver()
    else if (dice < 560) this.#write(replica)
    else if (dice < 700) replica.applyOne()
    else if (dice < 860) replica.raft.tick()
    else if (dice < 930) this.#propose(replica)
    else if (dice < 955) this.#read(replica)
    else this.#rare(replica, dice)
    this.#collect()
  }

  #rare(replica: TestReplica, dice: number): void {
    const random = this.#random
    if (dice < 965) this.#snapshot(replica)
    else if (dice < 972) this.#change(replica)
    else if (dice < 977) replica.raft.transferLeader(random.pick(allIds))
    else if (dice < 983) this.#crash(replica)
    else if (dice < 988) this.#cutOrJoin()
    else if (dice < 990) replica.raft.campaign()
    else if (dice < 992) replica.raft.forgetLeader()
    else if (dice < 995) replica.raft.reportUnreachable(random.pick(allIds))
    else if (dice < 997) replica.raft.mute(random.chance(0.3))
    else replica.raft.reportSnapshot(random.pick(allIds), random.chance(0.5))
  }

  #deliver(): void {
    const random = this.#random
    if (this.#network.length === 0) return
    const place = random.chance(0.7) ? 0 : random.below(this.#network.length)
    const message = this.#network[place]!
    if (!random.chance(0.05)) this.#network.splice(place, 1)
    if (random.chance(0.05) || this.#cut.has(`${message.from}:${message.to}`)) return
    this.replicas.get(message.to)!.raft.step(message)
  }

  #write(replica: TestReplica): void {
    for (let count = this.#random.below(3); count >= 0; count -= 1) replica.writeOne()
  }

  #propose(replica: TestReplica): void {
    for (let count = this.#random.below(4); count >= 0; count -= 1) {
      this.#commands += 1
      const bytes = [this.#commands & 0xff, this.#commands >> 8, replica.id]
      replica.raft.propose(Uint8Array.from(bytes))
    }
  }

  #read(replica: TestReplica): void {
    const asked = replica.raft.readIndex()
    if (asked.kind === 'accepted') this.safety.readAsked(replica, asked.read)
  }

  #snapshot(replica: TestReplica): void {
    const { machine, raft } = replica
    // Storage drops only what it has: the log on disk must reach as far as the snapshot.
    if (raft.status().stableIndex < machine.index) return
    replica.takeSnapshot(this.#random.below(4))
  }

  #change(replica: TestReplica): void {
    const random = this.#random
    const kinds = ['voter', 'voter', 'learner', 'remove'] as const
    const changes: MemberChange[] = []
    for (let count = random.below(3); count >= 0; count -= 1) {
      changes.push({ kind: random.pick(kinds), id: random.pick(allIds) })
    }
    const transition = random.pick(['auto', 'auto', 'implicit', 'explicit'] as const)
    const context = new Uint8Array()
    const proposal: ConfigurationProposal = random.chance(0.3)
      ? { kind: 'leave', context }
      : { kind: 'change', transition, changes, context }
    replica.raft.proposeConfChange(proposal)
  }

  #crash(replica: TestReplica): void {
    this.safety.crashed(replica.id)
    replica.crash()
  }

  #cutOrJoin(): void {
    const random = this.#random
    if (random.chance(0.4)) {
      this.#cut.clear()
      return
    }
    const id = random.pick(allIds)
    const others = random.chance(0.5) ? allIds : [random.pick(allIds)]
    const both = random.chance(0.7)
    for (const other of others) {
      this.#cut.add(`${id}:${other}`)
      if (both) this.#cut.add(`${other}:${id}`)
    }
  }

  /** Takes what is ready out of every replica. Returns whether there was anything. */
  #collect(): boolean {
    let some = false
    for (const replica of this.replicas.values()) {
      this.safety.moved(replica)
      if (!replica.raft.hasOutput) continue
      some = true
      replica.takeOutput()
      for (const message of replica.outgoing) this.#network.push(message)
      replica.outgoing = []
    }
    if (this.#network.length > networkMax) this.#network = this.#network.slice(-networkMax / 2)
    return some
  }

  /**
   * No more faults: every message arrives, every disk writes, clocks tick alike. Throws unless a
   * leader comes to be that commits, and all members apply the same.
   */
  heal(): void {
    this.#cut.clear()
    for (const { raft } of this.replicas.values()) raft.mute(false)
    let proposed = 0
    for (let round = 0; round < 400; round += 1) {
      this.#quiesce()
      const leader = this.#leader()
      if (leader !== undefined && proposed === 0) {
        const { configuration } = leader.raft
        if (configuration.votersOutgoing.length > 0) {
          leader.raft.proposeConfChange({ kind: 'leave', context: new Uint8Array() })
        } else {
          const done = leader.raft.propose(Uint8Array.of(255))
          if (done.kind === 'accepted') proposed = done.index
        }
        this.#quiesce()
      }
      if (leader !== undefined && proposed > 0 && this.#isLevel(leader, proposed)) return
      if (leader !== undefined && leader.raft.committedIndex < proposed) proposed = 0
      for (const { raft } of this.replicas.values()) raft.tick()
    }
    const states = [...this.replicas.values()].map(({ raft }) => raft.status())
    throw new Error(`liveness: no progress after healing ${JSON.stringify(states)}`)
  }

  #leader(): TestReplica | undefined {
    const leaders = [...this.replicas.values()].filter(({ raft }) => raft.role === 'leader')
    return leaders.sort((a, b) => b.raft.term - a.raft.term)[0]
  }

  #isLevel(leader: TestReplica, index: number): boolean {
    if (leader.raft.appliedIndex < index) return false
    return memberIds(leader.raft.configuration).every((id) => {
      const { machine } = this.replicas.get(id)!
      return machine.index === leader.machine.index && machine.digest === leader.machine.digest
    })
  }

  #quiesce(): void {
    for (let turn = 0; turn < 10_000; turn += 1) {
      let busy = false
      for (const replica of this.replicas.values()) {
        busy = replica.writeOne() || busy
        busy = this.#collect() || busy
        busy = replica.applyOne() || busy
        busy = this.#collect() || busy
      }
      const messages = this.#network
      this.#network = []
      for (const message of messages) {
        this.replicas.get(message.to)!.raft.step(message)
        busy = true
      }
      busy = this.#collect() || busy
      if (!busy) return
    }
    throw new Error('liveness: the healed cluster never comes to rest')
  }
}
