/**
 * Reads a snapshot back into a state, in slices; the form stands in snapshot-format.ts. What was
 * read is taken for true only when each value has its shape, and the digest of all of them is the
 * one that it names. The digests are made as the records are read, so the end is no pass over all.
 */
import { BerthError } from '../errors/berth-error.js'
import type { Slices } from '../jobs/sliced-job.js'
import { compareText } from '../table/code-point-order.js'
import { SortedMap } from '../table/sorted-map.js'
import type { TableContext } from '../table/table-context.js'
import { decode } from '../wire/msgpack.js'
import { type ClusterState, stateDigest, withNamespace } from './cluster-state.js'
import { KeptResults } from './kept-results.js'
import { newerVersion, unknownLevel } from './level-errors.js'
import { NamespaceLoader } from './namespace-loader.js'
import type { NamespaceState } from './namespace-state.js'
import { type SnapshotRecord, snapshotFormat } from './snapshot-format.js'
import { faultInRecord } from './snapshot-shapes.js'
import type { PartDigests } from './state-digest.js'

/** Costs, in units of a budget. */
const decodedByteUnits = 0.02
const recordUnits = 3
const resultUnits = 30
const digestUnits = 1000

export class SnapshotLoader {
  readonly #context: TableContext
  readonly #parts: PartDigests
  #state: ClusterState | undefined
  #namespace: NamespaceLoader | undefined
  #namedDigest: string | undefined

  constructor(context: TableContext, parts: PartDigests) {
    this.#context = context
    this.#parts = parts
  }

  /**
   * Reads the next chunk.
   *
   * @returns null: the state is not whole
   * @throws BerthError `newer_version`, `older_version`, `storage_damaged`, or an error of another
   *   kind that damaged contents led to
   */
  *read(chunk: Uint8Array): Slices<null> {
    const records = decode(chunk) as readonly SnapshotRecord[]
    yield chunk.length * decodedByteUnits
    for (const record of records) {
      yield* this.#take(record)
      yield recordUnits
    }
    return null
  }

  /**
   * The state, after the last chunk.
   *
   * @throws BerthError `storage_damaged` when chunks are missing or the digest is not the one named
   */
  *finish(): Slices<ClusterState> {
    const [state, namedDigest] = [this.#state, this.#namedDigest]
    if (state === undefined || namedDigest === undefined) throw damaged('is not whole')
    // Those of its namespaces are taken already.
    const digest = stateDigest(state, this.#parts)
    yield digestUnits
    if (digest !== namedDigest) throw damaged(`gives the digest ${digest}, not ${namedDigest}`)
    return state
  }

  *#take(record: SnapshotRecord): Slices<void> {
    if (record[0] === 'header') {
      this.#begin(record)
      return
    }
    check(record)
    if (this.#state === undefined) throw damaged('does not begin with its header')
    switch (record[0]) {
      case 'namespace': {
        yield* this.#endNamespace()
        const [, name, disseminated, factor, level, nextTypeSetId] = record
        const head = { name, disseminated, shape: { factor, level }, nextTypeSetId }
        this.#namespace = new NamespaceLoader(head, this.#context, this.#parts)
        break
      }
      case 'result': {
        yield* this.#endNamespace()
        const [, key, index, term, calmMs, fingerprint, result] = record
        const kept = { key, index, term, calmMs, fingerprint, result }
        const state = this.#current()
        this.#state = { ...state, results: state.results.keep(kept, this.#parts) }
        yield resultUnits
        break
      }
      case 'end':
        yield* this.#endNamespace()
        this.#namedDigest = record[1]
        break
      default:
        if (this.#namespace === undefined) throw damaged(`has ${record[0]} outside a namespace`)
        yield* this.#namespace.read(record)
    }
  }

  #begin([, format, version, header]: Extract<
    SnapshotRecord,
    readonly ['header', ...unknown[]]
  >): void {
    if (this.#state !== undefined) throw damaged('has two headers')
    if (format !== snapshotFormat) throw damaged('is of something else')
    const { levels } = this.#context
    if (version > levels.newestSnapshot) {
      const detail = `version ${version}, this version reads up to ${levels.newestSnapshot}`
      throw newerVersion(`The snapshot has ${detail}`)
    }
    if (!levels.readsSnapshot(version)) {
      const detail = `The snapshot has version ${version}, which this Berth reads no more`
      const how = 'start an older one, have it write a snapshot, and start this one then'
      throw new BerthError('older_version', `${detail}: ${how}.`)
    }
    check(['header', format, version, header])
    if (!levels.knows(header.level)) throw unknownLevel(header.level, levels)
    if (levels.of(header.level).snapshot !== version) throw damaged('has the form of another level')
    this.#state = {
      ...header,
      namespaces: SortedMap.empty<string, NamespaceState>(compareText),
      results: KeptResults.empty(),
    }
  }

  #current(): ClusterState {
    if (this.#state === undefined) throw damaged('does not begin with its header')
    return this.#state
  }

  *#endNamespace(): Slices<void> {
    if (this.#namespace === undefined) return
    const namespace = yield* this.#namespace.finish()
    this.#state = withNamespace(this.#current(), namespace)
    this.#namespace = undefined
  }
}

function check(record: SnapshotRecord): void {
  const fault = faultInRecord(record)
  if (fault !== undefined) throw damaged(`has a record that is none: ${fault}`)
}

function damaged(what: string): BerthError {
  return new BerthError('storage_damaged', `The snapshot ${what}.`)
}
