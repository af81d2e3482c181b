/**
 * Looks at a local cluster while it runs, through whichever replica answers, and says on the
 * terminal what changes there (news.ts). It asks often, so that the times that it tells are right.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { ask, fieldsOf } from './local-request.js'
import type { News, SeenAlarm, SeenCluster, SeenTable, TourActor } from './news.js'
import { namespace } from './programs.js'

const tableEveryMs = 200
const clusterEveryMs = 1_000
/** So many ids are tried for an actor that a given host owns. */
const idsTriedMax = 200

type Fields = Readonly<Record<string, unknown>>
interface SeenMember {
  readonly name: string
  readonly epoch: number
  readonly cordoned: boolean
}
type Say = (line: string) => void

const base = `/v1/namespaces/${namespace}`

export class ClusterWatch {
  readonly #addresses: readonly string[]
  readonly #stopped = new AbortController()
  /** Index of the replica that is asked first. */
  #first = 0
  #looking: Promise<unknown> | null = null

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
    // Apart: without a leader a question for the table is not answered for seconds.
    this.#looking = Promise.all([
      this.#every(tableEveryMs, () => this.#lookAtTable(news, actor, say)),
      this.#every(clusterEveryMs, () => this.#lookAtCluster(news, say)),
    ])
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#looking
  }

  async #every(intervalMs: number, look: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      await look()
      await delay(intervalMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async #lookAtTable(news: News, actor: TourActor | null, say: Say): Promise<void> {
    const table = await this.#table()
    if (table === null || !news.isNew(table)) return
    const owner = actor === null ? null : await this.#owner(actor)
    if (this.#stopped.signal.aborted) return
    const line = news.table(table, owner, performance.now())
    if (line !== null) say(line)
  }

  async #lookAtCluster(news: News, say: Say): Promise<void> {
    const cluster = await this.#cluster()
    if (this.#stopped.signal.aborted) return
    for (const line of news.cluster(cluster, performance.now())) say(line)
  }

  async #table(): Promise<SeenTable | null> {
    const { generation, factor, level, members } = await this.#get(`${base}/table`)
    if (typeof generation !== 'number' || !Array.isArray(members)) return null
    const all = members as readonly SeenMember[]
    return {
      ...{ generation, factor: Number(factor), level: Number(level) },
      members: new Map(all.map(({ name, epoch }) => [name, epoch])),
      cordoned: new Set(all.filter(({ cordoned }) => cordoned).map(({ name }) => name)),
    }
  }

  async #owner({ type, id }: TourActor): Promise<string | null> {
    const { placement } = await this.#get(`${base}/actors/${type}/${id}`)
    const { owner } = (placement ?? {}) as { readonly owner?: { readonly host: string } }
    return owner?.host ?? null
  }

  /** As a replica that knows a leader says; where none does, as one says that answers. */
  async #cluster(): Promise<SeenCluster | null> {
    // Whatever else is asked for waits for a leader, who may be what is lacking.
    const path = '/v1/cluster?consistency=stale'
    return statusOf(await this.#get(path, (fields) => statusOf(fields)?.leader != null))
  }

  /**
   * The fields of the first answer that will do, else of the first at all; none when none answers.
   * Who gave one that will do is asked first from then on.
   */
  async #get(path: string, willDo = (_fields: Fields) => true): Promise<Fields> {
    const { signal } = this.#stopped
    const [first, count] = [this.#first, this.#addresses.length]
    let other: Fields | null = null
    for (let i = 0; i < count && !signal.aborted; i += 1) {
      const at = (first + i) % count
      const answer = await ask(`http://${this.#addresses[at]}${path}`, signal)
      if (typeof answer === 'string' || answer.status !== 200) continue
      const fields = fieldsOf(answer.body)
      if (willDo(fields)) {
        this.#first = at
        return fields
      }
      other ??= fields
    }
    return other ?? {}
  }
}

function statusOf({ status }: Fields): SeenCluster | null {
  const { leader, alarms } = (status ?? {}) as Partial<SeenCluster>
  if (leader === undefined || alarms === undefined) return null
  return { leader, alarms: alarms as readonly SeenAlarm[] }
}
