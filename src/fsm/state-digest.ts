/**
 * The bytes of each part of the replicated state in the state digest. The parts of a namespace lie
 * in a `DigestSet`, so that the digest follows a change at the cost of the change, can be computed
 * anew from a snapshot, and depends on what the state is and not on how it came about.
 */
import { base64Url } from '../hash/byte-writer.js'
import type { DigestSet } from '../hash/digest-set.js'
import type { TableContext } from '../table/table-context.js'
import type { RemovalReason } from './command.js'

/**
 * Name of the layouts of parts. A feature level that changes one of them computes all anew, as
 * `namespaceDigests` does.
 */
const partLayout = 'berth.state.4'

/** What the state keeps of a member beside its place in the table. */
export interface Admission {
  /** The host's own uuid of this run. */
  readonly instance: string
  /** 43 characters of base64url over the secret of that run. */
  readonly secretHash: string
  /** The newest feature level that the host knows. */
  readonly level: number
  /** Generation of the admission. */
  readonly generation: number
  /** Wall clock of the command that admitted it, in ms. */
  readonly atMs: number
  /** Absent while its types are those that it was admitted with. */
  readonly retyped?: Retyped
}

/** That the types of an admission changed after it. */
export interface Retyped {
  /** Of the last change: it is followed only by a higher one. */
  readonly number: number
  /** It has no types now: in the table it has the set from before, and stands as cordoned. */
  readonly withdrawn: boolean
}

/** The end of an admission that the disseminated table does not yet reflect. */
export interface Removal {
  readonly name: string
  readonly epoch: number
  /** Of the admission: the host may have something to say until its keys are handed over. */
  readonly secretHash: string
  /** As in its admission. */
  readonly level: number
  readonly reason: RemovalReason
  /** The first generation without it. */
  readonly generation: number
  /** Wall clock of the command, in ms. */
  readonly atMs: number
}

/** Digests of the parts, 32 bytes each; the first byte of each layout tells the kinds apart. */
export class PartDigests {
  readonly #context: TableContext

  constructor(context: TableContext) {
    this.#context = context
  }

  admission(name: string, admission: Admission): Uint8Array {
    const { instance, secretHash, level, generation, atMs, retyped } = admission
    const writer = this.begin(retyped === undefined ? 1 : 10)
      .text(name)
      .text(instance)
    writer.text(secretHash).uint32(level).uint64(generation).uint64(atMs)
    if (retyped !== undefined) writer.uint64(retyped.number).uint8(retyped.withdrawn ? 1 : 0)
    return this.end(writer)
  }

  removal(removal: Removal): Uint8Array {
    const { name, epoch, secretHash, level, reason, generation, atMs } = removal
    const writer = this.begin(2).text(name).uint64(epoch).text(secretHash).uint32(level)
    return this.end(writer.text(reason).uint64(generation).uint64(atMs))
  }

  cordon(name: string): Uint8Array {
    return this.end(this.begin(3).text(name))
  }

  refusal(name: string, untilAgedMs: number): Uint8Array {
    return this.end(this.begin(4).text(name).uint64(untilAgedMs))
  }

  step(generation: number, digest: string): Uint8Array {
    return this.end(this.begin(5).uint64(generation).text(digest))
  }

  typeSet(key: string, id: number): Uint8Array {
    return this.end(this.begin(6).text(key).uint32(id))
  }

  result(key: string, index: number, bytes: Uint8Array): Uint8Array {
    return this.end(this.begin(7).text(key).uint64(index).raw(bytes))
  }

  /** The digest of a set of parts. */
  over(set: DigestSet): Uint8Array {
    return set.digest(this.#context.hasher)
  }

  /** Names a set of types, whatever its id. */
  typesKey(types: readonly string[]): string {
    const writer = this.#context.writer.reset()
    for (const type of types) writer.text(type)
    return base64Url(this.end(writer))
  }

  /** Starts the bytes of the whole state. @param level feature level of the cluster */
  beginState(level: number): TableContext['writer'] {
    const { levels, writer } = this.#context
    return writer.reset().text(levels.of(level).stateDigest).uint8(0)
  }

  /** Starts the bytes of something larger. */
  begin(kind: number): TableContext['writer'] {
    return this.#context.writer.reset().text(partLayout).uint8(kind)
  }

  end(writer: TableContext['writer']): Uint8Array {
    return this.#context.hasher.digest256(writer.written())
  }
}
