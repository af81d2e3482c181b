/**
 * The cluster that a transcript talks to: replicas, a network that holds every message until it is
 * delivered or dropped, and disks and state machines that move only when told to. Every action
 * returns the lines that the transcript shows.
 */
import type { Configuration, Message, ReplicaId } from '../../../src/raft/core/index.js'
import { describeAppend, describeEntry, describeMessage, describeOutput } from './describe.js'
import {
  type Disk,
  type ReplicaOptions,
  type SnapshotStore,
  TestReplica,
  written,
} from './replica.js'

const turnsMax = 200

export class TranscriptCluster {
  readonly replicas = new Map<ReplicaId, TestReplica>()
  network: Message[] = []
  readonly #snapshots: SnapshotStore = new Map()
  /** What `random` answers, by replica. */
  readonly chance = new Map<ReplicaId, number>()

  add(options: Omit<ReplicaOptions, 'random'>, initial: Configuration, disk?: Disk): TestReplica {
    const random = () => this.chance.get(options.id) ?? 0
    const replica = new TestReplica({ ...options, random }, initial, this.#snapshots, disk)
    const { snapshot } = replica.disk
    this.replicas.set(options.id, replica)
    if (snapshot !== null) throw new Error('begin with a log, then make a snapshot')
    return replica
  }

  get(id: ReplicaId): TestReplica {
    const replica = this.replicas.get(id)
    if (replica === undefined) throw new Error(`there is no replica ${id}`)
    return replica
  }

  get ids(): ReplicaId[] {
    return [...this.replicas.keys()].sort((a, b) => a - b)
  }

  /** One output of a replica; its messages go to the network. */
  output(id: ReplicaId): string[] {
    const replica = this.get(id)
    if (!replica.raft.hasOutput) return []
    const lines = describeOutput(id, replica.takeOutput())
    this.network.push(...replica.outgoing.splice(0))
    return lines
  }

  write(id: ReplicaId): string[] {
    const replica = this.get(id)
    const record = replica.appends[0]
    if (record === undefined) return []
    replica.writeOne()
    return [`${id} wrote #${record.token}`]
  }

  apply(id: ReplicaId): string[] {
    const replica = this.get(id)
    const lines = replica.unapplied.map((entry) => `${id} applied ${describeEntry(entry)}`)
    while (replica.applyOne()) {
      // One after the other, as a host does.
    }
    return lines
  }

  /** Delivers what is now in the network and matches, in order. */
  deliver(matches: (message: Message) => boolean): string[] {
    return this.#take(matches).map((message) => {
      this.get(message.to).raft.step(message)
      return `  ${describeMessage(message)}`
    })
  }

  drop(matches: (message: Message) => boolean): string[] {
    return this.#take(matches).map((message) => `dropped ${describeMessage(message)}`)
  }

  #take(matches: (message: Message) => boolean): Message[] {
    const taken = this.network.filter(matches)
    this.network = this.network.filter((message) => !matches(message))
    return taken
  }

  /** Lets these replicas run, messages among them included, until they come to rest. */
  settle(ids: readonly ReplicaId[]): string[] {
    const lines: string[] = []
    const among = ({ from, to }: Message) => ids.includes(from) && ids.includes(to)
    for (let turn = 0; turn < turnsMax; turn += 1) {
      const before = lines.length
      let busy = false
      for (const id of ids) {
        busy = this.get(id).raft.hasOutput || busy
        lines.push(...this.output(id))
      }
      lines.push(...this.deliver(among))
      for (const id of ids) lines.push(...this.write(id))
      for (const id of ids) lines.push(...this.apply(id))
      if (lines.length === before && !busy) return lines
    }
    throw new Error(`not at rest after ${turnsMax} turns:\n${lines.slice(-20).join('\n')}`)
  }

  /** Stops a replica at once and starts it again; `synced` appends get to the disk just before. */
  crash(id: ReplicaId, synced: number): string[] {
    const replica = this.get(id)
    const lines = replica.appends
      .splice(0, synced)
      .map((record) => {
        replica.disk = written(replica.disk, record)
        return `${id} wrote ${describeAppend(record)}`
      })
      .concat(replica.appends.map((record) => `${id} lost ${describeAppend(record)}`))
    replica.crash()
    return lines
  }
}
