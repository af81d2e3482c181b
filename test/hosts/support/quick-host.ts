/** A host of a lone replica that takes over every order at once; it says so when it is asked to. */
import { identityOf } from '../../support/secrets.js'
import { versions } from '../../support/versions.js'
import type { LoneReplica } from './lone-replica.js'

export interface QuickHostOptions {
  readonly namespace?: string
  readonly name?: string
  readonly types?: readonly string[]
}

export class QuickHost {
  readonly session: string
  readonly namespace: string
  readonly #replica: LoneReplica
  #number = 0

  /** @param i of its own */
  constructor(replica: LoneReplica, i: number, options: QuickHostOptions = {}) {
    const { namespace = 'default', types = ['Order'] } = options
    const { name = `10.0.${i >> 8}.${i & 255}:5000` } = options
    this.#replica = replica
    this.session = `s${i}`
    this.namespace = namespace
    const hello = {
      kind: 'hello',
      ...versions,
      namespace,
      ...identityOf(i),
    } as const
    replica.say(this.session, { ...hello, name, appId: 'app', types })
  }

  /** Acknowledges the newest order that was published, or the table of its welcome. */
  heartbeat(): void {
    const welcome = this.#replica.last(this.session, 'welcome')
    if (welcome === undefined) return
    const update = this.#replica.published.findLast(
      (order) => order.kind === 'update' && order.namespace === this.namespace,
    )
    const held =
      update?.kind === 'update'
        ? { term: update.term, generation: update.change.to, digest: update.change.digest }
        : { term: welcome.term, ...welcome.disseminated }
    this.#number += 1
    this.#replica.say(this.session, {
      kind: 'heartbeat',
      lineage: welcome.lineage,
      epoch: welcome.epoch,
      number: this.#number,
      acknowledged: held,
      listening: true,
    })
  }

  say(kind: 'leave' | 'bye' | 'fenced'): void {
    const { lineage, epoch } = this.#replica.last(this.session, 'welcome')!
    this.#replica.say(this.session, { kind, lineage, epoch })
  }
}
