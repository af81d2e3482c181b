/**
 * Which replica this sidecar talks to, and when it tries another one. A machine: it is told of
 * time and of what the socket does, and says when to open or close. The state of the sidecar
 * outlives every session.
 *
 * An address that failed is tried again only after all others, so that one dead address, or a list
 * that is out of date, costs its time once and not at each change.
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
  /** When an address failed, until it proves well. */
  readonly #failedAtMs = new Map<string, number>()
  #next: number
  #current: string | null = null
  #phase: LinkPhase = 'down'
  #sinceMs = Number.NEGATIVE_INFINITY
  #openAtMs = Number.NEGATIVE_INFINITY
  /** When the oldest heartbeat or hello that nobody answered was written. */
  #unansweredSinceMs: number | null = null
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
    for (const url of this.#failedAtMs.keys()) {
      if (!this.#urls.includes(url)) this.#failedAtMs.delete(url)
    }
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
    if (this.#current !== null) this.#failedAtMs.set(this.#current, nowMs)
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
    if (this.#current !== null) this.#failedAtMs.delete(this.#current)
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
    this.#enter('connecting', nowMs)
    this.#ports.open(url)
  }

  /** The next one in the circle that did not fail; if all did, the one that failed first. */
  #choose(): string {
    const circle = [...this.#urls.slice(this.#next), ...this.#urls.slice(0, this.#next)]
    const failedAtMs = (url: string) => this.#failedAtMs.get(url) ?? Number.NEGATIVE_INFINITY
    const [first, ...others] = circle
    if (first === undefined) throw new Error('no replicas to connect to')
    return others.reduce((best, url) => (failedAtMs(url) < failedAtMs(best) ? url : best), first)
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
