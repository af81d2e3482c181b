/** What orders say, read once for all hosts of a process. */
import type { TableChange, Update } from '../../src/wire/messages.js'
import { decode } from '../../src/wire/msgpack.js'

export interface WholeUpdate {
  readonly term: number
  readonly generation: number
  readonly digest: string
}

/** Signatures of updates that are remembered; each is asked for by every host. */
const rememberedMax = 1_024

export class ReadOrders {
  /** Updates by the signatures of their last parts; null for other parts. */
  readonly #bySignature = new Map<string, WholeUpdate | null>()
  /** By `admissionKey`: the first generation that each was seen in. */
  readonly generationOf = new Map<string, number>()

  /** @returns what is to be acknowledged; null while further parts are to come */
  update(signature: string, payload: Uint8Array): WholeUpdate | null {
    const known = this.#bySignature.get(signature)
    if (known !== undefined) return known
    const { change, term, part, parts } = decode(payload) as Update
    this.change(change)
    const { to: generation, digest } = change
    const whole = part === parts ? { term, generation, digest } : null
    if (this.#bySignature.size >= rememberedMax) this.#bySignature.clear()
    this.#bySignature.set(signature, whole)
    return whole
  }

  change({ to, upserts }: TableChange): void {
    for (const { name, epoch } of upserts) {
      const key = admissionKey(name, epoch)
      if (!this.generationOf.has(key)) this.generationOf.set(key, to)
    }
  }

  /** A whole table. */
  table(table: TableChange | undefined): void {
    if (table !== undefined) this.change(table)
  }
}

export function admissionKey(name: string, epoch: number): string {
  return `${name} ${epoch}`
}
