/**
 * Every run of a small cluster up to a depth: any message that was ever sent may arrive at any
 * time, any number of times or never; elections, commands, membership changes and crashes come
 * when they may, each so many times. After every step all of figure 3 of the Raft paper must hold.
 *
 * Breadth first, so what is found first is a shortest way to it.
 */
import type { Message, ReplicaId } from '../../../src/raft/core/index.js'
import { JointQuorum } from '../../../src/raft/core/quorum.js'
import { describeMessage } from './describe.js'
import { type Input, inputText, type ReplicaTree, type View } from './replica-tree.js'

/** How often each thing may happen in a run. */
export interface Budget {
  readonly campaign: number
  readonly propose: number
  readonly heartbeat: number
  readonly crash: number
  readonly change: number
}

export interface Scope {
  readonly voters: readonly ReplicaId[]
  readonly depth: number
  readonly budget: Budget
  /** Membership changes to choose from. */
  readonly changes: readonly Extract<Input, { kind: 'change' }>[]
}

export interface Explored {
  /** States of the cluster. */
  readonly states: number
  /** States of single replicas among them. */
  readonly replicaStates: number
  readonly leadersMax: number
  readonly committedMax: number
}

/**
 * What happened on the way to a state, as far as later states are judged by it. There is one object
 * for each.
 */
interface History {
  readonly number: number
  /** Who led each term. */
  readonly leaders: Readonly<Record<number, ReplicaId>>
  /** By index from 1: the entry, and the term of the leader that committed it. */
  readonly committed: readonly { readonly entry: string; readonly term: number }[]
}

interface ClusterState {
  /** State of each replica, in the order of the voters. */
  readonly replicas: readonly number[]
  /** All messages sent so far. */
  readonly sent: MessageSet
  readonly history: History
  readonly left: Budget
  readonly parent: ClusterState | null
  /** What led here from the parent. */
  readonly action: string
}

/** A set of messages; there is one object for each. */
interface MessageSet {
  readonly number: number
  /** Rising. */
  readonly messages: readonly number[]
}

interface Action {
  /** Place of the replica. */
  readonly at: number
  readonly input: Input
  readonly text: string
}

export class SmallScope {
  readonly #tree: ReplicaTree
  readonly #scope: Scope
  readonly #messages: Message[] = []
  readonly #messageNumbers = new Map<string, number>()
  /** By state of a replica and input, as text: the next state and the numbers of what it sends. */
  readonly #steps = new Map<string, { readonly state: number; readonly sent: number[] } | null>()
  readonly #matching = new Set<number>()
  readonly #sets = new Map<string, MessageSet>()
  readonly #histories = new Map<string, History>()
  #leadersMax = 0
  #committedMax = 0

  constructor(tree: ReplicaTree, scope: Scope) {
    this.#tree = tree
    this.#scope = scope
  }

  /** @throws Error with the shortest way to a state that must not be */
  explore(): Explored {
    const { voters, budget: left, depth } = this.#scope
    const replicas = voters.map((id) => this.#tree.begin(id))
    const history = this.#historyOf({}, [])
    const sent = this.#setOf([])
    const first = { replicas, sent, history, left, parent: null, action: 'start' }
    const seen = new Set([keyOf(first)])
    let layer: ClusterState[] = [first]
    for (let level = 0; level < depth && layer.length > 0; level += 1) {
      const next: ClusterState[] = []
      for (const state of layer) {
        for (const action of this.#actions(state)) {
          const after = this.#after(state, action)
          if (after === null) continue
          const key = keyOf(after)
          if (seen.has(key)) continue
          seen.add(key)
          next.push(after)
        }
      }
      layer = next
    }
    return {
      states: seen.size,
      replicaStates: this.#tree.size,
      leadersMax: this.#leadersMax,
      committedMax: this.#committedMax,
    }
  }

  #actions({ replicas, sent, left, parent }: ClusterState): Action[] {
    const { voters, changes } = this.#scope
    const actions: Action[] = []
    for (const number of sent.messages) {
      const message = this.#messages[number]!
      const at = voters.indexOf(message.to)
      if (at >= 0) actions.push({ at, input: { kind: 'deliver', message }, text: `m${number}` })
    }
    for (const at of replicas.keys()) {
      const view = this.#tree.view(replicas[at]!)
      if (view.owed > 0) actions.push({ at, input: { kind: 'write' }, text: 'write' })
      // Replicas are alike in the beginning: let the first one be the first to campaign.
      const mayCampaign = view.role !== 'leader' && (parent !== null || at === 0)
      for (const kind of ['campaign', 'propose', 'heartbeat', 'crash'] as const) {
        if (left[kind] === 0 || (kind === 'campaign' && !mayCampaign)) continue
        if (view.role !== 'leader' && (kind === 'propose' || kind === 'heartbeat')) continue
        if (parent === null && kind === 'crash') continue
        actions.push({ at, input: { kind }, text: kind })
      }
      if (view.role !== 'leader' || left.change === 0) continue
      for (const [i, input] of changes.entries()) actions.push({ at, input, text: `change${i}` })
    }
    return actions
  }

  #after(before: ClusterState, { at, input, text }: Action): ClusterState | null {
    const from = before.replicas[at]!
    const step = this.#step(from, input, text)
    if (step === null || (step.state === from && step.sent.length === 0)) return null
    const replicas = before.replicas.with(at, step.state)
    const sent = this.#withMessages(before.sent, step.sent)
    const action = `replica ${this.#scope.voters[at]}: ${inputText(input)}`
    const way = { replicas, sent, left: spent(before.left, input), parent: before, action }
    const history = this.#judge(before, { ...way, history: before.history }, at)
    return { ...way, history }
  }

  #step(state: number, input: Input, text: string) {
    const key = `${state} ${text}`
    const known = this.#steps.get(key)
    if (known !== undefined) return known
    const after = this.#tree.after(state, input)
    const step =
      after === null
        ? null
        : { state: after.state, sent: after.sent.map((message) => this.#number(message)) }
    this.#steps.set(key, step)
    return step
  }

  #number(message: Message): number {
    const text = describeMessage(message)
    const known = this.#messageNumbers.get(text)
    if (known !== undefined) return known
    this.#messages.push(message)
    this.#messageNumbers.set(text, this.#messages.length - 1)
    return this.#messages.length - 1
  }

  /** Replica `at` has moved: everything that it could have broken. Returns the history after it. */
  #judge(before: ClusterState, state: ClusterState, at: number): History {
    const view = this.#tree.view(state.replicas[at]!)
    const was = this.#tree.view(before.replicas[at]!)
    const fail = (what: string): never => {
      throw new Error(`${what}\n${wayTo(state).join('\n')}`)
    }
    judgeReplica(was, view, state.action.endsWith('crash'), fail)
    this.#judgeLogs(state, at, fail)
    let { leaders, committed } = before.history
    if (view.role === 'leader' && (was.role !== 'leader' || was.term !== view.term)) {
      judgeElection(view, before.history, fail)
      leaders = { ...leaders, [view.term]: view.id }
      this.#leadersMax = Math.max(this.#leadersMax, Object.keys(leaders).length)
    }
    if (view.committed > committed.length) {
      if (view.role !== 'leader' && was.role !== 'leader') fail('a follower knew of a commit first')
      const news = view.log.slice(committed.length, view.committed)
      this.#judgeCommit(state, view, was, fail)
      committed = [...committed, ...news.map((entry) => ({ entry, term: was.term }))]
      this.#committedMax = Math.max(this.#committedMax, committed.length)
    }
    for (let i = 0; i < view.committed; i += 1) {
      if (view.log[i] !== committed[i]!.entry) fail(`${view.id} has another entry at ${i + 1}`)
    }
    const isSame = leaders === before.history.leaders && committed === before.history.committed
    return isSame ? before.history : this.#historyOf(leaders, committed)
  }

  #historyOf(leaders: History['leaders'], committed: History['committed']): History {
    const key = JSON.stringify([leaders, committed])
    const known = this.#histories.get(key)
    if (known !== undefined) return known
    const history = { number: this.#histories.size, leaders, committed }
    this.#histories.set(key, history)
    return history
  }

  #withMessages(set: MessageSet, news: readonly number[]): MessageSet {
    const fresh = news.filter((number) => !set.messages.includes(number))
    if (fresh.length === 0) return set
    return this.#setOf([...new Set([...set.messages, ...fresh])].sort((a, b) => a - b))
  }

  #setOf(messages: readonly number[]): MessageSet {
    const key = messages.join()
    const known = this.#sets.get(key)
    if (known !== undefined) return known
    const set = { number: this.#sets.size, messages }
    this.#sets.set(key, set)
    return set
  }

  /** State-machine safety rests on it: what is committed is on the disks of a quorum. */
  #judgeCommit(state: ClusterState, view: View, was: View, fail: (what: string) => never): void {
    const entry = view.log[view.committed - 1]
    const has = (id: ReplicaId) => {
      const place = this.#scope.voters.indexOf(id)
      if (place < 0) return false
      return this.#tree.view(state.replicas[place]!).disk.log[view.committed - 1] === entry
    }
    const isOnQuorum = [was, view].some(({ configuration: { voters, votersOutgoing } }) => {
      return new JointQuorum(voters, votersOutgoing).result(has) === 'won'
    })
    if (!isOnQuorum) fail(`${view.id} committed ${entry}, which no quorum has on disk`)
  }

  /** Log matching, of the one that moved with each of the others. */
  #judgeLogs(state: ClusterState, at: number, fail: (what: string) => never): void {
    const own = state.replicas[at]!
    for (const [place, other] of state.replicas.entries()) {
      const pair = own * 0x4000000 + other
      if (place === at || this.#matching.has(pair)) continue
      const [a, b] = [this.#tree.view(own).log, this.#tree.view(other).log]
      let last = Math.min(a.length, b.length) - 1
      while (last >= 0 && termOf(a[last]!) !== termOf(b[last]!)) last -= 1
      for (let i = 0; i <= last; i += 1) {
        if (a[i] !== b[i]) fail(`logs agree at ${last + 1} and differ at ${i + 1}`)
      }
      this.#matching.add(pair)
    }
  }
}

/** Election safety, and leader completeness at the moment of the election. */
function judgeElection(
  { id, term, log }: View,
  { leaders, committed }: History,
  fail: (what: string) => never,
): void {
  if (leaders[term] !== undefined) fail(`${leaders[term]} and ${id} both lead term ${term}`)
  for (const [i, { entry, term: committedIn }] of committed.entries()) {
    // A late winner of an earlier term may lack what later leaders have committed.
    if (committedIn < term && log[i] !== entry) {
      fail(`leader ${id} of term ${term} lacks ${entry}, committed in term ${committedIn}`)
    }
  }
}

/** What must hold of a single replica from one state to the next. */
function judgeReplica(was: View, is: View, isCrash: boolean, fail: (what: string) => never): void {
  const { id, disk } = is
  if (isCrash) {
    const { term, vote } = is
    if (term !== was.disk.hardState.term || vote !== was.disk.hardState.vote) {
      fail(`${id} came back with term ${term} and vote ${vote}`)
    }
    return
  }
  if (is.term < was.term) fail(`${id} went back from term ${was.term} to ${is.term}`)
  if (is.term === was.term && was.vote !== 0 && is.vote !== was.vote) {
    fail(`${id} changed its vote in term ${is.term} from ${was.vote} to ${is.vote}`)
  }
  if (is.committed < was.committed) fail(`${id} took a commit back`)
  if (disk.hardState.commit > disk.log.length) fail(`${id} has a commit on disk beyond its log`)
  const isSameLead = was.role === 'leader' && is.role === 'leader' && was.term === is.term
  if (isSameLead && was.log.some((entry, i) => is.log[i] !== entry)) {
    fail(`leader ${id} changed its own log`)
  }
}

const termOf = (entry: string): string => entry.slice(entry.indexOf('/'), entry.indexOf(' '))

function spent(left: Budget, { kind }: Input): Budget {
  return kind in left ? { ...left, [kind]: left[kind as keyof Budget] - 1 } : left
}

function keyOf({ replicas, sent, history, left }: ClusterState): string {
  const { campaign, propose, heartbeat, crash, change } = left
  const counts = `${campaign}${propose}${heartbeat}${crash}${change}`
  return `${replicas.join()} ${sent.number} ${history.number} ${counts}`
}

/** What happened, step by step. */
function wayTo(state: ClusterState): string[] {
  const steps: string[] = []
  for (let at: ClusterState | null = state; at !== null; at = at.parent) steps.unshift(at.action)
  return steps
}
