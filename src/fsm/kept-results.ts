/**
 * Results of commands that carried an idempotency key, kept for retries: the first result is given
 * again, whatever happened since. An immutable value, bounded by count and by an age that a wrong
 * clock hardly moves (state-clock.ts), so that every replica forgets the same results at the same
 * entry and none forgets them early.
 */
import { base64Url } from '../hash/byte-writer.js'
import { DigestSet } from '../hash/digest-set.js'
import { compareText } from '../table/code-point-order.js'
import { SortedMap } from '../table/sorted-map.js'
import { encode } from '../wire/msgpack.js'
import type { Command } from './command.js'
import type { CommandResult } from './command-result.js'
import { resultAgeMsMax, resultsMax } from './limits.js'
import type { PartDigests } from './state-digest.js'

export interface KeptResult {
  readonly key: string
  /** Of the entry that the result is of. */
  readonly index: number
  readonly term: number
  /** `calmMs` of the cluster's clock at that entry. */
  readonly calmMs: number
  /** Tells another command with the same key from a retry. */
  readonly fingerprint: string
  readonly result: CommandResult
}

export class KeptResults {
  readonly #byKey: SortedMap<string, KeptResult>
  readonly #keys: SortedMap<number, string>
  readonly #digests: DigestSet

  private constructor(
    byKey: SortedMap<string, KeptResult>,
    keys: SortedMap<number, string>,
    digests: DigestSet,
  ) {
    this.#byKey = byKey
    this.#keys = keys
    this.#digests = digests
  }

  static empty(): KeptResults {
    return new KeptResults(
      SortedMap.empty<string, KeptResult>(compareText),
      SortedMap.empty<number, string>((a, b) => a - b),
      DigestSet.empty(),
    )
  }

  get size(): number {
    return this.#byKey.size
  }

  get(key: string): KeptResult | undefined {
    return this.#byKey.get(key)
  }

  /** From the oldest entry to the newest. */
  *list(): Generator<KeptResult> {
    for (const key of this.#keys.values()) yield this.#byKey.get(key)!
  }

  /** 32 bytes over all results. */
  digest(parts: PartDigests): Uint8Array {
    return parts.over(this.#digests)
  }

  /** Without those that are too old by now. They are looked at in the order of their entries. */
  expire(calmMs: number, parts: PartDigests): KeptResults {
    const gone: KeptResult[] = []
    for (const kept of this.list()) {
      if (kept.calmMs >= calmMs - resultAgeMsMax) break
      gone.push(kept)
    }
    return this.#without(gone, parts)
  }

  /** With one more, whose key is not there; without the oldest where it were too many. */
  keep(kept: KeptResult, parts: PartDigests): KeptResults {
    const [oldest] = this.size < resultsMax ? [] : this.list()
    const before = oldest === undefined ? this : this.#without([oldest], parts)
    const digests = before.#digests.change()
    digests.add(partOf(kept, parts))
    const [byKey, keys] = [before.#byKey, before.#keys]
    return new KeptResults(
      byKey.with(kept.key, kept),
      keys.with(kept.index, kept.key),
      digests.finish(),
    )
  }

  #without(gone: readonly KeptResult[], parts: PartDigests): KeptResults {
    if (gone.length === 0) return this
    const digests = this.#digests.change()
    for (const kept of gone) digests.remove(partOf(kept, parts))
    return new KeptResults(
      this.#byKey.edit(gone.map(({ key }) => [key, undefined])),
      this.#keys.edit(gone.map(({ index }) => [index, undefined])),
      digests.finish(),
    )
  }
}

/**
 * The same for a command and its retry, which differ in what the leader of the moment puts in: the
 * time, the term, and which admission of a host is to be removed.
 */
export function fingerprintOf(command: Command, parts: PartDigests): string {
  const asked =
    command.kind === 'remove'
      ? { ...command, hosts: command.hosts.map((host) => ({ ...host, epoch: 0 })) }
      : command
  const fields = Object.entries(asked).filter(([name]) => name !== 'atMs' && name !== 'term')
  return base64Url(parts.end(parts.begin(9).raw(encode(fields))))
}

function partOf(kept: KeptResult, parts: PartDigests): Uint8Array {
  const { key, index, term, calmMs, fingerprint, result } = kept
  return parts.result(key, index, encode([term, calmMs, fingerprint, result]))
}
