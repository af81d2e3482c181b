/**
 * The feature levels that a build knows. A cluster is at one of them (its log says at which); what
 * came with a later level is not done yet, so that replicas and hosts of two builds agree. Pure.
 */
import {
  type FeatureLevel,
  featureLevels,
  oldestFeatureLevel,
  type VersionRange,
} from './versions.js'

export class Levels implements VersionRange {
  readonly oldest: number
  readonly newest: number
  readonly #levels: readonly FeatureLevel[]

  /** @param levels that of level 1 first */
  constructor(levels: readonly FeatureLevel[], oldest: number) {
    this.#levels = levels
    this.oldest = oldest
    this.newest = levels.length
  }

  /** For what is shown to others. */
  get range(): VersionRange {
    return { oldest: this.oldest, newest: this.newest }
  }

  /** Whether a cluster can be at this level. */
  knows(level: number): boolean {
    return level >= this.oldest && level <= this.newest
  }

  /** Whether a table can be of this level: it may be from before the cluster rose. */
  knowsTable(level: number): boolean {
    return level >= 1 && level <= this.newest && this.ofTables(level) === level
  }

  /** @throws RangeError for one that this build does not know: to be asked before */
  of(level: number): FeatureLevel {
    const found = this.#levels[level - 1]
    if (found === undefined) throw new RangeError(`feature level ${level} is not known`)
    return found
  }

  /** The highest level, up to this one, that concerns hosts: that of new tables. */
  ofTables(level: number): number {
    let found = level
    while (found > 1 && !this.of(found).concernsHosts) found -= 1
    return found
  }

  /** Whether snapshots of some level have this form. */
  readsSnapshot(version: number): boolean {
    return this.#levels.some(({ snapshot }) => snapshot === version)
  }

  /** The newest form of snapshots that is known. */
  get newestSnapshot(): number {
    return Math.max(...this.#levels.map(({ snapshot }) => snapshot))
  }
}

/** Those of this build. */
export const levels = new Levels(featureLevels, oldestFeatureLevel)
