/** Waits until something holds of a thing that says whenever it has changed. */
export class Changes {
  readonly #waiting = new Set<() => void>()

  /** It has changed: whoever waits looks again. */
  happened(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  /** @returns whether it holds, or became so in time */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + withinMs
    while (!holds()) {
      const leftMs = deadlineMs - performance.now()
      if (leftMs <= 0) return false
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          this.#waiting.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, leftMs)
        this.#waiting.add(wake)
      })
    }
    return true
  }
}
