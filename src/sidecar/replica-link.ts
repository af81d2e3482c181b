/**
 * Which replica this sidecar talks to, and when it tries another one. A machine: it is told of
 * time and of what the socket does, and says when to open or close. The state of the sidecar
 * outlives every session.
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

export class ReplicaLink {
  readonly #ports: LinkPorts
  #urls: readonly string[]
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
    this.#urls = urls
    this.#ports = ports
    this.#next = Math.floor(ports.random() * urls.length)
  }

  get phase(): LinkPhase {
    return this.#phase
  }

  /** The replica that it is, or tries to be, connected to. */
  get url(): string | null {
    return this.#current
  }

  get failures(): number {
    return this.#failures
  }

  /** A welcome named the replicas of the cluster: they are tried besides those that were given. */
  learn(urls: readonly string[]): void {
    const known = new Set(this.#urls)
    const learned = urls.filter((url) => !known.has(url))
    if (learned.length > 0) this.#urls = [...this.#urls, ...learned].slice(-urlsMax)
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
    const url = this.#urls[this.#next % this.#urls.length]
    if (url === undefined) throw new Error('no replicas to connect to')
    this.#next = (this.#next + 1) % this.#urls.length
    this.#current = url
    this.#enter('connecting', nowMs)
    this.#ports.open(url)
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

/** Addresses that are remembered. */
const urlsMax = 32
