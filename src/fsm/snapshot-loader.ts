/**
 * Reads a snapshot back into a state, chunk by chunk; the form stands in snapshot-format.ts. What
 * was read is taken for true only when each value has its shape, and the digest of all of them is
 * the one that it names.
 */
import { BerthError } from '../errors/berth-error.js'
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

export class SnapshotLoader {
  private readonly context: TableContext
  private readonly parts: PartDigests
  private state: ClusterState | undefined
  private namespace: NamespaceLoader | undefined
  private namedDigest: string | undefined

  constructor(context: TableContext, parts: PartDigests) {
    this.context = context
    this.parts = parts
  }

  /**
   * Takes the next chunk.
   *
   * @throws BerthError `newer_version`, `older_version`, `storage_damaged`; the loader is of no use
   *   afterwards
   */
  add(chunk: Uint8Array): void {
    guard(() => {
      for (const record of decode(chunk) as readonly SnapshotRecord[]) this.read(record)
    })
  }

  /**
   * The state, after the last chunk.
   *
   * @throws BerthError `storage_damaged` when chunks are missing or the digest is not the one named
   */
  finish(): ClusterState {
    return guard(() => {
      const { state, namedDigest } = this
      if (state === undefined || namedDigest === undefined) throw damaged('is not whole')
      const digest = stateDigest(state, this.parts)
      if (digest !== namedDigest) throw damaged(`gives the digest ${digest}, not ${namedDigest}`)
      return state
    })
  }

  private read(record: SnapshotRecord): void {
    if (record[0] === 'header') {
      this.begin(record)
      return
    }
    check(record)
    const { state } = this
    if (state === undefined) throw damaged('does not begin with its header')
    switch (record[0]) {
      case 'namespace': {
        this.endNamespace()
        const [, name, disseminated, factor, level, nextTypeSetId] = record
        const head = { name, disseminated, shape: { factor, level }, nextTypeSetId }
        this.namespace = new NamespaceLoader(head, this.context, this.parts)
        break
      }
      case 'result': {
        this.endNamespace()
        const [, key, index, term, calmMs, fingerprint, result] = record
        const kept = { key, index, term, calmMs, fingerprint, result }
        this.state = { ...this.current(), results: this.current().results.keep(kept, this.parts) }
        break
      }
      case 'end':
        this.endNamespace()
        this.namedDigest = record[1]
        break
      default:
        if (this.namespace === undefined) throw damaged(`has ${record[0]} outside a namespace`)
        this.namespace.read(record)
    }
  }

  private begin([, format, version, header]: Extract<
    SnapshotRecord,
    readonly ['header', ...unknown[]]
  >): void {
    if (this.state !== undefined) throw damaged('has two headers')
    if (format !== snapshotFormat) throw damaged('is of something else')
    const { levels } = this.context
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
    this.state = {
      ...header,
      namespaces: SortedMap.empty<string, NamespaceState>(compareText),
      results: KeptResults.empty(),
    }
  }

  private current(): ClusterState {
    if (this.state === undefined) throw damaged('does not begin with its header')
    return this.state
  }

  private endNamespace(): void {
    if (this.namespace === undefined) return
    this.state = withNamespace(this.current(), this.namespace.finish())
    this.namespace = undefined
  }
}

function check(record: SnapshotRecord): void {
  const fault = faultInRecord(record)
  if (fault !== undefined) throw damaged(`has a record that is none: ${fault}`)
}

function damaged(what: string): BerthError {
  return new BerthError('storage_damaged', `The snapshot ${what}.`)
}

/** Whatever damaged contents lead to is said to be that. */
function guard<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const known = cause instanceof BerthError && cause.code !== 'invalid_message'
    if (known) throw cause
    throw new BerthError('storage_damaged', 'The snapshot is damaged.', { cause })
  }
}
