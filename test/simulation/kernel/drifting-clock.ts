/**
 * The monotonic clock of one machine: it never goes back, but its rate is off by some parts per
 * million, and may change. Milliseconds, as the product reads them.
 */
const million = 1_000_000

export class DriftingClock {
  #ppm: number
  #sinceUs: number
  #sinceMs: number

  /** @param startMs what it shows at `nowUs`: machines were not switched on together */
  constructor(nowUs: number, startMs: number, ppm: number) {
    this.#sinceUs = nowUs
    this.#sinceMs = startMs
    this.#ppm = ppm
  }

  get ppm(): number {
    return this.#ppm
  }

  readMs(nowUs: number): number {
    const elapsedUs = nowUs - this.#sinceUs
    return this.#sinceMs + (elapsedUs * (1 + this.#ppm / million)) / 1000
  }

  /** From now on it runs at this rate. */
  setRate(nowUs: number, ppm: number): void {
    this.#sinceMs = this.readMs(nowUs)
    this.#sinceUs = nowUs
    this.#ppm = ppm
  }

  /** A fault that no bound on the rate allows for. */
  jumpAhead(nowUs: number, byMs: number): void {
    this.setRate(nowUs, this.#ppm)
    this.#sinceMs += byMs
  }

  /** How much virtual time passes while this clock moves on by `ownMs`. */
  toUs(ownMs: number): number {
    return (ownMs * 1000) / (1 + this.#ppm / million)
  }
}
