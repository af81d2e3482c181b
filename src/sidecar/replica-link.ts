/**
 * Which replica this sidecar talks to, and when it tries another one. A machine: it is told of
 * time and of what the socket does, and says when to open or close. The state of the sidecar
 * outlives every session.
 *
 * An address that did not answer is tried again only when none is left that did, so that a dead
 * one, or a list that is out of date, costs its time once and not at each change.
 */
export type LinkPhase = 'down' | 'connecting' | 'open'

export interface LinkPorts {
  open(url: string): void
  close(): void
  /** In [0, 1). */
  random(): number
}

/** A connect that takes longer is given up, in ms. */
export const connectTimeoutMs = 500
/** Sessions that end are opened anew within this, so that no herd arrives at one replica, in ms. */
export const jitterMs = 500
/** Between two tries when every replica refused, in ms. */
export const retryMs = 200
/** Addresses that a welcome may add to those that were given. */
export const learnedUrlsMax = 32

export class ReplicaLink {
  readonly #ports: LinkPorts
  readonly #given: readonly string[]
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
  #failures = 0

  /** @param urls WebSocket addresses of replicas, at least one */
  constructor(urls: readonly string[], ports: LinkPorts) {
    this.#given = [...new Set(urls)]
    this.#urls = this.#given
    this.#ports = ports
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
    this.#failures = 0
  }

  /**
   * The socket is closed, or could not be opened.
   * @param pauseMs not before this the next replica is tried
   */
  closed(nowMs: number, pauseMs = 0): void {
    if (this.#phase === 'down') return
    const wasOpen = this.#phase === 'open'
    this.#enter('down', nowMs)
    this.#unansweredSinceMs = null
    const ended = { atMs: nowMs, answered: this.#isAnswered }
    if (this.#current !== null) this.#ended.set(this.#current, ended)
    if (!wasOpen) this.#failures += 1
    const waitMs = wasOpen ? this.#ports.random() * jitterMs : this.#pauseMs()
    this.#openAtMs = nowMs + pauseMs + waitMs
  }

  /** Gives the session up; the next replica is tried, at once or with jitter. */
  moveOn(nowMs: number, atOnce = false): void {
    if (this.#phase !== 'down') this.#ports.close()
    this.closed(nowMs)
    if (atOnce) this.#openAtMs = nowMs
  }

  /** Something was written that the leader answers. */
  asked(nowMs: number): void {
    this.#unansweredSinceMs ??= nowMs
  }

  answered(): void {
    this.#unansweredSinceMs = null
    this.#isAnswered = true
  }

  /** @param patienceMs without an answer for this long another replica is tried */
  tick(nowMs: number, patienceMs: number): void {
    if (this.#phase === 'down') {
      if (nowMs >= this.#openAtMs) this.#open(nowMs)
      return
    }
    if (this.#phase === 'connecting') {
      if (nowMs - this.#sinceMs >= connectTimeoutMs) this.moveOn(nowMs)
      return
    }
    const since = this.#unansweredSinceMs
    if (since !== null && nowMs - since >= patienceMs) this.moveOn(nowMs, true)
  }

  #open(nowMs: number): void {
    const url = this.#choose()
    this.#next = (this.#urls.indexOf(url) + 1) % this.#urls.length
    this.#current = url
    this.#isAnswered = false
    this.#enter('connecting', nowMs)
    this.#ports.open(url)
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

  /** Replicas are tried one after the other at once; after a whole circle there is a pause. */
  #pauseMs(): number {
    return this.#failures % this.#urls.length === 0 ? retryMs * (1 + this.#ports.random()) : 0
  }
}
