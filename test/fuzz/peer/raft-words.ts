/**
 * What replicas say to one another in Raft and around it, drawn from what is known of the cluster
 * and from what cannot be.
 */

import { encodeChange } from '../../../src/raft/core/configuration-codec.js'
import type { ConfigurationChange } from '../../../src/raft/core/entry.js'
import type { Random } from '../../simulation/kernel/random.js'
import { randomBytes } from '../generator/byte-faults.js'
import { text, wholeNumber } from '../generator/words.js'

/** What a sender knows, or claims to. */
export interface PeerFacts {
  readonly from: number
  readonly to: number
  /** Of the cluster; the sender is one of them. */
  readonly members: readonly number[]
  readonly term: number
  /** About where the log ends. */
  readonly index: number
  /** Of the receiver. */
  readonly run: number
  readonly digest: string
}

const most = Number.MAX_SAFE_INTEGER

export function configurationChange(random: Random): ConfigurationChange {
  const id = () => wholeNumber(random, 1, random.chance(0.8) ? 9 : most)
  const ids = (atMost: number) => {
    const some = new Set(Array.from({ length: random.below(atMost + 1) }, id))
    return [...some].sort((a, b) => a - b)
  }
  const context = randomBytes(random, random.pick([0, 0, 40]))
  switch (random.below(3)) {
    case 0: {
      const isJoint = random.chance(0.4)
      const configuration = {
        ...{ voters: ids(5), votersOutgoing: isJoint ? ids(3) : [], learners: ids(2) },
        ...{ learnersNext: random.chance(0.1) ? ids(1) : [], autoLeave: isJoint },
      }
      return { kind: 'begin', configuration }
    }
    case 1: {
      const kinds = ['voter', 'learner', 'remove'] as const
      const changes = Array.from({ length: random.between(1, 4) }, () => {
        return { kind: random.pick(kinds), id: id() }
      })
      const transition = random.pick(['auto', 'implicit', 'explicit'] as const)
      return { kind: 'change', transition, changes, context: new Uint8Array(context) }
    }
    default:
      return { kind: 'leave', context: new Uint8Array(context) }
  }
}

export const raftKinds = [
  ...['append', 'append-accepted', 'append-rejected', 'heartbeat', 'heartbeat-response'],
  ...['higher-term', 'timeout-now', 'vote-request', 'vote-response'],
  ...['read-index-request', 'read-index-response'],
] as const

/** A number about the one that is right, or one at which something ends. */
function near(random: Random, right: number): number {
  const drawn = random.next()
  if (drawn < 0.6) return right
  if (drawn < 0.85) return Math.max(0, right + random.between(-3, 3))
  return wholeNumber(random, 0, most)
}

/** @param term of the message; about that of the facts where it is not given */
export function raftMessage(
  random: Random,
  facts: PeerFacts,
  kind: string = random.pick(raftKinds),
  term = Math.max(1, near(random, facts.term)),
): object {
  const index = () => near(random, facts.index)
  const flag = () => random.chance(0.5)
  const head = { kind, from: facts.from, to: facts.to, term }
  const commitFact = () => ({ commit: index(), commitTerm: Math.min(term, near(random, term)) })
  switch (kind) {
    case 'append':
      return { ...head, ...entries(random, facts, term), commit: index() }
    case 'append-accepted':
      return { ...head, index: index() }
    case 'append-rejected':
      return { ...head, index: index(), hintIndex: index(), hintTerm: near(random, term) }
    case 'heartbeat':
      return { ...head, commit: index(), round: near(random, 1) }
    case 'heartbeat-response':
      return { ...head, round: near(random, 1) }
    case 'vote-request': {
      const lastTerm = Math.min(term, near(random, facts.term))
      const last = { lastIndex: index(), lastTerm, transfer: random.chance(0.1) }
      return { ...head, pre: flag(), ...last, ...commitFact() }
    }
    case 'vote-response':
      return { ...head, pre: flag(), granted: flag(), ...commitFact() }
    case 'read-index-request':
      return { ...head, session: near(random, facts.run), batch: near(random, 1) }
    case 'read-index-response': {
      const answer = random.chance(0.2) ? null : index()
      return { ...head, session: near(random, facts.run), batch: near(random, 1), index: answer }
    }
    default:
      return head
  }
}

function entries(random: Random, facts: PeerFacts, term: number) {
  const prevIndex = near(random, facts.index)
  const prevTerm = prevIndex === 0 ? 0 : Math.max(1, Math.min(term, near(random, facts.term)))
  const length = random.pick([0, 1, 1, 3, random.below(50)])
  const list = Array.from({ length }, (_, i) => {
    const index = Math.min(most, prevIndex + 1 + i)
    return { index, term, ...entryData(random) }
  })
  return { prevIndex, prevTerm, entries: list }
}

function entryData(random: Random): { readonly kind: string; readonly data: Uint8Array } {
  const draw = random.next()
  if (draw < 0.3) return { kind: 'noop', data: new Uint8Array(0) }
  if (draw < 0.9) return { kind: 'command', data: randomBytes(random, random.pick([4, 60, 2_000])) }
  try {
    return { kind: 'configuration', data: encodeChange(configurationChange(random)) }
  } catch {
    return { kind: 'configuration', data: randomBytes(random, 30) }
  }
}

export const nodeKinds = [
  ...['snapshot-offer', 'snapshot-chunk', 'snapshot-progress', 'read-question', 'read-answer'],
  ...['health', 'digests', 'removed'],
] as const

/** What nodes say beside Raft. */
export function nodeFrame(
  random: Random,
  facts: PeerFacts,
  kind: string = random.pick(nodeKinds),
): object {
  const index = () => near(random, facts.index)
  const transfer = near(random, 1)
  switch (kind) {
    case 'snapshot-offer': {
      const configuration = {
        ...{ voters: facts.members, votersOutgoing: [], learners: [], learnersNext: [] },
        autoLeave: false,
      }
      const { term, from, to } = facts
      const snapshot = { index: Math.max(1, index()), term: Math.max(1, term), configuration }
      const message = {
        kind: 'snapshot',
        from,
        to,
        term: Math.max(1, near(random, term)),
        snapshot,
      }
      const sent = random.chance(0.3) ? {} : { sent: near(random, 1) }
      const chunks = near(random, 1) || 1
      return { kind, transfer, message, chunks, bytes: near(random, 40), ...sent }
    }
    case 'snapshot-chunk': {
      const crc32c = wholeNumber(random, 0, 2 ** 32)
      const bytes = randomBytes(random, random.pick([0, 40, 4_000]))
      return { kind, transfer, chunk: near(random, 0), crc32c, bytes }
    }
    case 'snapshot-progress': {
      const state = random.pick(['receiving', 'installed', 'refused'])
      const missing = random.chance(0.5) ? {} : { missingFrom: near(random, 1) }
      const [stored, reason] = [near(random, 1), text(random, 1, 40, 90)]
      return { kind, transfer, stored, ...missing, state, reason }
    }
    case 'read-question':
      return { kind, number: near(random, 1), run: near(random, facts.run) }
    case 'read-answer': {
      const answer = random.chance(0.2) ? null : index()
      return { kind, number: near(random, 1), run: near(random, facts.run), index: answer }
    }
    case 'health': {
      const waitingMs = random.next() * 1_000
      const answeredMs = random.chance(0.3) ? null : random.next() * 1_000
      const term = near(random, facts.term)
      return { kind, waitingMs, answeredMs, term, index: index(), commit: index() }
    }
    case 'digests': {
      const point = () => {
        const digest = random.chance(0.5) ? facts.digest : text(random, 1, 43, 130)
        return { index: index(), digest }
      }
      return { kind, points: Array.from({ length: random.below(9) }, point) }
    }
    default:
      return { kind: 'removed', replica: near(random, facts.to) || 1, index: Math.max(1, index()) }
  }
}
