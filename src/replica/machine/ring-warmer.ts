/**
 * Makes the rings of tables before somebody asks for them, in slices: of the disseminated table of
 * each namespace that changed. So a lookup by REST never waits for one, and whoever comes to lead
 * finds those that its first round begins with; those of newer tables are little work from there.
 */
import type { PlacementState } from '../../fsm/placement-state.js'
import type { Budget, Job } from '../../jobs/job.js'

export class RingWarmer {
  readonly #state: PlacementState
  /** Names of namespaces that changed since their rings were made. */
  readonly #changed = new Set<string>()
  #job: Job | null = null

  constructor(state: PlacementState) {
    this.#state = state
  }

  /** Whether `work` would do anything now. */
  get hasWork(): boolean {
    return this.#job !== null || this.#changed.size > 0
  }

  /** These namespaces are not what they were. */
  changed(namespaces: Iterable<string>): void {
    for (const name of namespaces) this.#changed.add(name)
  }

  /** The whole state is another one. */
  restored(): void {
    this.#job = null
    this.changed(Array.from(this.#state.namespaces(), ({ name }) => name))
  }

  work(budget: Budget): void {
    while (!budget.isSpent) {
      this.#job ??= this.#next()
      if (this.#job === null || !this.#job.step(budget)) return
      this.#job = null
    }
  }

  /** The rings of the next table that has cold ones; null when there are none. */
  #next(): Job | null {
    for (const name of this.#changed) {
      this.#changed.delete(name)
      const job = this.#state.namespace(name)?.table.warmRings() ?? null
      if (job !== null) return job
    }
    return null
  }
}
