/**
 * The taking over of a snapshot's state, in slices, from chunks that come one by one. Until it is
 * done nothing has changed: when it throws, or is dropped, the state is as it was.
 */
import { BerthError } from '../errors/berth-error.js'
import type { Budget } from '../jobs/job.js'
import { SlicedJob } from '../jobs/sliced-job.js'
import type { ClusterState } from './cluster-state.js'
import type { SnapshotLoader } from './snapshot-loader.js'

export class Restoring {
  readonly #loader: SnapshotLoader
  readonly #takeOver: (state: ClusterState) => void
  #chunks: Uint8Array[] = []
  #isEnded = false
  /** What is under way: the reading of a chunk, or the end, which gives the state. */
  #work: SlicedJob<ClusterState | null> | null = null
  #isDone = false

  /** @param takeOver is given the state when it is whole and verified */
  constructor(loader: SnapshotLoader, takeOver: (state: ClusterState) => void) {
    this.#loader = loader
    this.#takeOver = takeOver
  }

  /** Takes the next chunk, to be read by `step`. Chunks come in order; this never throws. */
  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
  }

  /** There is no further chunk. */
  end(): void {
    this.#isEnded = true
  }

  /**
   * Goes on until the budget is spent or nothing is left to do.
   *
   * @returns whether all that was added is read and, after `end`, the state is taken over
   * @throws BerthError `newer_version` or `older_version` when the snapshot has a form that this
   *   version does not read, `storage_damaged` when it is not whole or its contents do not give the
   *   digest that it names; then and ever after
   */
  step(budget: Budget): boolean {
    while (!this.#isDone) {
      this.#work ??= this.#next()
      if (this.#work === null) return true
      if (!this.#advance(this.#work, budget)) return false
      const { result } = this.#work
      this.#work = null
      if (result === null) continue
      this.#takeOver(result)
      this.#isDone = true
    }
    return true
  }

  #next(): SlicedJob<ClusterState | null> | null {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) return new SlicedJob(this.#loader.read(chunk))
    return this.#isEnded ? new SlicedJob(this.#loader.finish()) : null
  }

  /** Whatever damaged contents lead to is said to be that. */
  #advance(work: SlicedJob<ClusterState | null>, budget: Budget): boolean {
    try {
      return work.step(budget)
    } catch (cause) {
      const known = cause instanceof BerthError && cause.code !== 'invalid_message'
      if (known) throw cause
      throw new BerthError('storage_damaged', 'The snapshot is damaged.', { cause })
    }
  }
}
