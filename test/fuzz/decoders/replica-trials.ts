/**
 * The machine of a replica: what replica 3 of three says to the other two, true or not, and what
 * hosts say to them. A member of a cluster that lies can break it, as Raft trusts its members; what
 * no lie may do is make a machine throw. (What strangers and hosts may not do either is tried on
 * processes.)
 */
import { parseFrame } from '../../../src/raft/node/frame.js'
import { parseHandshake } from '../../../src/raft/node/identity/handshake.js'
import { replicaFrameKinds } from '../../../src/replica/machine/frames.js'
import type { HostMessage } from '../../../src/wire/messages.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { createChecks } from '../../../src/wire/validate.js'
import { MachineCluster, type MemoryReplica } from '../../replica/support/machine-cluster.js'
import type { Random } from '../../simulation/kernel/random.js'
import { asyncapi } from '../generator/documents.js'
import { Values } from '../generator/values.js'
import { nodeFrame, type PeerFacts, raftMessage } from '../peer/raft-words.js'
import { ReplicaWords } from '../peer/replica-words.js'
import { spoiled } from '../peer/spoiled.js'
import { someHandshake } from './peer-trials.js'
import { type Judge, refused, type Trial } from './trial.js'

const inputsPerCase = 60
const members = [1, 2, 3]
const liar = 3
const sessionsMax = 4
const tickMs = 10
const refusals = ['invalid_message'] as const
const hostKinds = ['Hello', 'Hello', 'Heartbeat', 'Heartbeat', 'Leave', 'Bye', 'Fenced', 'Get']

export function replicaTrials(): Trial[] {
  const names = { namespaces: ['default'], hosts: ['a:1', 'b:1'], sessions: ['s0', 's1', 's2'] }
  const words = new ReplicaWords(asyncapi(), names)
  const checks = createChecks()
  return [
    {
      name: 'the machine of a replica',
      run: async (random, judge) => {
        const cluster = await MachineCluster.create({ snapshotEntries: 16, trailingEntries: 4 })
        const one = new LyingMember(cluster, words, checks.hostMessage, random, judge)
        return one.run()
      },
    },
  ]
}

class LyingMember {
  readonly #cluster: MachineCluster
  readonly #words: ReplicaWords
  readonly #check: (value: unknown) => HostMessage
  readonly #random: Random
  readonly #judge: Judge
  readonly #sessions: string[] = []
  readonly #values: Values
  #run = 0

  constructor(
    cluster: MachineCluster,
    words: ReplicaWords,
    check: (value: unknown) => HostMessage,
    random: Random,
    judge: Judge,
  ) {
    this.#cluster = cluster
    this.#words = words
    this.#check = check
    this.#random = random
    this.#judge = judge
    this.#values = new Values(asyncapiTree, (name, from) => this.#known(name, from))
  }

  run(): number {
    const cluster = this.#cluster
    const random = this.#random
    cluster.untilLed()
    cluster.run(1_000)
    const third = cluster.replica(liar)
    this.#run = third.machine.node.hello().run
    if (random.chance(0.8)) third.kill()
    for (let i = 0; i < inputsPerCase; i += 1) {
      const victims = cluster.up.filter(({ id, stopped }) => id !== liar && stopped === null)
      if (victims.length === 0) return i
      this.#input(random.pick(victims))
      const passes = random.pick([0, 0, 0, 1, 5, 60, 2_000])
      this.#pass(passes)
    }
    this.#pass(10_000)
    return inputsPerCase
  }

  /** As an event loop sees it: a tick is a turn. */
  #pass(ms: number): void {
    for (let left = ms; left > 0; left -= tickMs) {
      const step = Math.min(left, tickMs)
      this.#judge.attempt('time passes', step, [], () => this.#cluster.run(step))
    }
  }

  #facts({ id, machine }: MemoryReplica): PeerFacts {
    const { term, commit } = machine.show(this.#cluster.nowMs)
    const { digest } = machine.state
    return { from: liar, to: id, members, term, index: commit, run: this.#run, digest }
  }

  #input(replica: MemoryReplica): void {
    const random = this.#random
    const draw = random.next()
    if (draw < 0.5)
      this.#frame(replica, { kind: 'raft', message: raftMessage(random, this.#facts(replica)) })
    else if (draw < 0.65) this.#frame(replica, nodeFrame(random, this.#facts(replica)))
    else if (draw < 0.8) this.#frame(replica, this.#words.frame(random, this.#facts(replica)))
    else if (draw < 0.85) this.#handshake(replica)
    else this.#host(replica)
  }

  #frame(replica: MemoryReplica, frame: object): void {
    const random = this.#random
    const said = random.chance(0.8) ? frame : spoiled(frame, random)
    const { now, nowMs, check } = this.#cluster
    this.#judge.attempt('a frame', said, refusals, () => {
      const message = decode(encode(said)) as { readonly kind?: unknown } | null
      if (replicaFrameKinds.has(message?.kind)) {
        const checked = check({ ...message, kind: message?.kind })
        this.#judge.attempt('a checked frame', said, [], () => {
          replica.machine.receive(liar, this.#run, checked, now)
        })
        return
      }
      const parsed = parseFrame(message)
      this.#judge.attempt('a parsed frame', said, [], () => {
        replica.machine.toNode(now, (node) => node.receive(liar, this.#run, parsed, nowMs))
      })
    })
  }

  #handshake({ machine }: MemoryReplica): void {
    const random = this.#random
    const { now, nowMs } = this.#cluster
    const right = { ...machine.node.hello(), replicaId: liar, uuid: 'x' }
    const shown = random.chance(0.3) ? right : someHandshake(random)
    const said = random.chance(0.5) ? shown : spoiled(shown, random)
    this.#judge.attempt('a handshake', said, refusals, () => {
      const peer = parseHandshake(said)
      const isAccepted = machine.node.judge(peer).kind === 'accept'
      if (isAccepted) machine.toNode(now, (node) => node.connected(peer, nowMs))
      else if (random.chance(0.2)) {
        machine.toNode(now, (node) => node.refused(peer, 'unavailable', 'no', nowMs))
      }
    })
  }

  #host({ machine }: MemoryReplica): void {
    const random = this.#random
    const { now } = this.#cluster
    if (this.#sessions.length < sessionsMax) {
      const session = `s${this.#sessions.length}`
      this.#sessions.push(session)
      for (const { machine: each } of this.#cluster.up) each.hostOpened(session)
    }
    const session = random.pick(this.#sessions)
    const schema = { $ref: `#/components/schemas/${random.pick(hostKinds)}` }
    const said = this.#values.valid(schema, random)
    const message = this.#judge.attempt('a message', said, [], () => this.#check(said))
    if (message === refused) return
    // As the door does: who is refused hears of it, and is closed.
    this.#judge.attempt('a host', said, hostRefusals, () => machine.hostSaid(session, message, now))
    if (random.chance(0.1)) {
      this.#judge.attempt('a host that goes', said, [], () => machine.hostClosed(session, now))
      machine.hostOpened(session)
    }
  }

  #known(name: string, random: Random): unknown {
    const { state } = this.#cluster.replica(1).machine
    const near = (right: number) => Math.max(0, right + random.between(-2, 2))
    const { newest = 0, table } = state.namespace('default') ?? {}
    switch (name) {
      case 'oldest':
      case 'newest':
        return 1
      case 'Lineage':
      case 'lineage':
        return state.origin?.lineage
      case 'Cluster':
        return 'test'
      case 'Namespace':
        return 'default'
      case 'HostName':
      case 'HostAddress':
        return random.pick(['a:1', 'b:1', 'c:1'])
      case 'Secret':
        return 's'.repeat(43)
      case 'Generation':
        return near(newest)
      case 'Term':
        return near(state.appliedTerm)
      case 'Epoch':
        return near(state.appliedIndex)
      case 'Digest':
        return table?.digest
      default:
        return undefined
    }
  }
}

const asyncapiTree = asyncapi()
/** Of a session that says what it may not; `BerthError` is what the door turns into a farewell. */
const hostRefusals = ['invalid_message', 'unavailable', 'no_leader', 'overloaded'] as const
