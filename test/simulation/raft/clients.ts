/**
 * Clients that write and read, each one thing at a time, at any replica. What they are told is
 * checked against what is really so: the order of the log is the order of the operations, so a
 * history is linearizable exactly if every answer lies between its question and the answer in it.
 * What they saw is written down as well, for the checker that knows nothing else
 * (register-history.ts).
 */
import { BerthError } from '../../../src/errors/berth-error.js'
import type { ReadMode } from '../../../src/raft/node/reads/reads.js'
import { fail } from '../kernel/invariant-failure.js'
import { Random } from '../kernel/random.js'
import { type ClusterParts, currentLeader, ownKind, upReplicas } from './cluster-parts.js'
import type { ClientOperation } from './register-history.js'
import { encodeGenesis, encodeWrite, registers } from './register-machine.js'
import type { SimReplica } from './sim-replica.js'

const clientCount = 4
const fillingBytesMax = 64
/** Nobody asks more often than this, in microseconds. */
const pauseLeastUs = 200

export class Clients {
  readonly #parts: ClusterParts
  readonly #random: Random
  readonly #meanUs: number
  readonly #knowsFloor: boolean
  #commands = 0
  /** When the newest write was called that has been acknowledged. */
  acknowledgedCallUs = -1
  acknowledged = 0
  readsAnswered = 0
  readonly operations: ClientOperation[] = []

  /** @param knowsFloor whether reads are compared with what is committed, as they are answered */
  constructor(parts: ClusterParts, knowsFloor: boolean) {
    this.#parts = parts
    this.#random = Random.of(parts.seed, 'clients')
    this.#knowsFloor = knowsFloor
    this.#meanUs = this.#random.pick([2_000, 10_000, 10_000, 50_000])
  }

  start(): void {
    for (let client = 0; client < clientCount; client += 1) this.#next(client)
  }

  /** A leader of a cluster that has no name yet gives it one. */
  nameCluster(replica: SimReplica): void {
    const { node, machine } = replica
    if (node === null || machine.clusterId !== null) return
    this.#commands += 1
    node.propose(encodeGenesis(this.#commands), replica.nowMs, () => {})
  }

  /** A write of somebody who wants to see one through. */
  writeOnce(replica: SimReplica, done: (isAcknowledged: boolean) => void): void {
    this.#write(clientCount, replica, done)
  }

  #next(client: number): void {
    const delayUs = pauseLeastUs + this.#random.exponential(this.#meanUs)
    this.#parts.schedule.after(delayUs, ownKind.client, client, () => this.#turn(client))
  }

  #turn(client: number): void {
    const random = this.#random
    const dice = random.next()
    const replica = this.#choose(dice < 0.6)
    let isOver = false
    const over = () => {
      if (isOver) return
      isOver = true
      this.#next(client)
    }
    if (replica === null) {
      over()
      return
    }
    // A client that hears nothing asks somebody else.
    const { schedule } = this.#parts
    schedule.after(random.between(50_000, 3_000_000), ownKind.client, client, over)
    const act = () => {
      if (dice < 0.5) this.#write(client, replica, over)
      else if (dice < 0.6) this.#confirm(replica, over)
      else if (dice < 0.75) this.#read(client, replica, 'default', over)
      else if (dice < 0.95) this.#read(client, replica, 'consistent', over)
      else this.#read(client, replica, 'stale', over)
    }
    replica.process.input(ownKind.client, act)
  }

  #choose(prefersLeader: boolean): SimReplica | null {
    const isLucky = this.#random.chance(0.85)
    const leader = prefersLeader && isLucky ? currentLeader(this.#parts) : null
    if (leader !== null) return leader
    const up = upReplicas(this.#parts)
    return up.length === 0 ? null : this.#random.pick(up)
  }

  #record(
    operation: Omit<ClientOperation, 'value' | 'answeredUs' | 'isRefused'>,
    value: number,
  ): ClientOperation {
    const record = { ...operation, value, answeredUs: null, isRefused: false }
    this.operations.push(record)
    return record
  }

  #write(client: number, replica: SimReplica, over: (isAcknowledged: boolean) => void): void {
    const { invariants, calls, options, schedule } = this.#parts
    const { history } = invariants
    const { node } = replica
    if (node === null) {
      over(false)
      return
    }
    this.#commands += 1
    const number = this.#commands
    const register = this.#random.below(registers)
    const calledUs = schedule.nowUs
    const record = this.#record({ client, kind: 'write', register, calledUs }, number)
    const floor = history.committedIndex
    const data = encodeWrite(register, number, this.#random.below(fillingBytesMax))
    const limitMs = options.proposalTimeoutTicks! * options.tickMs!
    const done = calls.open<Parameters<Parameters<typeof node.propose>[2]>[0]>(
      replica,
      `write ${number}`,
      limitMs,
      (outcome) => {
        if (outcome instanceof BerthError) {
          record.isRefused = outcome.code !== 'timeout'
          if (record.isRefused) history.refute(number)
          return over(false)
        }
        const { index, term, result } = outcome
        const isIt = result === number && history.commandIndex(number) === index
        if (!isIt || history.committedTermAt(index) !== term) {
          fail('answers', `write ${number} is acknowledged as (${index}, ${term})`)
        }
        if (index <= floor) fail('linearizability', `write ${number} went before its call`)
        this.acknowledged += 1
        this.acknowledgedCallUs = Math.max(this.acknowledgedCallUs, calledUs)
        record.answeredUs = schedule.nowUs
        over(true)
      },
    )
    node.propose(data, replica.nowMs, done)
  }

  #read(client: number, replica: SimReplica, kind: ReadMode, over: () => void): void {
    const { invariants, calls, options, schedule, plan } = this.#parts
    const { node } = replica
    if (node === null) {
      over()
      return
    }
    const register = this.#random.below(registers)
    const calledUs = schedule.nowUs
    const record = this.#record({ client, kind, register, calledUs }, 0)
    // A lease is worth nothing where clocks break their bound.
    const isFresh = kind === 'consistent' || (kind === 'default' && plan.intensity.wildClock === 0)
    const floor = isFresh && this.#knowsFloor ? invariants.readFloor : 0
    const limitMs = options.readTimeoutTicks! * options.tickMs!
    const done = calls.open<number | BerthError>(replica, `${kind} read`, limitMs, (outcome) => {
      if (!(outcome instanceof BerthError)) {
        const { machine } = replica
        if (machine.index < outcome)
          fail('linearizability', `a read of ${outcome} is answered early`)
        if (machine.index < floor) {
          const seen = `${machine.index} of ${floor}`
          fail('linearizability', `a ${kind} read at ${replica.id} is stale: ${seen}`)
        }
        this.readsAnswered += 1
        record.value = machine.value(register)
        record.answeredUs = schedule.nowUs
      }
      over()
    })
    node.read(kind, replica.nowMs, done)
  }

  #confirm(replica: SimReplica, over: () => void): void {
    const { invariants, calls, options } = this.#parts
    const { node } = replica
    if (node === null) {
      over()
      return
    }
    const { electedTermMax } = invariants
    const limitMs = options.confirmationTimeoutTicks! * options.tickMs!
    const done = calls.open<boolean>(replica, 'confirmation', limitMs, (isLeader) => {
      if (isLeader && replica.role.term < electedTermMax) {
        fail('confirmations', `${replica.id} leads ${replica.role.term} after ${electedTermMax}`)
      }
      over()
    })
    node.confirmLeadership(replica.nowMs, done)
  }
}
