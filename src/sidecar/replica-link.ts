/**
 * Which replica this sidecar talks to, and when it tries another one. A machine: it is told of
 * time and of what the socket does, and says when to open or close. The state of the sidecar
 * outlives every session.
 *
 * All addresses are tried one after the other at once. Each round of tries of which none was
 * answered doubles what follows: the pause before the next round, how long a connect may take, and
 * how long a hello may wait. So a replica that is down costs nothing but its own time, and a herd
 * that is too much for a cluster comes back ever more slowly. An answer begins all of it anew.
 *
 * An address that did not answer is tried again only when none is left that did, so that a dead
 * one, or a list that is out of date, costs its time once and not at each change.
 */
export type LinkPhase = 'down' | 'connecting' | 'open'

/**
 * How a session, or a try at one, ended. `elsewhere`: the replica stops or has no room. `refused`:
 * it said what is wrong with this sidecar. `too_fast`: this sidecar said too much.
 */
export type SessionEnd = 'lost' | 'elsewhere' | 'refused' | 'too_fast'

export interface LinkPorts {
  /** @param timeoutMs how long the connect may take */
  open(url: string, timeoutMs: number): void
  close(): void
  /** In [0, 1). */
  random(): number
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
/** Addresses that a welcome may add to those that were given. */
export const learnedUrlsMax = 32

export class ReplicaLink {
  readonly #ports: LinkPorts
  readonly #given: readonly string[]
  readonly #connectTimeoutMs: number
  #urls: readonly string[]
  /** When the last session or try at an address ended, and whether it had answered anything. */
  readonly #ended = new Map<string, { readonly atMs: number; readonly answered: boolean }>()
  #next: number
  #current: string | null = null
  #phase: LinkPhase = 'down'
  #sinceMs = Number.NEGATIVE_INFINITY
  #openAtMs = Number.NEGATIVE_INFINITY
  /** When the oldest heartbeat or hello that nobody answered was written. */
  #unansweredSinceMs: number | null = null
  /** Whether anything was answered in this session. */
  #isAnswered = false
  /** Tries of this round that were not answered. */
  #failures = 0
  #failedRounds = 0

  /**
   * @param urls WebSocket addresses of replicas, at least one
   * @param connectTimeoutMs as long as no round of tries has failed
   */
  constructor(
    urls: readonly string[],
    ports: LinkPorts,
    connectTimeoutMs = connectTimeoutMsDefault,
  ) {
    this.#given = [...new Set(urls)]
    this.#urls = this.#given
    this.#ports = ports
    this.#connectTimeoutMs = connectTimeoutMs
    this.#next = Math.floor(ports.random() * this.#urls.length)
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

  /** A welcome named the replicas of the cluster: they are tried besides those that were given. */
  learn(urls: readonly string[]): void {
    this.#urls = [...new Set([...this.#given, ...urls.slice(0, learnedUrlsMax)])]
    const current = this.#current === null ? -1 : this.#urls.indexOf(this.#current)
    this.#next = (current + 1) % this.#urls.length
    for (const url of this.#ended.keys()) if (!this.#urls.includes(url)) this.#ended.delete(url)
  }

  /** The socket is open. */
  opened(nowMs: number): void {
    if (this.#phase !== 'connecting') return
    this.#enter('open', nowMs)
  }

  /** The socket is closed, or could not be opened. */
  closed(nowMs: number, end: SessionEnd = 'lost'): void {
    this.#end(nowMs, end, true)
  }

  /** Gives the session up; another replica is tried soon, if anybody answered of late. */
  moveOn(nowMs: number, withJitter = false): void {
    if (this.#phase !== 'down') this.#ports.close()
    this.#end(nowMs, 'lost', withJitter)
  }

  /** Something was written that the leader answers. */
  asked(nowMs: number): void {
    this.#unansweredSinceMs ??= nowMs
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
      if (nowMs - this.#sinceMs >= this.#timeoutMs) this.moveOn(nowMs)
      return
    }
    const since = this.#unansweredSinceMs
    if (since !== null && nowMs - since >= this.#grown(patienceMs, patienceMsMax)) {
      this.moveOn(nowMs)
    }
  }

  #end(nowMs: number, end: SessionEnd, withJitter: boolean): void {
    if (this.#phase === 'down') return
    this.#enter('down', nowMs)
    this.#unansweredSinceMs = null
    const answered = this.#isAnswered
    if (this.#current !== null) this.#ended.set(this.#current, { atMs: nowMs, answered })
    const jitter = withJitter && answered ? this.#ports.random() * jitterMs : 0
    const leastMs = end === 'refused' || end === 'too_fast' ? refusedPauseMs : 0
    this.#openAtMs = nowMs + Math.max(leastMs, this.#pauseAfter(end)) + jitter
  }

  #open(nowMs: number): void {
    const url = this.#choose()
    this.#next = (this.#urls.indexOf(url) + 1) % this.#urls.length
    this.#current = url
    this.#isAnswered = false
    this.#enter('connecting', nowMs)
    this.#ports.open(url, this.#timeoutMs)
  }

  get #timeoutMs(): number {
    return this.#grown(this.#connectTimeoutMs, connectTimeoutMsMax)
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
    return longestMs * (0.5 + this.#ports.random() / 2)
  }

  /** Doubled for each round that failed. */
  #grown(ms: number, maxMs: number): number {
    const doublingsMax = 16
    return Math.max(ms, Math.min(maxMs, ms * 2 ** Math.min(this.#failedRounds, doublingsMax)))
  }
}
