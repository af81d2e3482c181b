/**
 * All states that one replica can get into, found once each: a state and an input give the next
 * state and what is said on the way. A core is a function of its inputs, so a state is kept as the
 * inputs that lead to it, and reached again by giving them to a fresh core. A search over clusters
 * then only combines numbers.
 *
 * States are equal when nothing of them differs that could matter. While the disk owes something
 * the core holds back messages that nobody sees: then the inputs since it was idle count as well.
 */
import {
  type Configuration,
  type ConfigurationProposal,
  type Entry,
  type HardState,
  type Message,
  plainConfiguration,
  type ReplicaId,
  type Role,
} from '../../../src/raft/core/index.js'
import { describeEntry, describeMessage } from './describe.js'
import { type Disk, type ReplicaOptions, TestReplica } from './replica.js'

export type Input =
  | { readonly kind: 'deliver'; readonly message: Message }
  | { readonly kind: 'campaign' | 'propose' | 'heartbeat' | 'crash' }
  /** The disk completes the oldest append. */
  | { readonly kind: 'write' }
  | { readonly kind: 'change'; readonly proposal: ConfigurationProposal }

/** What a search looks at in a state. */
export interface View {
  readonly id: ReplicaId
  readonly role: Role
  readonly term: number
  readonly vote: ReplicaId
  readonly committed: number
  readonly configuration: Configuration
  /** As text; what is equal there is equal. */
  readonly log: readonly string[]
  readonly disk: { readonly hardState: HardState; readonly log: readonly string[] }
  /** Appends that the disk owes. */
  readonly owed: number
}

export interface Step {
  readonly state: number
  readonly sent: readonly Message[]
}

interface State {
  readonly view: View
  readonly path: readonly Input[]
  readonly key: string
  /** Votes that a candidate has been given or refused, as it heard of them. */
  readonly answers: readonly string[]
  /** Inputs since the disk was idle; empty while it is. */
  readonly sinceIdle: readonly string[]
}

const data = Uint8Array.of(1)

export class ReplicaTree {
  readonly #options: Omit<ReplicaOptions, 'id' | 'random'>
  readonly #initial: Configuration
  readonly #isDiskAtOnce: boolean
  readonly #disks: ReadonlyMap<ReplicaId, Disk>
  readonly #states: State[] = []
  readonly #byKey = new Map<string, number>()

  /**
   * @param isDiskAtOnce every append is durable at once; else by the input `write`
   * @param disks what replicas begin with, if they are not empty
   */
  constructor(
    options: Omit<ReplicaOptions, 'id' | 'random'>,
    voters: readonly ReplicaId[],
    isDiskAtOnce: boolean,
    disks: ReadonlyMap<ReplicaId, Disk> = new Map(),
  ) {
    this.#options = options
    this.#initial = plainConfiguration(voters)
    this.#isDiskAtOnce = isDiskAtOnce
    this.#disks = disks
  }

  get size(): number {
    return this.#states.length
  }

  view(state: number): View {
    return this.#states[state]!.view
  }

  /** The state in which a replica begins. */
  begin(id: ReplicaId): number {
    const replica = this.#fresh(id)
    return this.#keep(viewOf(replica), [], [], [], keyOf(replica))
  }

  /** @returns null when the input makes no sense there */
  after(state: number, input: Input): Step | null {
    const before = this.#states[state]!
    const replica = this.#fresh(before.view.id)
    for (const earlier of before.path) this.#give(replica, earlier)
    replica.outgoing = []
    if (!this.#give(replica, input)) return null
    const sent = replica.outgoing
    const view = viewOf(replica)
    const text = inputText(input)
    const answers = answersAfter(before, view, input)
    const wasGiven = before.sinceIdle.includes(text)
    const sinceIdle = view.owed === 0 ? [] : [...before.sinceIdle, text]
    const own = keyOf(replica)
    const isNews = sent.length > 0 || own !== before.key
    if (view.owed > 0 && wasGiven && !isNews) return { state, sent: [] }
    const path = [...before.path, input]
    return { state: this.#keep(view, path, answers, sinceIdle, own), sent }
  }

  #keep(
    view: View,
    path: readonly Input[],
    answers: readonly string[],
    sinceIdle: readonly string[],
    key: string,
  ): number {
    const whole = `${key} ${answers.join()} ${sinceIdle.join()}`
    const known = this.#byKey.get(whole)
    if (known !== undefined) return known
    this.#states.push({ view, path, key, answers, sinceIdle })
    this.#byKey.set(whole, this.#states.length - 1)
    return this.#states.length - 1
  }

  #fresh(id: ReplicaId): TestReplica {
    const options = { ...this.#options, id, random: () => 0 }
    const replica = new TestReplica(options, this.#initial, new Map(), this.#disks.get(id))
    replica.settle()
    return replica
  }

  /** Gives an input and lets all follow that does so by itself. Returns false if it is none. */
  #give(replica: TestReplica, input: Input): boolean {
    switch (input.kind) {
      case 'deliver':
        replica.raft.step(input.message)
        break
      case 'campaign':
        if (replica.raft.campaign() !== null) return false
        break
      case 'propose':
        if (replica.raft.propose(data).kind === 'refused') return false
        break
      case 'heartbeat':
        if (replica.raft.heartbeat() === 0) return false
        break
      case 'write':
        if (!replica.writeOne()) return false
        break
      case 'change':
        if (replica.raft.proposeConfChange(input.proposal).kind === 'refused') return false
        break
      case 'crash':
        replica.crash()
        break
    }
    if (this.#isDiskAtOnce) replica.settle()
    else while (replica.drain() || replica.applyOne());
    return true
  }
}

export function inputText(input: Input): string {
  return input.kind === 'deliver' ? describeMessage(input.message) : input.kind
}

function answersAfter(before: State, { role, term }: View, input: Input): readonly string[] {
  if (role !== 'candidate' && role !== 'pre-candidate') return []
  const isSame = before.view.role === role && before.view.term === term
  const known = isSame ? before.answers : []
  if (input.kind !== 'deliver' || input.message.kind !== 'vote-response') return known
  const { from, granted, pre } = input.message
  const answer = `${from}${granted}${pre}${input.message.term}`
  return known.includes(answer) ? known : [...known, answer].sort()
}

function viewOf({ id, raft, disk, appends }: TestReplica): View {
  const { role, term, vote, committedIndex, configuration } = raft.status()
  return {
    ...{ id, role, term, vote, configuration },
    committed: committedIndex,
    log: logText(raft.entries(1, Number.MAX_SAFE_INTEGER)),
    disk: { hardState: disk.hardState, log: logText(disk.entries) },
    owed: appends.length,
  }
}

function logText(entries: readonly Entry[]): string[] {
  return entries.map(describeEntry)
}

function keyOf(replica: TestReplica): string {
  const { status, view } = { status: replica.raft.status(), view: viewOf(replica) }
  return JSON.stringify([status, view, replica.unapplied.length])
}
