/**
 * A door: one way by which bytes of strangers reach the product. It is tried by cases, each from a
 * seed and a number alone, so that a case can be run again by itself; a case is one or more inputs.
 */
import type { Random } from '../simulation/kernel/random.js'
import type { Owner } from '../support/owner.js'
import type { FuzzCluster } from './cluster/fuzz-cluster.js'
import type { Ground } from './cluster/ground.js'

export interface FuzzCase {
  readonly number: number
  readonly random: Random
  /** Something is not as it should be. The same words are the same finding. */
  finding(what: string): void
  /** The same, unless the machine gave a process no processor for so long that this explains it. */
  suspicion(what: string): void
  /** What came of an input, by its kind: `GET 200`, `close 4400`. Of few kinds. */
  answer(kind: string): void
}

export interface OpenDoor {
  /** The processes behind it; null: it is tried in this process. */
  readonly cluster: FuzzCluster | null
  /** Runs one case. @returns how many inputs it was */
  run(fuzzCase: FuzzCase): Promise<number> | number
  /** Takes back what would stay for ever; whatever else there is goes with its owner. */
  settle?(): Promise<void>
}

export interface DoorContext {
  readonly seed: number
  readonly owner: Owner
  readonly ground: Ground
}

export interface Door {
  readonly name: string
  /** What is put in, for `--help`. */
  readonly about: string
  /** Cases at a time. */
  readonly parallel: number
  open(context: DoorContext): Promise<OpenDoor>
}
