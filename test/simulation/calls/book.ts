/**
 * What callers asked for and what came of it, with the promises that are checked as things happen:
 *
 * - one host: no actor is at work for calls on two hosts, but for one whose lease is over;
 * - at most once: a call that is not repeatable reaches an application once;
 * - honest: who is told that nothing was sent is told the truth;
 * - ends once, and in time.
 */
import type { CallProblem } from '../../../src/calls/machine/problem.js'
import { fail } from '../kernel/invariant-failure.js'

/** What a caller asked for, wherever its call goes. */
export interface Request {
  readonly number: number
  readonly key: string
  readonly isRepeatable: boolean
  /** How often an application began to work for it. */
  begun: number
  outcome: string | null
}

/** An application at work for a call. */
export interface Handler {
  readonly request: Request
  readonly host: string
  readonly run: string
  readonly chain: readonly string[]
  readonly hasTurns: boolean
  /** Whether its connection was cut: it goes on, and nobody waits for it. */
  isCut: boolean
  /** Its host lost its lease meanwhile, or stood still: only the token protects. */
  isBeyondLease: boolean
}

export class Book {
  readonly #atWork = new Map<string, Set<Handler>>()
  #requests = 0
  answered = 0
  unanswered = 0

  request(key: string, isRepeatable: boolean): Request {
    this.#requests += 1
    return { number: this.#requests, key, isRepeatable, begun: 0, outcome: null }
  }

  atWork(key: string, host: string): readonly Handler[] {
    return [...(this.#atWork.get(key) ?? [])].filter((each) => each.host === host)
  }

  /** Whether any application works for a call. */
  get isAnyAtWork(): boolean {
    return [...this.#atWork.values()].some(({ size }) => size > 0)
  }

  begins(handler: Handler): void {
    const { request, host, chain } = handler
    const { key } = request
    request.begun += 1
    if (request.begun > 1 && !request.isRepeatable) {
      fail('at most once', `request ${request.number} for ${key} began ${request.begun} times`)
    }
    const others = this.#atWork.get(key) ?? new Set()
    this.#atWork.set(key, others)
    for (const other of others) {
      if (other.host !== host && !other.isBeyondLease && !handler.isBeyondLease) {
        fail('one host', `${key} begins on ${host} while it is at work on ${other.host}`)
      }
      const isApart = other.host === host && !other.isCut && handler.hasTurns
      if (isApart && !isSameTurn(chain, other)) {
        fail('turns', `${key} on ${host}: ${handler.run} begins while ${other.run} runs`)
      }
    }
    others.add(handler)
  }

  ends(handler: Handler): void {
    this.#atWork.get(handler.request.key)?.delete(handler)
  }

  answer(request: Request, problem: CallProblem | null): void {
    this.#end(request, problem?.code ?? 'answered')
    if (problem === null) {
      this.answered += 1
      if (request.begun === 0) fail('honest', `request ${request.number} was answered by nobody`)
      return
    }
    this.unanswered += 1
    // One that may be repeated may have been lost before, at another host.
    if (!problem.isOutcomeUnknown && request.begun > 0 && !request.isRepeatable) {
      const what = `request ${request.number} for ${request.key} had ${problem.code}`
      fail('honest', `${what}, as if it had not begun: ${problem.detail}`)
    }
  }

  /** An answer that broke off, or a caller that went away. */
  abandon(request: Request): void {
    this.#end(request, 'abandoned')
  }

  #end(request: Request, outcome: string): void {
    if (request.outcome !== null) {
      fail('ends once', `request ${request.number}: ${request.outcome}, then ${outcome}`)
    }
    request.outcome = outcome
  }
}

/** Whether a call is part of what another one is part of, or of that one itself. */
function isSameTurn(chain: readonly string[], other: Handler): boolean {
  return chain.some((run) => run === other.run || other.chain.includes(run))
}
