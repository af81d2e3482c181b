/** One message of each kind there is, and of each sense that a vote has. */
import { type Message, plainConfiguration } from '../../../src/raft/core/index.js'
import { accepted, alive, append, heartbeat, rejected, voteRequest, voteResponse } from './bench.js'

const envelope = { from: 2, to: 1 } as const

/** As if replica 2 had sent them to replica 1 in this term. */
export function everyKind(term: number): Message[] {
  const snapshot = { index: 9, term: 1, configuration: plainConfiguration([1, 2, 3]) }
  return [
    voteRequest(2, term, { lastIndex: 99, lastTerm: term }),
    voteRequest(2, term, { pre: true, lastIndex: 99, lastTerm: term }),
    voteRequest(2, term, { transfer: true, lastIndex: 99, lastTerm: term }),
    voteResponse(2, term, { granted: false }),
    voteResponse(2, term, { pre: true, granted: false }),
    voteResponse(2, term, { pre: true }),
    append(2, term),
    accepted(2, term, 1),
    rejected(2, term, 1, { index: 0, term: 0 }),
    heartbeat(2, term),
    alive(2, term, 1),
    { kind: 'snapshot', ...envelope, term, snapshot },
    { kind: 'higher-term', ...envelope, term },
    { kind: 'timeout-now', ...envelope, term },
    { kind: 'read-index-request', ...envelope, term, session: 1, batch: 1 },
    { kind: 'read-index-response', ...envelope, term, session: 1, batch: 1, index: 1 },
  ]
}
