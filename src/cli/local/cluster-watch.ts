/**
 * Looks at a local cluster while it runs, through whichever replica answers, and says on the
 * terminal what changes there (news.ts). It asks often, so that the times that it tells are right.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, ask } from '../servers/wait.js'
import { namespace } from './cluster-plan.js'
import type { News, SeenCluster, SeenMember, SeenTable, TourActor } from './news.js'

const tableEveryMs = 200
const clusterEveryMs = 1_000
/** So many ids are tried for an actor that a given host owns. */
const idsTriedMax = 200

type Fields = Answer['fields']
type Say = (line: string) => void

const base = `/v1/namespaces/${namespace}`

export class ClusterWatch {
  /** Who answered is asked first from then on. */
  #addresses: readonly string[]
  readonly #stopped = new AbortController()
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
  tell(news: News, actor: TourActor | null, say: Say): void {
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
    const { generation, factor, level, members } = await this.#get(`${base}/table`)
    if (typeof generation !== 'number' || !news.isNew(generation)) return
    const all = members as readonly (SeenMember & { readonly name: string })[]
    const numbers = { generation, factor, level } as Omit<SeenTable, 'members'>
    const table = { ...numbers, members: new Map(all.map((member) => [member.name, member])) }
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

  async #owner({ type, id }: TourActor): Promise<string | null> {
    const { placement } = await this.#get(`${base}/actors/${type}/${id}`)
    const { owner } = (placement ?? {}) as { readonly owner?: { readonly host: string } }
    return owner?.host ?? null
  }

  /** As a replica that knows a leader says; where none does, as one says that answers. */
  async #cluster(): Promise<SeenCluster | null> {
    // Whatever else is asked for waits for a leader, who may be what is lacking.
    const path = '/v1/cluster?consistency=stale'
    const { status } = await this.#get(path, ({ status }) => leaderOf(status) !== null)
    return (status as SeenCluster | undefined) ?? null
  }

  /** The fields of the first answer that will do, else of the last one; none when none answers. */
  async #get(path: string, willDo = (_fields: Fields) => true): Promise<Fields> {
    const { signal } = this.#stopped
    let last: Fields = {}
    for (const address of this.#addresses) {
      if (signal.aborted) break
      const answer = await ask(`http://${address}${path}`, signal)
      if (typeof answer === 'string' || answer.status !== 200) continue
      last = answer.fields
      if (!willDo(last)) continue
      this.#addresses = [address, ...this.#addresses.filter((one) => one !== address)]
      break
    }
    return last
  }
}

function leaderOf(status: unknown): number | null {
  return (status as SeenCluster | undefined)?.leader ?? null
}
