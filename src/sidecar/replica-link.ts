/**
 * Which replica this sidecar talks to, and when it tries another one. It is told of time and of
 * what the socket does, and its effects say when to open or close. The state of the sidecar
 * outlives every session.
 *
 * All addresses are tried one after the other at once. Each round of tries of which none was
 * answered doubles what follows: the pause before the next round, how long a connect may take, and
 * how long a hello may wait. So a replica that is down costs nothing but its own time, and a herd
 * that is too much for a cluster comes back ever more slowly. An answer begins all of it anew.
 *
 * An address that did not answer is tried again only when none is left that did, so that a dead
 * one, or a list that is out of date, costs its time once and not at each change.
 *
 * The clock of a connect starts when the name in the address has been looked up; the lookup has as
 * long for itself. Of each address it is kept why the last try or session there ended.
 */
import type { Effects } from './effect.js'
import { namesHost } from './replica-url.js'

export type LinkPhase = 'down' | 'connecting' | 'open'

/**
 * How a session, or a try at one, ended. `elsewhere`: the replica stops or has no room. `refused`:
 * it said what is wrong with this sidecar. `outdated`: they have no version in common, which takes
 * an upgrade to change. `too_fast`: this sidecar said too much.
 */
export type SessionEnd = 'lost' | 'elsewhere' | 'refused' | 'outdated' | 'too_fast'

/** An address that is tried, and what became of it last. */
export interface ReplicaTry {
  readonly url: string
  /** Why the last try or session ended; null before the first, and while one is answered. */
  readonly reason: string | null
}

/** A connect that takes longer is given up, in ms, unless it is said otherwise. */
export const connectTimeoutMsDefault = 500
/** However many rounds have failed, in ms; more if it begins with more. */
export const connectTimeoutMsMax = 5_000
/** A hello is waited for no longer, however many rounds have failed, in ms. */
export const patienceMsMax = 10_000
/** Sessions that end are opened anew within this, so that no herd arrives at one replica, in ms. */
export const jitterMs = 500
/** After the first round of tries that failed: half of it to all of it, in ms. */
export const pauseMs = 400
/** The same, however many rounds have failed: a lease outlasts it, and a cluster that restarts. */
export const pauseMsMax = 2_000
/** After a refusal, or a session that said too much, at least so long, in ms. */
export const refusedPauseMs = 1_000
/** After a version that is not the right one, half as long again at most, in ms. */
export const outdatedPauseMs = 10_000
/** Addresses that a welcome may add to those that were given. */
export const learnedUrlsMax = 32

interface Ended {
  readonly atMs: number
  readonly answered: boolean
  readonly reason: string
}

const connectionEnded = 'the connection ended'

export class ReplicaLink {
  readonly #effects: Effects
  readonly #random: () => number
  readonly #given: readonly string[]
  readonly #connectTimeoutMs: number
  #urls: readonly string[]
  /** When the last session or try at an address ended, and whether it had answered anything. */
  readonly #ended = new Map<string, Ended>()
  #next: number
  #current: string | null = null
  #phase: LinkPhase = 'down'
  #sinceMs = Number.NEGATIVE_INFINITY
  #openAtMs = Number.NEGATIVE_INFINITY
  /** When the oldest heartbeat or hello that nobody answered was written. */
  #unansweredSinceMs: number | null = null
  /** Whether anything was answered in this session. */
  #isAnswered = false
  /** Whether the address that is tried has no name in it that is still looked up. */
  #isLocated = false
  /** Tries of this round that were not answered. */
  #failures = 0
  #failedRounds = 0
  /** How long the last connect took that came to an end. */
  #connectMs = 0
  /** When a part of a message came last that is not whole yet. */
  #arrivedAtMs = Number.NEGATIVE_INFINITY

  /**
   * @param urls WebSocket addresses of replicas, at least one
   * @param random in [0, 1)
   * @param connectTimeoutMs as long as no round of tries has failed
   */
  constructor(
    urls: readonly string[],
    effects: Effects,
    random: () => number,
    connectTimeoutMs = connectTimeoutMsDefault,
  ) {
    this.#given = [...new Set(urls)]
    this.#urls = this.#given
    this.#effects = effects
    this.#random = random
    this.#connectTimeoutMs = connectTimeoutMs
    this.#next = Math.floor(random() * this.#urls.length)
  }

  get phase(): LinkPhase {
    return this.#phase
  }

  /** The replica that it is, or tries to be, connected to. */
  get url(): string | null {
    return this.#current
  }

  /** All addresses that are tried. */
  get urls(): readonly string[] {
    return this.#urls
  }

  /** The same, each with what became of it last. */
  get tries(): readonly ReplicaTry[] {
    const attached = this.#isAnswered && this.#phase === 'open' ? this.#current : null
    return this.#urls.map((url) => {
      const reason = url === attached ? null : (this.#ended.get(url)?.reason ?? null)
      return { url, reason }
    })
  }

  /** A welcome named the replicas of the cluster: they are tried besides those that were given. */
  learnUrls(urls: readonly string[]): void {
    this.#urls = [...new Set([...this.#given, ...urls.slice(0, learnedUrlsMax)])]
    const current = this.#current === null ? -1 : this.#urls.indexOf(this.#current)
    this.#next = (current + 1) % this.#urls.length
    for (const url of this.#ended.keys()) if (!this.#urls.includes(url)) this.#ended.delete(url)
  }

  /** The name in the address has been looked up: the connect begins now. */
  located(nowMs: number): void {
    if (this.#phase !== 'connecting' || this.#isLocated) return
    this.#isLocated = true
    this.#sinceMs = nowMs
  }

  /** The socket is open. */
  opened(nowMs: number): void {
    if (this.#phase !== 'connecting') return
    this.#connectMs = nowMs - this.#sinceMs
    this.#enter('open', nowMs)
  }

  /** A large message is coming, piece by piece: over a slow link its answer takes as long. */
  arriving(nowMs: number): void {
    this.#arrivedAtMs = nowMs
  }

  /** The socket is closed, or could not be opened. @param reason for people */
  closed(nowMs: number, end: SessionEnd = 'lost', reason = connectionEnded): void {
    this.#end(nowMs, reason, end, true)
  }

  /** Gives the session up; another replica is tried soon, if anybody answered of late. */
  moveOn(nowMs: number, reason: string, withJitter = false): void {
    if (this.#phase !== 'down') this.#effects.push({ kind: 'disconnect', reason })
    this.#end(nowMs, reason, 'lost', withJitter)
  }

  /** Something was written that the leader answers. */
  asked(nowMs: number): void {
    this.#unansweredSinceMs ??= nowMs
  }

  /** Gives the session up for good. */
  close(): void {
    if (this.#phase !== 'down') this.#effects.push({ kind: 'disconnect', reason: null })
  }

  answered(): void {
    this.#unansweredSinceMs = null
    this.#isAnswered = true
    this.#failures = 0
    this.#failedRounds = 0
  }

  /** @param patienceMs without an answer for this long another replica is tried */
  tick(nowMs: number, patienceMs: number): void {
    if (this.#phase === 'down') {
      if (nowMs >= this.#openAtMs) this.#open(nowMs)
      return
    }
    if (this.#phase === 'connecting') {
      if (nowMs - this.#sinceMs >= this.#timeoutMs) this.moveOn(nowMs, this.#overdue)
      return
    }
    const since = this.#unansweredSinceMs
    const longestMs = this.#grown(patienceMs, patienceMsMax)
    if (since !== null && nowMs - Math.max(since, this.#arrivedAtMs) >= longestMs) {
      this.moveOn(nowMs, `no answer of the leader within ${longestMs} ms`)
    }
  }

  get #overdue(): string {
    const within = `within ${this.#timeoutMs} ms`
    return this.#isLocated ? `no connection ${within}` : `name lookup: no address ${within}`
  }

  #end(nowMs: number, reason: string, end: SessionEnd, withJitter: boolean): void {
    if (this.#phase === 'down') return
    this.#enter('down', nowMs)
    this.#unansweredSinceMs = null
    const answered = this.#isAnswered
    if (this.#current !== null) this.#ended.set(this.#current, { atMs: nowMs, answered, reason })
    const jitter = withJitter && answered ? this.#random() * jitterMs : 0
    const leastMs = this.#leastAfter(end)
    this.#openAtMs = nowMs + Math.max(leastMs, this.#pauseAfter(end)) + jitter
  }

  #leastAfter(end: SessionEnd): number {
    if (end === 'outdated') return outdatedPauseMs * (1 + this.#random() / 2)
    return end === 'refused' || end === 'too_fast' ? refusedPauseMs : 0
  }

  #open(nowMs: number): void {
    const url = this.#choose()
    this.#next = (this.#urls.indexOf(url) + 1) % this.#urls.length
    this.#current = url
    this.#isAnswered = false
    this.#isLocated = !namesHost(url)
    this.#enter('connecting', nowMs)
    this.#effects.push({ kind: 'connect', url, timeoutMs: this.#timeoutMs })
  }

  /** Where a connect took long, the next one may: else each would begin with a round in vain. */
  get #timeoutMs(): number {
    const knownMs = Math.min(2 * this.#connectMs, connectTimeoutMsMax)
    return this.#grown(Math.max(this.#connectTimeoutMs, knownMs), connectTimeoutMsMax)
  }

  /** Of those that answered last time or were never tried, the one that was left longest ago. */
  #choose(): string {
    const [first, ...others] = [...this.#urls.slice(this.#next), ...this.#urls.slice(0, this.#next)]
    if (first === undefined) throw new Error('no replicas to connect to')
    return others.reduce((best, url) => (this.#isBefore(url, best) ? url : best), first)
  }

  #isBefore(a: string, b: string): boolean {
    const never = { atMs: Number.NEGATIVE_INFINITY, answered: true }
    const [one, other] = [this.#ended.get(a) ?? never, this.#ended.get(b) ?? never]
    return one.answered === other.answered ? one.atMs < other.atMs : one.answered
  }

  #enter(phase: LinkPhase, nowMs: number): void {
    this.#phase = phase
    this.#sinceMs = nowMs
  }

  /** How long to wait before the next try; 0 while a round of tries is not over. */
  #pauseAfter(end: SessionEnd): number {
    if (!this.#isAnswered) this.#failures += 1
    // Whoever is too fast is so everywhere.
    if (this.#failures < this.#urls.length && end !== 'too_fast') return 0
    this.#failures = 0
    const longestMs = this.#grown(pauseMs, pauseMsMax)
    this.#failedRounds += 1
    return longestMs * (0.5 + this.#random() / 2)
  }

  /** Doubled for each round that failed. */
  #grown(ms: number, maxMs: number): number {
    const doublingsMax = 16
    return Math.max(ms, Math.min(maxMs, ms * 2 ** Math.min(this.#failedRounds, doublingsMax)))
  }
}
