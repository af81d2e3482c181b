/**
 * What a learner says that is not so. Raft trusts its members: one that claims to lead a term which
 * nobody gave it, or to know an entry as committed which is not, can break any cluster, and so can
 * one that tells another that it was removed. So these are left out here, where real replicas are
 * to go on unharmed (the trials of decoders put them to machines, which may end and may not throw);
 * everything else is said as often as can be. What raises the term makes a new election, which is
 * no harm as long as it is seldom.
 */
import { termRiseMax } from '../../../src/raft/core/limits.js'
import type { Random } from '../../simulation/kernel/random.js'
import { wholeNumber } from '../generator/words.js'
import type { Heard } from './poser.js'
import { nodeFrame, nodeKinds, type PeerFacts, raftKinds, raftMessage } from './raft-words.js'
import type { ReplicaWords } from './replica-words.js'
import { spoiled } from './spoiled.js'

const leadersOwn: ReadonlySet<string> = new Set(['append', 'heartbeat', 'timeout-now'])
/** So long after a change of leaders all of them know the new one, in ms. */
const settledMs = 5_000

export interface Listener {
  readonly id: number
  readonly heard: Heard
  readonly members: readonly number[]
}

export class Lies {
  readonly #from: number
  readonly #words: ReplicaWords

  constructor(from: number, words: ReplicaWords) {
    this.#from = from
    this.#words = words
  }

  any(random: Random, to: Listener): object {
    const facts = this.#facts(to)
    const draw = random.next()
    if (draw < 0.55) return { kind: 'raft', message: this.#raft(random, to) }
    if (draw < 0.75) return this.#node(random, to)
    if (draw < 0.95) return this.#words.frame(random, facts)
    const frame = this.#words.frame(random, facts)
    // What a receiver need not see as a fault, it may obey: this it must.
    return draw < 0.998 ? frame : { ...(spoiled(frame, random) as object), extra: 1 }
  }

  /** The one that makes an election. */
  raising(random: Random, to: Listener): object {
    const term = to.heard.term + random.between(1, 3)
    const message = raftMessage(random, this.#facts(to), 'vote-request', term)
    return { kind: 'raft', message: { ...message, pre: false, transfer: true, ...noCommit } }
  }

  #facts({ id, heard, members }: Listener): PeerFacts {
    const { term, commit, run, digest } = heard
    return {
      from: this.#from,
      to: id,
      members,
      term: Math.max(1, term),
      index: commit,
      run,
      digest,
    }
  }

  #raft(random: Random, to: Listener): object {
    const kind = random.pick(raftKinds)
    const message = raftMessage(random, this.#facts(to), kind, this.#term(random, kind, to))
    if (!('commitTerm' in message)) return message
    // What he says to be committed is so, or is of no term.
    const { commit } = message as { readonly commit?: number }
    return (commit ?? 0) <= to.heard.commit ? message : { ...message, commitTerm: 0 }
  }

  /** As high as the receiver's, or beyond all reach; lower for what a leader alone may say. */
  #term(random: Random, kind: string, { id, heard }: Listener): number {
    const { term, leader, leaderTerm, sinceMs } = heard
    // In a term that nobody leads whoever claims to is believed.
    const isSettled = leaderTerm === term && performance.now() - sinceMs > settledMs
    const isObeyed = leadersOwn.has(kind) && leader !== id && !isSettled
    const most = Math.max(1, isObeyed ? term - 1 : term)
    const draw = random.next()
    if (draw < 0.6) return most
    if (draw < 0.8) return wholeNumber(random, 1, most)
    return draw < 0.9 ? term + termRiseMax + 1_000 : Number.MAX_SAFE_INTEGER
  }

  #node(random: Random, to: Listener): object {
    const kind = random.pick(nodeKinds)
    const frame = nodeFrame(random, this.#facts(to), kind) as Offer
    if (kind === 'removed') return { ...frame, replica: to.id + 100 }
    if (kind !== 'snapshot-offer') return frame
    const { message } = frame
    const term = this.#term(random, 'append', to)
    const snapshot = { ...message.snapshot, term: Math.min(term, message.snapshot.term) }
    return { ...frame, message: { ...message, term, snapshot } }
  }
}

interface Offer {
  readonly message: { readonly snapshot: { readonly term: number } }
}

const noCommit = { commit: 0, commitTerm: 0 }
