/**
 * All that was ever said to be in a log, and what of it is committed: what one who sees all
 * replicas at once knows. Log matching and state-machine safety are checked as entries become known
 * (Raft figure 3).
 *
 * By (index, term) there is one entry, and one term before it: so two logs that hold it agree on
 * everything up to it, by induction, and each step costs what changed and no more.
 */
import { changeConfiguration, emptyConfiguration } from '../../../src/raft/core/configuration.js'
import { decodeChange } from '../../../src/raft/core/configuration-codec.js'
import type { Configuration, Entry } from '../../../src/raft/core/entry.js'
import { fail } from '../kernel/invariant-failure.js'
import { commandNumber } from './register-machine.js'

interface KnownEntry {
  readonly entry: Entry
  readonly prevTerm: number
}

export class History {
  /** By index, the entries of all terms. */
  readonly #known: KnownEntry[][] = []
  /** Terms of the committed entries, by index. */
  readonly #committed: number[] = [0]
  /** What was applied, by index. */
  readonly #applied: Entry[] = []
  /** Digest of the state machine after each index. */
  readonly #digests: number[] = []
  /** Index at which each command was applied. */
  readonly #commandIndexes = new Map<number, number>()
  /** Commands of which it was said that they never will be applied. */
  readonly #refuted = new Set<number>()
  #configuration: Configuration = emptyConfiguration
  #removed = new Map<number, number>()

  get committedIndex(): number {
    return this.#committed.length - 1
  }

  get committedTerm(): number {
    return this.#committed[this.#committed.length - 1]!
  }

  get appliedIndex(): number {
    return this.#applied.length - 1
  }

  /** After everything that anybody has applied. */
  get configuration(): Configuration {
    return this.#configuration
  }

  isRemoved(id: number): boolean {
    return this.#removed.has(id)
  }

  committedTermAt(index: number): number | undefined {
    return this.#committed[index]
  }

  appliedEntry(index: number): Entry | undefined {
    return this.#applied[index]
  }

  /** A log holds these entries after one of `prevTerm`. */
  holds(entries: readonly Entry[], prevTerm: number, who: string): void {
    let before = prevTerm
    for (const entry of entries) {
      this.#register(entry, before, who)
      before = entry.term
    }
  }

  /** Whether the entry is known to exist. */
  isKnown(index: number, term: number): boolean {
    return this.#known[index]?.some((one) => one.entry.term === term) ?? false
  }

  /** Entries that some log holds beyond what is committed. */
  beyondCommit(): readonly Entry[] {
    return this.#known.slice(this.committedIndex + 1).flatMap((all) => all.map((one) => one.entry))
  }

  /** Everything up to this entry is committed. */
  commit(index: number, term: number, who: string): void {
    const committed = this.#committed
    if (index < committed.length) {
      if (committed[index] !== term) {
        fail('state machine safety', `${who}: (${index}, ${term}) beside term ${committed[index]}`)
      }
      return
    }
    let at = index
    let atTerm = term
    const terms: number[] = []
    while (at >= committed.length) {
      terms.push(atTerm)
      const known = this.#known[at]?.find(({ entry }) => entry.term === atTerm)
      if (known === undefined) fail('log matching', `${who} committed (${at}, ${atTerm}) of no log`)
      atTerm = known.prevTerm
      at -= 1
    }
    if (atTerm !== committed[at]) {
      const detail = `${who}: what is committed at ${index} follows (${at}, ${atTerm})`
      fail('leader completeness', `${detail}, but term ${committed[at]} is committed there`)
    }
    while (terms.length > 0) committed.push(terms.pop()!)
  }

  /** A state machine has applied it and come to this digest. Returns whether it is the first. */
  apply(entry: Entry, digest: number, who: string): boolean {
    const { index, term } = entry
    const first = this.#applied[index]
    if (first !== undefined) {
      if (first.term !== term || !isSameEntry(first, entry)) {
        fail('state machine safety', `${who} applied another entry at ${index}`)
      }
      if (this.#digests[index] !== digest) fail('equal digests', `${who} differs at ${index}`)
      return false
    }
    if (index > 1 && this.#applied.length !== index) {
      fail('state machine safety', `${who} applied ${index} after ${this.#applied.length - 1}`)
    }
    this.#applied[index] = entry
    this.#digests[index] = digest
    this.#learn(entry, who)
    return true
  }

  digestAt(index: number): number | undefined {
    return this.#digests[index]
  }

  /** Where the command was applied; undefined if it was not. */
  commandIndex(number: number): number | undefined {
    return this.#commandIndexes.get(number)
  }

  /** Its client was told that it will never be applied. */
  refute(number: number): void {
    this.#refuted.add(number)
    if (this.#commandIndexes.has(number)) fail('answers', `command ${number} was applied`)
  }

  #register(entry: Entry, prevTerm: number, who: string): void {
    const { index, term } = entry
    this.#known[index] ??= []
    const all = this.#known[index]
    for (const known of all) {
      if (known.entry.term !== term) continue
      if (known.entry !== entry && !isSameEntry(known.entry, entry)) {
        fail('log matching', `${who} holds another entry at (${index}, ${term})`)
      }
      if (known.prevTerm !== prevTerm) {
        const terms = `${prevTerm} instead of ${known.prevTerm}`
        fail('log matching', `${who}: term ${terms} comes before (${index}, ${term})`)
      }
      return
    }
    if (term < prevTerm) fail('log matching', `${who}: term ${term} follows term ${prevTerm}`)
    all.push({ entry, prevTerm })
  }

  #learn(entry: Entry, who: string): void {
    const number = commandNumber(entry)
    if (number > 0) {
      if (this.#commandIndexes.has(number)) fail('answers', `command ${number} was applied twice`)
      if (this.#refuted.has(number)) fail('answers', `command ${number} was refused before`)
      this.#commandIndexes.set(number, entry.index)
    }
    if (entry.kind !== 'configuration') return
    const change = decodeChange(entry.data)
    const changed = change && changeConfiguration(this.#configuration, change)
    if (changed?.kind !== 'changed') fail('membership', `${who}: no change fits at ${entry.index}`)
    const before = this.#configuration
    this.#configuration = changed.configuration
    const stays = new Set(allIn(this.#configuration))
    for (const id of allIn(before)) if (!stays.has(id)) this.#removed.set(id, entry.index)
  }
}

function allIn(configuration: Configuration): readonly number[] {
  const { voters, votersOutgoing, learners, learnersNext } = configuration
  return [...voters, ...votersOutgoing, ...learners, ...learnersNext]
}

function isSameEntry(a: Entry, b: Entry): boolean {
  if (a === b || a.data === b.data) return a.kind === b.kind
  if (a.kind !== b.kind || a.data.length !== b.data.length) return false
  for (let at = 0; at < a.data.length; at += 1) if (a.data[at] !== b.data[at]) return false
  return true
}
