/**
 * One core on a test bench: it gets messages as from the others of its cluster, and what it says is
 * looked at. Disk and state machine of the replica run at once unless a test holds them.
 */
import {
  type Append,
  type AppendAccepted,
  type AppendRejected,
  type Configuration,
  type Entry,
  type Heartbeat,
  type HeartbeatResponse,
  type Message,
  type MessageKind,
  plainConfiguration,
  type VoteRequest,
  type VoteResponse,
} from '../../../src/raft/core/index.js'
import { type Disk, emptyDisk, type ReplicaOptions, TestReplica } from './replica.js'

export interface BenchOptions extends Partial<ReplicaOptions> {
  /** Who votes: 1, 2 and 3 by default. The core under test is number 1. */
  readonly configuration?: Configuration
  /** The terms of the entries in its log. */
  readonly terms?: readonly number[]
  readonly term?: number
  readonly vote?: number
  readonly commit?: number
}

const encoder = new TextEncoder()

export const command = (text: string): Uint8Array => encoder.encode(text)

/** Entries from `from` on with these terms. */
export function entriesOf(terms: readonly number[], from = 1): Entry[] {
  return terms.map((term, i) => {
    const index = from + i
    return { index, term, kind: 'command', data: command(`${index}/${term}`) }
  })
}

export function diskOf({ terms = [], term, vote = 0, commit = 0 }: BenchOptions): Disk {
  const last = terms[terms.length - 1] ?? 0
  return {
    ...emptyDisk,
    hardState: { term: term ?? last, vote, commit },
    entries: entriesOf(terms),
  }
}

/** Replica 1 as the paper has it: no pre-vote and no quorum check unless the test wants them. */
export function bench(options: BenchOptions = {}): Bench {
  const {
    configuration,
    terms: _terms,
    term: _term,
    vote: _vote,
    commit: _commit,
    ...own
  } = options
  const settings = { id: 1, random: () => 0, preVote: false, checkQuorum: false, ...own }
  return new Bench(settings, configuration ?? plainConfiguration([1, 2, 3]), diskOf(options))
}

export class Bench {
  readonly replica: TestReplica

  constructor(settings: ReplicaOptions, configuration: Configuration, disk: Disk) {
    this.replica = new TestReplica(settings, configuration, new Map(), disk)
  }

  get raft(): TestReplica['raft'] {
    return this.replica.raft
  }

  /** Hands it these messages and lets it run. Returns what it says. */
  step(...messages: readonly Message[]): readonly Message[] {
    for (const message of messages) this.raft.step(message)
    return this.run()
  }

  tick(count = 1): readonly Message[] {
    for (let left = count; left > 0; left -= 1) {
      this.raft.tick()
      this.replica.settle()
    }
    return this.said()
  }

  /** Lets disk and state machine run. Returns what it says. */
  run(): readonly Message[] {
    this.replica.settle()
    return this.said()
  }

  /** What it says before its disk has done anything. */
  hold(): readonly Message[] {
    this.replica.drain()
    return this.said()
  }

  said(): readonly Message[] {
    return this.replica.outgoing.splice(0)
  }

  /** Becomes leader by the votes of 2 and, if need be, others. Returns what it says then. */
  lead(votersAsked: readonly number[] = [2]): readonly Message[] {
    this.raft.campaign()
    this.run()
    const { term } = this.raft
    return this.step(...votersAsked.map((from) => granted(from, term)))
  }

  /** A leader whose peers have acknowledged all of its log, and that has applied it. */
  leadLevel(peers: readonly number[] = [2, 3]): void {
    this.lead(peers)
    this.level(peers)
  }

  /** The peers acknowledge all of the log. */
  level(peers: readonly number[]): readonly Message[] {
    const { term } = this.raft
    const { lastIndex } = this.raft.status()
    return this.step(...peers.map((from) => accepted(from, term, lastIndex)))
  }

  propose(text: string): number {
    const proposed = this.raft.propose(command(text))
    if (proposed.kind === 'refused') throw new Error(`refused: ${proposed.reason}`)
    return proposed.index
  }

  get terms(): number[] {
    return this.raft.entries(1, Number.MAX_SAFE_INTEGER).map(({ term }) => term)
  }
}

/** Those of a kind. */
export function only<K extends MessageKind>(messages: readonly Message[], kind: K) {
  return messages.filter((message): message is Extract<Message, { kind: K }> => {
    return message.kind === kind
  })
}

type Fields<M extends Message> = Partial<Omit<M, 'kind' | 'from' | 'to' | 'term'>>

export function voteRequest(from: number, term: number, fields: Fields<VoteRequest> = {}) {
  const rest = { pre: false, lastIndex: 0, lastTerm: 0, transfer: false, commit: 0, commitTerm: 0 }
  return { kind: 'vote-request', from, to: 1, term, ...rest, ...fields } satisfies VoteRequest
}

export function voteResponse(from: number, term: number, fields: Fields<VoteResponse> = {}) {
  const rest = { pre: false, granted: true, commit: 0, commitTerm: 0 }
  return { kind: 'vote-response', from, to: 1, term, ...rest, ...fields } satisfies VoteResponse
}

export const granted = (from: number, term: number) => voteResponse(from, term)
export const refused = (from: number, term: number) => voteResponse(from, term, { granted: false })

export function append(from: number, term: number, fields: Fields<Append> = {}) {
  const rest = { prevIndex: 0, prevTerm: 0, entries: [], commit: 0 }
  return { kind: 'append', from, to: 1, term, ...rest, ...fields } satisfies Append
}

export function accepted(from: number, term: number, index: number): AppendAccepted {
  return { kind: 'append-accepted', from, to: 1, term, index }
}

export function rejected(
  from: number,
  term: number,
  index: number,
  hint: { readonly index: number; readonly term: number },
): AppendRejected {
  const hints = { hintIndex: hint.index, hintTerm: hint.term }
  return { kind: 'append-rejected', from, to: 1, term, index, ...hints }
}

export function heartbeat(from: number, term: number, fields: Fields<Heartbeat> = {}) {
  return {
    kind: 'heartbeat',
    from,
    to: 1,
    term,
    commit: 0,
    round: 1,
    ...fields,
  } satisfies Heartbeat
}

export function alive(from: number, term: number, round: number): HeartbeatResponse {
  return { kind: 'heartbeat-response', from, to: 1, term, round }
}
