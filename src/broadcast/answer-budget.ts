/**
 * How much a replica answers over NATS, where anybody may ask and a small request can bring a large
 * table: token buckets of bytes, one for each namespace and one for all. Whoever is refused gets no
 * answer, as from a replica that is behind; sidecars ask again, or over their WebSocket. There is
 * no queue. Pure; time comes in as a number.
 *
 * Invariant: an answer goes out only while its buckets hold something, and may overdraw them once:
 * so an answer larger than a bucket is given too, and paid for before the next one.
 */
import { TokenBucket } from '../wire/token-bucket.js'

export interface AnswerLimits {
  /** Bytes that may go out at once. */
  readonly burstBytes: number
  /** Bytes a second that may go on for ever. */
  readonly bytesPerSecond: number
}

export interface AnswerBudgetLimits {
  readonly perNamespace: AnswerLimits
  readonly inAll: AnswerLimits
}

const mebibyte = 1024 * 1024

export const defaultAnswerLimits: AnswerBudgetLimits = {
  perNamespace: { burstBytes: 8 * mebibyte, bytesPerSecond: 8 * mebibyte },
  inAll: { burstBytes: 16 * mebibyte, bytesPerSecond: 16 * mebibyte },
}

/** What an answer costs beside its bytes: it is decoded, looked up and published. */
export const answerOverheadBytes = 8 * 1024
/** Namespaces that are counted apart; of more, the one that nobody asked for begins anew. */
export const countedNamespacesMax = 1_024

export class AnswerBudget {
  readonly #limits: AnswerBudgetLimits
  readonly #inAll: TokenBucket
  /** The one that was asked for last at the end. */
  readonly #namespaces = new Map<string, TokenBucket>()

  constructor(limits: AnswerBudgetLimits, nowMs: number) {
    this.#limits = limits
    this.#inAll = bucketOf(limits.inAll, nowMs)
  }

  /** Whether a further answer may go out. */
  allows(namespace: string, nowMs: number): boolean {
    return this.#inAll.left(nowMs) > 0 && this.#of(namespace, nowMs).left(nowMs) > 0
  }

  /** An answer of so many bytes goes out. */
  spend(namespace: string, bytes: number, nowMs: number): void {
    const cost = bytes + answerOverheadBytes
    this.#inAll.spend(cost)
    this.#of(namespace, nowMs).spend(cost)
  }

  #of(namespace: string, nowMs: number): TokenBucket {
    const bucket = this.#namespaces.get(namespace) ?? bucketOf(this.#limits.perNamespace, nowMs)
    this.#namespaces.delete(namespace)
    this.#namespaces.set(namespace, bucket)
    const [oldest] = this.#namespaces.keys()
    if (this.#namespaces.size > countedNamespacesMax && oldest !== undefined) {
      this.#namespaces.delete(oldest)
    }
    return bucket
  }
}

function bucketOf({ burstBytes, bytesPerSecond }: AnswerLimits, nowMs: number): TokenBucket {
  return new TokenBucket(burstBytes, bytesPerSecond, nowMs)
}
