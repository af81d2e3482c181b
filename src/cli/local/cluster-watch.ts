/**
 * Looks at a local cluster while it runs, through whichever replica answers, and says on the
 * terminal what changes there (news.ts). It asks often, so that the times that it tells are right.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { ask, fieldsOf } from './local-request.js'
import type { News, SeenAlarm, SeenCluster, SeenTable, TourActor } from './news.js'
import { namespace } from './programs.js'

const tableEveryMs = 200
/** Of looks at the table. */
const clusterEvery = 5
/** So many ids are tried for an actor that a given host owns. */
const idsTriedMax = 200

const base = `/v1/namespaces/${namespace}`

export class ClusterWatch {
  readonly #addresses: readonly string[]
  readonly #stopped = new AbortController()
  #next = 0
  #looking: Promise<void> | null = null

  /** @param addresses `host:port` of the replicas */
  constructor(addresses: readonly string[]) {
    this.#addresses = addresses
  }

  /** @returns an actor of the type that this host owns; null when none is found */
  async actorOf(host: string, type: string): Promise<TourActor | null> {
    for (let i = 1; i <= idsTriedMax; i += 1) {
      const actor = { type, id: String(i) }
      const owner = await this.#owner(actor)
      if (owner === null) return null
      if (owner === host) return actor
    }
    return null
  }

  async leader(): Promise<number | null> {
    return (await this.#cluster())?.leader ?? null
  }

  /** From now on until `stop`. */
  tell(news: News, actor: TourActor | null, say: (line: string) => void): void {
    this.#looking = this.#look(news, actor, say)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#looking
  }

  async #look(news: News, actor: TourActor | null, say: (line: string) => void): Promise<void> {
    const { signal } = this.#stopped
    for (let i = 0; !signal.aborted; i += 1) {
      const table = await this.#table()
      if (table !== null && news.isNew(table)) {
        const owner = actor === null ? null : await this.#owner(actor)
        const line = news.table(table, owner, performance.now())
        if (line !== null) say(line)
      }
      const cluster = i % clusterEvery === 0 ? await this.#cluster() : null
      for (const line of cluster === null ? [] : news.cluster(cluster)) say(line)
      await delay(tableEveryMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async #table(): Promise<SeenTable | null> {
    const { generation, members } = await this.#get(`${base}/table`)
    if (typeof generation !== 'number' || !Array.isArray(members)) return null
    const all = members as readonly { readonly name: string; readonly epoch: number }[]
    return { generation, members: new Map(all.map(({ name, epoch }) => [name, epoch])) }
  }

  async #owner({ type, id }: TourActor): Promise<string | null> {
    const { placement } = await this.#get(`${base}/actors/${type}/${id}`)
    const { owner } = (placement ?? {}) as { readonly owner?: { readonly host: string } }
    return owner?.host ?? null
  }

  async #cluster(): Promise<SeenCluster | null> {
    const { status } = await this.#get('/v1/cluster')
    const { leader, alarms } = (status ?? {}) as Partial<SeenCluster>
    if (leader === undefined || alarms === undefined) return null
    return { leader, alarms: alarms as readonly SeenAlarm[] }
  }

  /** The fields of what the first replica that answers says; none when none does. */
  async #get(path: string): Promise<Record<string, unknown>> {
    for (let i = 0; i < this.#addresses.length && !this.#stopped.signal.aborted; i += 1) {
      const answer = await ask(`http://${this.#addresses[this.#next]}${path}`)
      if (typeof answer !== 'string' && answer.status === 200) return fieldsOf(answer.body)
      this.#next = (this.#next + 1) % this.#addresses.length
    }
    return {}
  }
}
