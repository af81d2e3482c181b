/**
 * Callers that ask whether this replica still leads: answered `true` only after a quorum has
 * answered a heartbeat round that was *sent after* they asked (design §5, Heartbeat). So no clock
 * is trusted, and a thousand callers share a round: one round is under way, and whoever asks
 * meanwhile waits for the next, or for whichever leaves first after this one is confirmed.
 */
export type ConfirmationDone = (isLeader: boolean) => void

interface Waiting {
  readonly deadlineTick: number
  readonly done: ConfirmationDone
}

export class Confirmations {
  readonly #timeoutTicks: number
  readonly #countMax: number
  /** Begins a heartbeat round that leaves with the next output. */
  readonly #requestRound: () => void
  /** Asked before `#round` was sent. */
  #asked: Waiting[] = []
  /** Asked since then. */
  #next: Waiting[] = []
  /** The round that `#asked` waits for; 0 before it is sent. */
  #round = 0

  constructor(timeoutTicks: number, countMax: number, requestRound: () => void) {
    this.#timeoutTicks = timeoutTicks
    this.#countMax = countMax
    this.#requestRound = requestRound
  }

  get count(): number {
    return this.#asked.length + this.#next.length
  }

  /** Only on a leader. Whoever finds too many waiting is told `false`. */
  ask(tick: number, done: ConfirmationDone): void {
    if (this.count >= this.#countMax) {
      done(false)
      return
    }
    const waiting = { deadlineTick: tick + this.#timeoutTicks, done }
    if (this.#round !== 0) {
      this.#next.push(waiting)
      return
    }
    this.#asked.push(waiting)
    this.#requestRound()
  }

  /** A round leaves now. */
  sent(round: number): void {
    if (this.#round === 0 && this.#asked.length > 0) this.#round = round
  }

  /** A quorum has answered this round and all before. */
  confirmed(round: number): void {
    if (this.#round === 0 || round < this.#round) return
    const asked = this.#asked
    this.#begin()
    for (const { done } of asked) done(true)
  }

  /** This replica leads no more, or leads another term. */
  lost(): void {
    const all = [...this.#asked, ...this.#next]
    this.#asked = []
    this.#next = []
    this.#round = 0
    for (const { done } of all) done(false)
  }

  expire(tick: number): void {
    const isLate = ({ deadlineTick }: Waiting) => deadlineTick <= tick
    if (!this.#asked.some(isLate) && !this.#next.some(isLate)) return
    const late = [...this.#asked, ...this.#next].filter(isLate)
    this.#asked = this.#asked.filter((one) => !isLate(one))
    this.#next = this.#next.filter((one) => !isLate(one))
    for (const { done } of late) done(false)
  }

  /** Those who asked meanwhile get a round of their own. */
  #begin(): void {
    this.#asked = this.#next
    this.#next = []
    this.#round = 0
    if (this.#asked.length > 0) this.#requestRound()
  }
}
